"""The endpoints of the scripted server, and a request as they see it.

Contract: a module lists its endpoints in `ROUTES`. Their handlers take a `RouteRequest`, return a response or raise
`RefusalError`, and open no sockets; the modules do not import one another.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import attrs
from aiohttp import web

from ..reactions import Reply, detail, internal_error, invalid_field
from ..request_rules import RecordedRequest
from ..server_state import ServerState
from ..server_store import StoredChat, StoredUser
from ..token_issuer import TokenState

TRUE_VALUES = frozenset({"1", "true", "yes", "on"})


class RefusalError(Exception):
    """The request is refused with `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


def unprocessable(*location: str | int, echo: Any, reason: str, kind: str) -> RefusalError:
    """A 422 for one field, which echoes the input."""
    return RefusalError(Reply(422, {"detail": [invalid_field(location, echo=echo, reason=reason, kind=kind)]}))


def missing_field(*location: str | int, echo: Any = None) -> RefusalError:
    """A 422 for a field that was not sent."""
    return unprocessable(*location, echo=echo, reason="Field required", kind="missing")


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
        try:
            return str(uuid.UUID(value))
        except ValueError:
            reason = "Input should be a valid UUID"
            raise unprocessable("path", name, echo=value, reason=reason, kind="uuid_parsing") from None

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

    def body(self) -> dict[str, Any]:
        """The body, a JSON object."""
        try:
            value = json.loads(self.recorded.received)
        except ValueError as error:
            raise unprocessable("body", 0, echo={}, reason=f"JSON decode error: {error}", kind="json_invalid") from None
        if not isinstance(value, dict):
            raise unprocessable("body", echo=value, reason="Input should be an object", kind="model_attributes_type")
        return cast("dict[str, Any]", value)

    def text(self, name: str) -> str:
        """A required string in the body."""
        body = self.body()
        if name not in body:
            raise missing_field("body", name, echo=body)
        if not isinstance(body[name], str):
            raise unprocessable("body", name, echo=body[name], reason="Input should be a valid string", kind="string_type")
        return cast("str", body[name])

    def flag(self, name: str) -> bool:
        """A boolean in the query, False where it is missing."""
        return self.recorded.query.get(name, "").lower() in TRUE_VALUES


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
