"""A request as the routes see it: who asks, what for, and the usual refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, cast

import attrs
from aiohttp import web

from .backend import Backend
from .recording import RecordedRequest
from .responses import Reply, detail, internal_error, invalid
from .store import StoredChat, StoredUser
from .tokens import TokenState


class RefusalError(Exception):
    """A request ends here, with `reply`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


def unprocessable(*location: str | int, echo: Any, reason: str, kind: str) -> RefusalError:
    """A 422 for one field, with the input echoed."""
    return RefusalError(Reply(422, {"detail": [invalid(location, echo=echo, reason=reason, kind=kind)]}))


@attrs.frozen
class Call:
    """One request to one route; `params` are the parts of the path that the route's pattern names."""

    backend: Backend
    request: web.BaseRequest
    recorded: RecordedRequest
    params: Mapping[str, str]

    def json(self, value: Any, status: int = 200) -> web.Response:
        """A response with JSON."""
        body = self.backend.guise.wire_format.json(value)
        return web.Response(status=status, body=body, content_type="application/json")

    def user(self) -> StoredUser:
        """Whose bearer token came with the request; refuses it without a valid one."""
        header = self.recorded.headers.get("Authorization")
        if header is None:
            raise RefusalError(detail(403, "Not authenticated"))
        if self.recorded.token is None:
            raise RefusalError(detail(403, "Invalid authentication credentials"))
        return self.bearer(self.recorded.token)

    def bearer(self, token: str) -> StoredUser:
        """Whose access token it is."""
        state, user_id = self.backend.mint.read(token)
        if state is TokenState.EXPIRED:
            raise RefusalError(detail(401, "Token has expired"))
        user = self.backend.store.users.get(user_id)
        if user is None:
            raise RefusalError(internal_error() if self.backend.guise.garbage_token_is_500 else detail(401, "Invalid token"))
        return user

    def uuid(self, name: str) -> str:
        """A UUID in the path."""
        try:
            return str(uuid.UUID(self.params[name]))
        except ValueError:
            echo = self.params[name]
            raise unprocessable("path", name, echo=echo, reason="Input should be a valid UUID", kind="uuid_parsing") from None

    def own_chat(self, missing: str = "Chat not found", *, token: str | None = None) -> StoredChat:
        """The chat that the path names, if it is the user's own; otherwise a 404 that says `missing`, or a 403.

        The user is the one of the `token` given, else of the header's.
        """
        user = self.user() if token is None else self.bearer(token)
        chat = self.backend.store.chats.get(self.uuid("chat_id"))
        if chat is None:
            raise RefusalError(detail(404, missing))
        if chat.owner is not user:
            raise RefusalError(detail(403, "Access denied"))
        return chat

    def body(self) -> dict[str, Any]:
        """The body's JSON object."""
        try:
            value = json.loads(self.recorded.received)
        except ValueError as error:
            raise unprocessable("body", 0, echo={}, reason=f"JSON decode error: {error}", kind="json_invalid") from None
        if not isinstance(value, dict):
            raise unprocessable("body", echo=value, reason="Input should be an object", kind="model_attributes_type")
        return cast("dict[str, Any]", value)

    def text(self, name: str) -> str:
        """A required text of the body."""
        body = self.body()
        if name not in body:
            raise unprocessable("body", name, echo=body, reason="Field required", kind="missing")
        if not isinstance(body[name], str):
            raise unprocessable("body", name, echo=body[name], reason="Input should be a valid string", kind="string_type")
        return cast("str", body[name])

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.recorded.query.get(name, "").lower() in {"1", "true", "yes", "on"}
