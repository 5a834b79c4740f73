"""Texts about unread parts of a document, from the `status` and `attributes` of its node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..models import ProjectNode
from .language import N_, _, language_in_force

PARTS = {
    "no_text": N_("pages without text: {count} of {pages}"),
    "little_text": N_("pages with hardly any text: {count} of {pages}"),
    "garbled_text": N_("pages with garbled text: {count} of {pages}"),
    "too_many_pages": N_("pages beyond the limit: {count} of {pages}"),
    "attachments": N_("attachments not read: {count}"),
    "recognized": N_("pages recognized from pictures: {count} of {pages}"),
    "uncalculated": N_("sheets with formulas without results: {count} of {pages}"),
    "hidden_sheets": N_("hidden sheets, read: {count}"),
}


def unread_words(node: ProjectNode) -> str:
    """Why the node is not read, which parts are not, or that it waits; empty where all is read, or the server does not tell."""
    if node.status == "unreadable":
        reason = node.attributes.get(f"error_{language_in_force()}") or node.attributes.get("error")
        return _("not readable: {reason}").format(reason=reason) if isinstance(reason, str) else _("not readable")
    if node.node_type != "document":
        return ""
    if node.status == "partial":
        return "; ".join(_parts(node.attributes)) or _("read in part")
    return _("not read yet") if node.status == "pending" else ""


def _parts(attributes: Mapping[str, Any]) -> Iterator[str]:
    given = attributes.get("unread")
    if isinstance(given, Mapping):
        counts = cast("Mapping[Any, Any]", given)
        for kind, words in PARTS.items():
            if kind in counts:
                yield _(words).format(count=counts[kind], pages=attributes.get("pages", "?"))
