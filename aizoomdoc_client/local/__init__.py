"""A real AIZoomDoc server in one process: for trying the product, for developing against, and for users' own tests.

RULE: what lives here may import layers 0 and 1 of this package (`exceptions`, `models`, `events`, `config`, `protocol`) and the
third-party libraries of the extra ``local``; never the client, so that both sides meet on the wire only. This file imports
nothing heavy: names are loaded on first use, and a missing extra is then said in one line.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigurationError

if TYPE_CHECKING:
    from .answering import Answerer, Delta, Question
    from .reading import Document, Page, UnreadableDocumentError, read_document
    from .server import LocalServer, run_server
    from .settings import LocalSettings

__all__ = [
    "Answerer",
    "Delta",
    "Document",
    "LocalServer",
    "LocalSettings",
    "Page",
    "Question",
    "UnreadableDocumentError",
    "read_document",
    "run_server",
]

_HOMES = {
    "Answerer": "answering",
    "Delta": "answering",
    "Document": "reading",
    "LocalServer": "server",
    "LocalSettings": "settings",
    "Page": "reading",
    "Question": "answering",
    "UnreadableDocumentError": "reading",
    "read_document": "reading",
    "run_server": "server",
}

_EXTRA = {"jwt": "pyjwt", "pypdfium2": "pypdfium2", "bs4": "beautifulsoup4", "snowballstemmer": "snowballstemmer"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    missing = [package for module, package in _EXTRA.items() if find_spec(module) is None]
    if missing:
        raise ConfigurationError(
            f"The local server needs {', '.join(missing)}: run `pip install 'aizoomdoc-client[local]'`",
            details={"missing": missing},
        )
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
