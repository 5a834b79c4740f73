"""What has to be known of an answer to go on with it in another process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, cast

import attrs

from ..serializable import Serializable

if TYPE_CHECKING:
    from .options import QuestionOptions

__all__ = ["StreamFacts"]

_IDS = ("attached_file_ids", "document_ids", "attached_document_ids", "compare_document_ids_a", "compare_document_ids_b")


@attrs.frozen(kw_only=True)
class StreamFacts(Serializable):
    """Whose answer it is, to which message, and what the question was asked with.

    `message_id` is None until the message is posted. `can_rerun` says whether another process may let the model run again: it
    cannot give files that were not uploaded before. `reruns` is how often the model may have run again so far: each run is
    counted before it begins. `context` are the headers that hooks gave where it was asked.
    """

    owner: str
    chat_id: str
    message_id: str | None = None
    scope: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    can_rerun: bool = True
    reruns: int = 0
    context: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @classmethod
    def of(cls, owner: str, chat_id: str, options: QuestionOptions, context: Mapping[str, str]) -> Self:
        """The facts of a question that is about to be posted."""
        given = {name: value for name, value in options.items() if value}
        scope: dict[str, Any] = {name: _ids(given.pop(name)) for name in _IDS if name in given}
        if "client_id" in given:
            scope["client_id"] = _ids(given.pop("client_id"))[0]
        return cls(owner=owner, chat_id=chat_id, scope=scope, can_rerun=not given, context=context)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The facts that `to_json` gave, perhaps of another version: what it knows besides may forbid another run."""
        found = json.loads(data)
        names = {field.name for field in attrs.fields(cls)}
        facts = cls(**{name: value for name, value in found.items() if name in names})
        return facts if found.keys() <= names else facts.perhaps_outdated()

    def of_message(self, message_id: str) -> Self:
        """The facts, once the message is posted."""
        return attrs.evolve(self, message_id=message_id)

    def of_rerun(self) -> Self:
        """The facts, once the model is about to run again."""
        return attrs.evolve(self, reruns=self.reruns + 1)

    def perhaps_outdated(self) -> Self:
        """The facts, if something that they do not tell may forbid another run, as runs that are counted nowhere any more."""
        return attrs.evolve(self, can_rerun=False)


def _ids(value: object) -> list[str]:
    several = isinstance(value, Iterable) and not isinstance(value, str)
    each = cast("Iterable[object]", value if several else (value,))
    return [str(getattr(one, "id", one)) for one in each]
