/** The page of an AIZoomDoc server that serves it itself. */

import { start } from "./main.js";
import * as backend from "./server_backend.js";

start(backend);
