"""The lines that a local server prints when it starts, and when it has read its documents."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import output
from .language import _
from .sanitize import sanitized_line

if TYPE_CHECKING:
    from ..local import DocumentSummary, LocalServer

_MOST_NAMES = 3


def tell_start(server: LocalServer, *, shows_token: bool) -> None:
    """Prints the server's address, the next commands, its documents, its data folder, and how to stop it."""
    settings, documents = server.settings, server.documents
    login = f"aizoomdoc login --server {server.url}" + (f" --token {server.tokens[0]}" if shows_token else "")
    question = _('aizoomdoc ask "QUESTION"') if documents.documents else _('aizoomdoc ask FILE "QUESTION"')
    answers = _("extracts; --llm-url: a language model") if settings.llm is None else settings.llm.model
    facts = [
        (_("Answers:"), answers),
        (_("Data:"), str(settings.data_dir)),
        (_("Page:"), f"{server.url}/"),
        (_("Stop:"), "Ctrl-C"),
    ]
    if settings.projects_dir is not None:
        facts[:0] = _documents(documents, str(settings.projects_dir))
    lines = [_("Listening on {url}").format(url=server.url), "", _("In another terminal:"), f"  {login}", f"  {question}", ""]
    for line in (*lines, *_table(facts)):
        output.result(line)


def tell_start_as_json(server: LocalServer, *, shows_token: bool) -> None:
    """Prints the same as one JSON object on one line."""
    settings, documents = server.settings, server.documents
    told = {
        "url": server.url,
        "token": server.tokens[0] if shows_token else None,
        "projects": None if settings.projects_dir is None else str(settings.projects_dir),
        "documents": documents.documents,
        "waiting": documents.waiting,
        "unreadable": documents.unreadable,
        "data": str(settings.data_dir),
    }
    output.result(json.dumps(told, ensure_ascii=False))


def tell_read(documents: DocumentSummary) -> None:
    """Prints that the documents are read, and which are unreadable."""
    count = _("{count} of {all}").format(count=documents.readable, all=documents.documents)
    for line in _table([(_("Read:"), count), *_unreadable(documents)]):
        output.result(line)


def _documents(documents: DocumentSummary, folder: str) -> list[tuple[str, str]]:
    told = _("{count} in {folder}").format(count=documents.documents, folder=folder)
    if documents.waiting:
        told = _("{told}; still to be read: {count}").format(told=told, count=documents.waiting)
    return [(_("Documents:"), told), *_unreadable(documents)]


def _unreadable(documents: DocumentSummary) -> list[tuple[str, str]]:
    return [(_("Unreadable:"), _names(documents.unreadable))] if documents.unreadable else []


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(sanitized_line(name) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return _("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown


def _table(facts: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each fact, with the values aligned; on a terminal they are wrapped between words."""
    margin = max(len(label) for label, _value in facts) + 2
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    lines: list[str] = []
    for label, value in facts:
        broken = textwrap.wrap(value, max(width - margin, 20), break_long_words=False, break_on_hyphens=False) or [""]
        lines += [f"{label:<{margin}}{broken[0]}", *(" " * margin + rest for rest in broken[1:])]
    return lines
