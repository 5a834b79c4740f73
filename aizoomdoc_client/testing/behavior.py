"""What the scripted server does where real servers differ: one flag for each difference, and presets for known servers."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs


@attrs.frozen(kw_only=True)
class WireFormat:
    """How values are encoded: JSON with Python's separators or `compact`, UTF-8 or `ascii_only`; the order of keys in frames."""

    compact: bool = False
    ascii_only: bool = False
    frame_keys: tuple[str, ...] = ("event", "data", "timestamp")

    def json(self, value: Any) -> bytes:
        """`value` as JSON; lone surrogates, which UTF-8 cannot encode, are escaped."""
        separators = (",", ":") if self.compact else (", ", ": ")
        text = json.dumps(value, ensure_ascii=self.ascii_only, separators=separators)
        return text.encode("utf-8", errors="backslashreplace")

    def sse(self, name: str, data: Any) -> bytes:
        """One server-sent event."""
        return b"event: " + name.encode() + b"\ndata: " + self.json(data) + b"\n\n"

    def frame(self, name: str, data: Any) -> bytes:
        """The text of one WebSocket frame."""
        values = {"event": name, "data": data, "timestamp": _iso_date(datetime.now(UTC), naive=False)}
        return self.json({key: values[key] for key in self.frame_keys})


class WebSocketBehavior(enum.Enum):
    """What a server, or the proxy before it, does with a WebSocket handshake."""

    WORKS = "works"
    STUB = "stub"
    """The server accepts any handshake, sends one `error` frame that says it is not implemented, and never closes."""
    STRIPPED = "stripped"
    """A proxy removes the `Upgrade` header, so that the handshake arrives as a plain GET."""
    REFUSED = "refused"
    """A proxy answers with `websocket_refusal_status` and an HTML page."""


@attrs.frozen(kw_only=True)
class ServerBehavior:
    """How a server behaves; take a preset, and change with ``attrs.evolve`` what a test is about.

    The fields are as in the production server by default. Limits of uploads are in bytes.
    """

    PRODUCTION: ClassVar[ServerBehavior]
    CONTRACT: ClassVar[ServerBehavior]
    STRIPPED_UPGRADE: ClassVar[ServerBehavior]
    NO_WEBSOCKET_404: ClassVar[ServerBehavior]
    NO_WEBSOCKET_502: ClassVar[ServerBehavior]
    PRESETS: ClassVar[Mapping[str, ServerBehavior]]

    websocket: WebSocketBehavior = WebSocketBehavior.STUB
    websocket_refusal_status: int = 404
    websocket_closes_when_done: bool = True
    """Whether the server closes the WebSocket after the last event; if not, it waits for the client to do so."""
    tokens_in_simple_profile: bool = False
    """Whether answers have deltas for users with the profile ``simple`` too."""
    refresh_tokens: bool = False
    """Whether logins give refresh tokens, and ``POST /auth/refresh`` exists."""
    rotates_refresh_tokens: bool = True
    """Whether a refresh token is valid only once."""
    garbage_token_is_500: bool = True
    """Whether an access token that cannot be verified is a 500, not a 401."""
    closes_silently_after_500: bool = True
    """Whether the connection of a 500 is closed without ``Connection: close``."""
    logout_ends_session: bool = False
    """Whether the access token of a logout is expired afterwards."""
    keepalive_seconds: float = 5.0
    """How long an idle connection stays open."""
    keeps_all_settings: bool = False
    """Whether settings other than profile and role are kept, not accepted and dropped."""
    unsets_role: bool = False
    """Whether a role of null unsets the role, and is not ignored."""
    user_id_is_name: bool = True
    """Whether `user_id` of a chat is the name of the user."""
    naive_dates_of: frozenset[str] = frozenset()
    """The kinds of records whose dates lack the ``Z``: ``user``, ``role``, ``file``, ``chat``, ``message``, ``node``."""
    history_window: int | None = 100
    """How many messages a history shows, the oldest ones; None shows all."""
    chats_listed: int = 50
    """How many chats a list of chats has at most."""
    honours_limit: bool = False
    """Whether `limit` shortens a list of chats."""
    deletes_after_seconds: float = 0.05
    """How long a deleted chat is still there."""
    keeps_attachments: bool = False
    """Whether messages show their `attached_file_ids`."""
    honours_idempotency_keys: bool = False
    """Whether a message that is posted again with the same ``Idempotency-Key`` is stored once."""
    upload_for_llm: bool = True
    """Whether ``POST /files/upload-for-llm`` exists."""
    upload_limit: int = 100 * 1024 * 1024
    llm_upload_limit: int = 20 * 1024 * 1024
    tells_file_urls: bool = True
    """Whether a stored file has the URL of its download, which needs no token."""
    filters_by_client: bool = False
    """Whether the project tree and its search show only nodes of the `client_id` that was asked for."""
    wire_format: WireFormat = attrs.field(factory=WireFormat)

    def date(self, moment: datetime, kind: str) -> str:
        """The date of a record of that kind in ISO 8601, in UTC."""
        return _iso_date(moment, naive=kind in self.naive_dates_of)


def _iso_date(moment: datetime, *, naive: bool) -> str:
    """With six digits of fraction or none, and with ``Z`` unless `naive`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + ("" if naive else "Z")


ServerBehavior.PRODUCTION = ServerBehavior()
ServerBehavior.CONTRACT = ServerBehavior(
    websocket=WebSocketBehavior.WORKS,
    tokens_in_simple_profile=True,
    refresh_tokens=True,
    garbage_token_is_500=False,
    closes_silently_after_500=False,
    logout_ends_session=True,
    keepalive_seconds=75.0,
    keeps_all_settings=True,
    unsets_role=True,
    user_id_is_name=False,
    honours_limit=True,
    deletes_after_seconds=0.0,
    keeps_attachments=True,
    upload_for_llm=False,
    tells_file_urls=False,
    filters_by_client=True,
)
ServerBehavior.STRIPPED_UPGRADE = attrs.evolve(ServerBehavior.PRODUCTION, websocket=WebSocketBehavior.STRIPPED)
ServerBehavior.NO_WEBSOCKET_404 = attrs.evolve(
    ServerBehavior.PRODUCTION, websocket=WebSocketBehavior.REFUSED, websocket_refusal_status=404
)
ServerBehavior.NO_WEBSOCKET_502 = attrs.evolve(
    ServerBehavior.PRODUCTION, websocket=WebSocketBehavior.REFUSED, websocket_refusal_status=502
)
ServerBehavior.PRESETS = {
    "production": ServerBehavior.PRODUCTION,
    "contract": ServerBehavior.CONTRACT,
    "stripped-upgrade": ServerBehavior.STRIPPED_UPGRADE,
    "no-websocket-404": ServerBehavior.NO_WEBSOCKET_404,
    "no-websocket-502": ServerBehavior.NO_WEBSOCKET_502,
}
