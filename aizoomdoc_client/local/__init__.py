"""A real AIZoomDoc server in one process: for trying the product, for developing against, and for users' own tests.

Contract: it imports layers 0 and 1 of this package (`exceptions`, `models`, `events`, `config`, `protocol`) and the third-party
libraries of the extra ``local``; never the client, so that both sides share the wire only. This file imports nothing heavy: a
name is loaded when it is first used, and a missing extra is then one clear error.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..catalog import text
from ..exceptions import ConfigurationError

if TYPE_CHECKING:
    from .answering.answerer import Answerer, AnswererError, Delta, Question
    from .document_summary import DocumentSummary
    from .llm_settings import LLMSettings
    from .local_server import LocalServer, run_server
    from .local_settings import LocalSettings
    from .reading import Document, Page, UnreadableDocumentError, read_document

__all__ = [
    "Answerer",
    "AnswererError",
    "Delta",
    "Document",
    "DocumentSummary",
    "LLMSettings",
    "LocalServer",
    "LocalSettings",
    "Page",
    "Question",
    "UnreadableDocumentError",
    "read_document",
    "run_server",
]

_MODULES = {
    "Answerer": "answering.answerer",
    "AnswererError": "answering.answerer",
    "Delta": "answering.answerer",
    "Document": "reading",
    "DocumentSummary": "document_summary",
    "LLMSettings": "llm_settings",
    "LocalServer": "local_server",
    "LocalSettings": "local_settings",
    "Page": "reading",
    "Question": "answering.answerer",
    "UnreadableDocumentError": "reading",
    "read_document": "reading",
    "run_server": "local_server",
}

_EXTRA = {
    "lxml": "lxml",
    "docx": "python-docx",
    "jwt": "pyjwt",
    "openpyxl": "openpyxl",
    "PIL": "pillow",
    "pymorphy3": "pymorphy3",
    "pypdfium2": "pypdfium2",
    "snowballstemmer": "snowballstemmer",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    missing = [package for module, package in _EXTRA.items() if find_spec(module) is None]
    if missing:
        needs = text("extra_missing", part=text("the_local_server"), packages=missing, extra="local")
        raise ConfigurationError(needs, details={"missing": missing})
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
