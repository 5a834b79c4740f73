"""Where a local server keeps its data when nobody says where: a folder of its own for each folder of documents."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from ..filesystem.names import clean_filename
from ..filesystem.private_files import make_private_folder

_OWNER_FILE = "projects-folder"
"""The file in a data folder that names the folder of documents which the data belong to; empty where they belong to none."""
_DATABASE = "aizoomdoc.sqlite3"
_LONGEST_NAME = 40


def default_data_folder(projects: Path | None) -> Path:
    """The data folder for `projects`, in the user's data folder; it is made where it is missing.

    A server without documents has ``server``. Versions that knew only that one left in it the data of whatever folder was
    served: the first folder that is served after them goes on with it.
    """
    import platformdirs

    base = Path(platformdirs.user_data_dir("aizoomdoc", appauthor=False))
    common = base / "server"
    is_older = (common / _DATABASE).exists()
    if projects is None or not projects.is_dir():  # a folder that is not there is the server's to refuse
        if projects is None and not is_older:
            _claim(common, b"")
        return common
    owner = os.fsencode(os.path.normcase(projects.resolve()))
    if is_older and _claim(common, owner) == owner:
        return common
    name = clean_filename(projects.resolve().name, portable=True)[:_LONGEST_NAME]
    own = base / "servers" / f"{name or 'documents'}-{hashlib.sha256(owner).hexdigest()[:10]}"
    _claim(own, owner)
    return own


def _claim(folder: Path, owner: bytes) -> bytes:
    """Whom the data folder belongs to: `owner`, where it belonged to nobody. Errors are left to the server, which names them."""
    path = folder / _OWNER_FILE
    with contextlib.suppress(FileExistsError, OSError):
        make_private_folder(folder)
        with path.open("xb") as file:
            file.write(owner)
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return owner
