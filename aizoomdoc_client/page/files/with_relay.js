/** The page of a backend with a relay. */

import { start } from "./main.js";
import * as backend from "./relay_backend.js";

start(backend);
