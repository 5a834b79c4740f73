"""Where a document is read from."""

from __future__ import annotations

from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class DocumentSource:
    """Where a document is read from; its `key` never changes, its `version` changes with its content.

    `folder` is the path of its folder in the project tree, "" for an uploaded file.
    """

    key: str
    name: str
    path: Path
    version: str
    folder: str = ""
