"""The notes of an answer: a few sentences about what it could not take into account, however many documents there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from ...catalog import Language
from ..reading.document import UnreadKind, UnreadPart
from .answerer import Group, UnreadDocument
from .wording import enumeration, sentence

MOST_NAMES = 3
_LONGEST_NAME = 200  # characters

_KINDS: tuple[UnreadKind, ...] = get_args(UnreadKind)
_MISSING: tuple[UnreadKind, ...] = tuple(
    kind for kind in _KINDS if kind != "hidden_sheets"
)  # of which something may not be found

_Parts = Sequence[tuple[UnreadDocument, UnreadPart]]


def notes_of(
    groups: Sequence[Group],
    language: Language,
    *,
    folders: Sequence[tuple[str, str]] = (),
    unattached: Sequence[str] = (),
) -> tuple[str, ...]:
    """The notes of an answer, the most important first.

    `folders` are those that could not be searched, with the reasons; `unattached` files are mentioned where nothing was found.
    """
    notes = [*_notes(groups, language, MOST_NAMES), *_named("folder", folders, language)]
    if unattached and not any(group.quotes for group in groups):
        notes.append(unattached_note(unattached, language))
    return tuple(notes)


def unattached_note(names: Sequence[str], language: Language) -> str:
    """A sentence that uploaded files were not searched, because no message has them."""
    return sentence("unattached", language, names=enumeration((name(each, language) for each in names), MOST_NAMES, language))


def reason_of_nothing(group: Group, language: Language) -> str | None:
    """One sentence why something may have been missed where nothing was found; None where everything was read."""
    return next(_notes([group], language, 1, kinds=_MISSING), None)


def name(document: str, language: Language) -> str:
    """The document's name in the quotation marks of the language; a very long one is shortened in the middle."""
    is_long = len(document) > _LONGEST_NAME
    half = _LONGEST_NAME // 2
    return sentence("name", language, name=f"{document[:half]}…{document[-half:]}" if is_long else document)


def _notes(groups: Sequence[Group], language: Language, most: int, *, kinds: Sequence[UnreadKind] = _KINDS) -> Iterator[str]:
    """For each kind of unread part a sentence about each document, or one that counts them where there are more than `most`."""
    if pending := sum(group.pending for group in groups):
        yield _pending(pending, sum(len(group.documents) for group in groups), language)
    unread = list(dict.fromkeys(document for group in groups for document in group.unread))
    for kind in kinds:
        parts = [(document, part) for document in unread for part in document.parts if part.kind == kind]
        if len(parts) <= most:
            yield from (_one(document, part, language) for document, part in parts)
        else:
            yield _many(kind, parts, language)
    yield from _named("unreadable", list(dict.fromkeys(entry for group in groups for entry in group.unreadable)), language)


def _pending(pending: int, documents: int, language: Language) -> str:
    if pending == documents:
        return sentence("all_pending", language, all=documents)
    return sentence("pending", language, read=documents - pending, all=documents)


def _named(code: str, entries: Sequence[tuple[str, str]], language: Language) -> Iterator[str]:
    """The one sentence for all names with their reasons, if there are any."""
    if len(entries) == 1:
        named, reason = entries[0]
        yield sentence(code, language, name=name(named, language), reason=reason)
    elif entries:
        names = (sentence("with_reason", language, name=name(named, language), reason=reason) for named, reason in entries)
        yield sentence(f"{code}_many", language, all=len(entries), names=enumeration(names, MOST_NAMES, language))


def _one(document: UnreadDocument, part: UnreadPart, language: Language) -> str:
    values = {"count": len(part.pages), "read": document.page_count - len(part.pages), "all": document.page_count}
    files = enumeration(part.names, MOST_NAMES, language)
    return sentence(part.kind, language, name=name(document.name, language), files=files, **values)


def _many(kind: UnreadKind, parts: _Parts, language: Language) -> str:
    names = enumeration((name(document.name, language) for document, _ in parts), MOST_NAMES, language)
    count = sum(len(part.pages) for _, part in parts)
    return sentence(f"{kind}_many", language, count=count, documents=len(parts), names=names)
