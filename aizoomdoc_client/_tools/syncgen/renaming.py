"""The sync counterparts of asynchronous names and phrases; one that is missing here is an error."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from ..command import GeneratorError

WIDTH = 130
"""The longest line, in columns."""

NAMES: Mapping[str, str] = {
    "AsyncAIZoomDocClient": "AIZoomDocClient",
    "AsyncAnswerStream": "AnswerStream",
    "AsyncIterator": "Iterator",
    "BatchJob": "SyncBatchJob",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
"""Replacements of names in signatures and docstrings."""

PHRASES: Mapping[str, str] = {
    "One client serves any number of tasks and event loops, also of several threads; each loop has its own connections.": (
        "One client serves any number of threads, also while an event loop is running, as in a notebook, and after a fork."
    ),
    "Closes the connections of this event loop, those": "Closes all connections, those",
    "An answer that is still being read in this loop ends with a `StreamInterruptedError`; other loops are not affected.": (
        "An answer that is still being read ends with a `StreamInterruptedError`."
    ),
    "The message is posted when the stream is first awaited, entered or iterated.": (
        "The message is posted by this call; the model's run starts with the first read."
    ),
    "The message is posted when the stream is first awaited, entered or iterated, and only once;": (
        "The message was posted by `send_message`;"
    ),
    "; raises `RuntimeError` before it was posted.": ".",
    "It runs in a task of its own, also": "It runs in the background loop of `client`, also",
    "A cancelled task ends the job, as any exception does:": "Ctrl-C ends the job, as any exception does:",
    "A second cancellation leaves": "A second Ctrl-C leaves",
    "`on_progress` is called, often, with how far the job is.": (
        "`on_progress` is called, often, with how far the job is, in the thread of the background loop: it may call `stop`, and "
        "must not use the client."
    ),
    "To be called in the event loop of the job.": "May be called from any thread, from a signal handler, and from `on_progress`.",
}
"""Replacements of phrases in docstrings; each of them must occur in the source."""

_PATTERNS = ((re.compile(r"\basync (for|with)\b"), r"\1"), (re.compile(r"\bawait "), ""))
_ASYNC_NAME = re.compile(r"\w*[Aa]sync\w*|\b(?:Awaitable|Coroutine)\b|\b__a(?!bs__|dd__|nd__)\w+__\b")
"""A name in code, as ``AsyncIterator``, ``Awaitable`` or ``__aenter__``, but not ``__abs__``, ``__add__`` and ``__and__``."""
_ASYNC_WORD = re.compile(r"\b(?:async\w*|await\w*|coroutines?|event loop|tasks?)\b", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"(?<!`)`\w+`(?!`)")
"""The name of a parameter or member in single backquotes, as in "see `tasks`": it is checked where it is defined."""


class UnmappedError(GeneratorError):
    """The source has something that cannot be translated; the text says where, and what to do."""


def sync_name(name: str, where: str) -> str:
    """The sync counterpart of `name`."""
    return sync_code(name, where)


def sync_code(code: str, where: str) -> str:
    """A signature with its names replaced; raises `UnmappedError` for an asynchronous name without a replacement."""
    mapped = re.sub(r"\w+", lambda word: NAMES.get(word[0], word[0]), code)
    left = _ASYNC_NAME.search(mapped)
    if left:
        raise UnmappedError(f"{where}: no sync name for {left[0]}: add it to NAMES in syncgen/renaming.py")
    return mapped


class Wording:
    """Translates docstrings, and records which phrases occurred."""

    def __init__(self) -> None:
        self._unused = set(PHRASES)

    def sync_docstring(self, docstring: str, where: str, indent: int) -> str:
        """A docstring's source text with its names and phrases replaced; changed paragraphs are wrapped again."""
        translated = "\n\n".join(self._paragraph(text, indent) for text in docstring.split("\n\n"))
        left = _ASYNC_WORD.search(self._without_replacements(translated))
        if left:
            raise UnmappedError(f"{where}: the docstring speaks of {left[0]!r}: say it neutrally, or add it to PHRASES")
        return translated

    def finish(self) -> None:
        """Raises `UnmappedError` if a phrase did not occur in any docstring."""
        if self._unused:
            raise UnmappedError(f"PHRASES in syncgen/renaming.py: no docstring says {min(self._unused)!r} any more")

    def _paragraph(self, text: str, indent: int) -> str:
        translated = text
        for pattern, replacement in _PATTERNS:
            translated = pattern.sub(replacement, translated)
        for name, replacement in NAMES.items():
            translated = re.sub(rf"\b{name}\b", replacement, translated)
        plain = " ".join(translated.split())
        found = [phrase for phrase in PHRASES if phrase in plain]
        for phrase in found:
            plain = plain.replace(phrase, PHRASES[phrase])
        self._unused -= set(found)
        if not found:
            return translated
        end = text[len(text.rstrip()) :]
        # The first paragraph follows the quotes on their line.
        margin = indent if text.startswith(" ") else indent + 3
        wrapped = textwrap.fill(plain, WIDTH, initial_indent=" " * margin, subsequent_indent=" " * indent, break_long_words=False)
        return (wrapped if margin == indent else wrapped.lstrip()) + end

    def _without_replacements(self, text: str) -> str:
        plain = " ".join(text.split())
        for replacement in PHRASES.values():
            plain = plain.replace(replacement, "")
        return _QUOTED_NAME.sub("", plain)
