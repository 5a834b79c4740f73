"""The default data folders of local servers: one for each folder of documents."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from ..filesystem.names import clean_filename
from ..filesystem.private_files import make_private_folder

_OWNER_FILE = "projects-folder"
"""The file in a data folder with the path of the folder of documents that the data belong to; empty for a server without."""
_DATABASE = "aizoomdoc.sqlite3"
_LONGEST_NAME = 40  # characters of a data folder's name before the digest


def default_data_folder(projects: Path | None) -> Path:
    """The data folder for `projects`, in the user's data folder; it is made where it is missing.

    A server without documents has ``server``. Older versions used it for every folder of documents, so the first folder that is
    served by a newer version keeps using it.
    """
    import platformdirs

    base = Path(platformdirs.user_data_dir("aizoomdoc", appauthor=False))
    common = base / "server"
    is_older = (common / _DATABASE).exists()
    if projects is None or not projects.is_dir():  # the server reports a missing folder
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
    """Makes `owner` the owner of the data folder, unless it has one, and returns its owner. The server reports errors."""
    path = folder / _OWNER_FILE
    with contextlib.suppress(OSError):
        make_private_folder(folder)
        with path.open("xb") as file:
            file.write(owner)
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return owner
