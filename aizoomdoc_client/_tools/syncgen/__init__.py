"""Makes the sync classes of the async ones' source: ``python -m aizoomdoc_client._tools.syncgen [--check]``.

Signatures, annotations, overloads and docstrings are copied from the source text; names and words are exchanged by the tables in
`words`; bodies are one line that delegates to the hand-written parts of `sync` (`shells`). What the tables do not know is an
error, never a guess.
"""

from __future__ import annotations

from .renaming import UnmappedError
from .targets import check, render_all, write

__all__ = ["UnmappedError", "check", "render_all", "write"]
