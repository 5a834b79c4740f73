"""Which reaction the next request gets."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence

import attrs

from .recording import RecordedRequest
from .responses import Reaction


def _queue(reactions: Iterable[Reaction]) -> deque[Reaction]:
    return deque(reactions)


@attrs.define(eq=False)
class Rule:
    """Reactions for the next requests that match; `requests` are those that had one."""

    method: str
    pattern: str
    _coming: deque[Reaction] = attrs.field(converter=_queue)
    requests: list[RecordedRequest] = attrs.field(factory=list[RecordedRequest], init=False)

    @property
    def left(self) -> int:
        """How many reactions no request has had yet."""
        return len(self._coming)

    def matches(self, request: RecordedRequest) -> bool:
        """Whether the next reaction is for `request`."""
        return bool(self._coming) and self.covers(request)

    def covers(self, request: RecordedRequest) -> bool:
        """Whether method and path fit."""
        return self.method in {"*", request.method} and matches_path(self.pattern, request.path)

    def take(self, request: RecordedRequest) -> Reaction:
        """The next reaction, used up."""
        self.requests.append(request)
        return self._coming.popleft()

    def clear(self) -> None:
        """Forgets the reactions that are left."""
        self._coming.clear()


def matches_path(pattern: str, path: str) -> bool:
    """Whether `path` fits `pattern`, in which ``*`` or ``{name}`` stands for one segment and ``**`` for anything."""
    parts = re.split(r"(\*\*|\*|\{\w+\})", pattern)
    wild = ("[^/]+" if part == "*" or part.startswith("{") else ".*" if part == "**" else re.escape(part) for part in parts)
    return re.fullmatch("".join(wild), path) is not None


@attrs.define
class RuleBook:
    """All rules; the oldest that matches and has a reaction left applies."""

    rules: list[Rule] = attrs.field(factory=list[Rule])

    def add(self, method: str, pattern: str, reactions: Sequence[Reaction]) -> Rule:
        """A new rule."""
        rule = Rule(method.upper(), pattern, reactions)
        self.rules.append(rule)
        return rule

    def take(self, request: RecordedRequest) -> Reaction | None:
        """The reaction for `request`, or None for the usual work."""
        rule = next((rule for rule in self.rules if rule.matches(request)), None)
        return rule.take(request) if rule else None
