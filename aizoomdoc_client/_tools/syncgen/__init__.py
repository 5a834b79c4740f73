"""Generates the sync classes from the source of the async ones: ``python -m aizoomdoc_client._tools.syncgen [--check]``.

Signatures, annotations, overloads and docstrings are copied from the source text; names and phrases are replaced by the tables in
`renaming`; each body delegates to the hand-written parts of `sync` (`shells`, `targets`). An asynchronous name or word that is
not in the tables is an error.
"""

from __future__ import annotations

from .renaming import UnmappedError
from .targets import check, render_all, write

__all__ = ["UnmappedError", "check", "render_all", "write"]
