"""The endpoints of the scripted server, and a request as they see it.

Contract: a module lists its endpoints in `ROUTES`. Their handlers take a `RouteRequest`, return a response or raise
`RefusalError`, and open no sockets; the modules do not import one another.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, cast

import attrs
from aiohttp import web

from .. import field_rules
from ..field_rules import FieldRule, Problem
from ..reactions import Reply, detail, internal_error, invalid_field
from ..request_rules import RecordedRequest
from ..server_state import ServerState
from ..server_store import StoredChat, StoredUser
from ..token_issuer import TokenState


class RefusalError(Exception):
    """The request is refused with `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


Fields = Mapping[str, FieldRule]
_NONE: Fields = {}


def check(problems: Iterable[Problem]) -> None:
    """Raises the 422 that has all `problems`, if there are any."""
    entries = list(problems)
    if entries:
        raise RefusalError(Reply(422, {"detail": entries}))


def missing_field(*location: str | int, echo: Any = None) -> RefusalError:
    """A 422 for a field that was not sent."""
    return RefusalError(Reply(422, {"detail": [invalid_field(location, echo=echo, reason="Field required")]}))


@attrs.frozen
class RouteRequest:
    """A request to one route; `params` are the variable segments of the path.

    All methods raise `RefusalError` where the request does not have what they give.
    """

    state: ServerState
    http: web.BaseRequest
    recorded: RecordedRequest
    params: Mapping[str, str]

    def respond(self, value: Any, status: int = 200) -> web.Response:
        """A response with `value` as JSON."""
        body = self.state.behavior.wire_format.json(value)
        return web.Response(status=status, body=body, content_type="application/json")

    def user(self) -> StoredUser:
        """The user of the bearer token in the `Authorization` header."""
        header = self.recorded.headers.get("Authorization")
        if header is None:
            raise RefusalError(detail(403, "Not authenticated"))
        if self.recorded.token is None:
            raise RefusalError(detail(403, "Invalid authentication credentials"))
        return self.user_of_token(self.recorded.token)

    def user_of_token(self, token: str) -> StoredUser:
        """The user of an access token."""
        token_state, user_id = self.state.tokens.verify(token)
        if token_state is TokenState.EXPIRED:
            raise RefusalError(detail(401, "Token has expired"))
        user = self.state.store.users.get(user_id)
        if user is None:
            raise RefusalError(internal_error() if self.state.behavior.garbage_token_is_500 else detail(401, "Invalid token"))
        return user

    def uuid(self, name: str) -> str:
        """A UUID in the path."""
        value = self.params[name]
        check(field_rules.uuid(value, ("path", name)))
        return str(uuid.UUID(value))

    def own_chat(self, missing: str = "Chat not found", *, token: str | None = None) -> StoredChat:
        """The chat in the path, if it belongs to the user of `token`, or of the header if `token` is None.

        `missing` is the text of the 404; somebody else's chat is a 403.
        """
        user = self.user() if token is None else self.user_of_token(token)
        chat = self.state.store.chats.get(self.uuid("chat_id"))
        if chat is None:
            raise RefusalError(detail(404, missing))
        if chat.owner is not user:
            raise RefusalError(detail(403, "Access denied"))
        return chat

    def body(self, *, needed: Fields = _NONE, known: Fields = _NONE) -> dict[str, Any]:
        """The body, a JSON object; the fields `needed` must be there, and those `known` may be missing or None."""
        if not self.recorded.received:
            raise missing_field("body")
        value = self._json()
        if not isinstance(value, dict):
            reason = "Input should be a valid dictionary or object to extract fields from"
            check([invalid_field(("body",), echo=value, reason=reason, kind="model_attributes_type")])
        given = cast("dict[str, Any]", value)
        check((*field_rules.required(needed, given, ("body",), echo=given), *field_rules.optional(known, given, ("body",))))
        return given

    def _json(self) -> Any:
        try:
            return json.loads(self.recorded.received)
        except ValueError as error:
            raise RefusalError(Reply(422, {"detail": [_not_json(error)]})) from None

    def text(self, name: str) -> str:
        """A required string in the body."""
        return cast("str", self.body(needed={name: field_rules.string})[name])

    def check_query(self, *, needed: Fields = _NONE, known: Fields = _NONE, lists: Fields = _NONE) -> None:
        """Refuses a query in which a field that is `needed` is missing, or one of these or of those `known` does not fit.

        The fields in `lists` may stand there several times.
        """
        query = self.recorded.query
        several = {name: query.getall(name) for name in lists if name in query}
        check(
            (
                *field_rules.required(needed, query, ("query",), echo=None),
                *field_rules.optional(known, query, ("query",)),
                *field_rules.optional({name: field_rules.list_of(rule) for name, rule in lists.items()}, several, ("query",)),
            )
        )

    def flag(self, name: str) -> bool:
        """A boolean in the query, False where it is missing."""
        return self.recorded.query.get(name, "").lower() in field_rules.TRUE_WORDS


def _not_json(error: ValueError) -> Problem:
    if not isinstance(error, json.JSONDecodeError):
        raise RefusalError(detail(400, "There was an error parsing the body"))
    return invalid_field(
        ("body", error.pos), echo={}, reason="JSON decode error", kind="json_invalid", context={"error": error.msg}
    )


Handler = Callable[[RouteRequest], Awaitable[web.StreamResponse]]


@attrs.frozen
class Route:
    """A method, and a path with ``{names}`` for its variable segments."""

    method: str
    path: str
    handler: Handler

    def params(self, path: str) -> dict[str, str] | None:
        """The variable segments of `path`, or None if the route has another path."""
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path), path)
        return found.groupdict() if found else None
