"""Which server the scripted one passes for: every habit is a flag, the usual servers are presets."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import ClassVar

import attrs

from .wireformat import WireFormat


class WebSocketHabit(enum.Enum):
    """What a server, or the proxy before it, does with a WebSocket handshake."""

    WORKS = "works"
    STUB = "stub"
    """Accepts whoever comes, says in one `error` frame that it is not implemented, and never closes."""
    STRIPPED = "stripped"
    """A proxy takes the `Upgrade` header away, so that the handshake arrives as a plain GET."""
    REFUSED = "refused"
    """A proxy answers with `websocket_refusal_status` and a page of HTML."""


@attrs.frozen(kw_only=True)
class Guise:
    """A server's habits; take a preset and change what a test is about with ``attrs.evolve``.

    Nouns in `naive_dates_of` (``user``, ``role``, ``file``, ``chat``, ``message``, ``node``) have their dates without ``Z``.
    """

    PRODUCTION: ClassVar[Guise]
    CONTRACT: ClassVar[Guise]
    STRIPPED_UPGRADE: ClassVar[Guise]
    NO_WEBSOCKET_404: ClassVar[Guise]
    NO_WEBSOCKET_502: ClassVar[Guise]
    PRESETS: ClassVar[Mapping[str, Guise]]

    websocket: WebSocketHabit = WebSocketHabit.STUB
    websocket_refusal_status: int = 404
    websocket_closes_when_done: bool = True
    tokens_in_simple_profile: bool = False
    refresh_tokens: bool = False
    rotates_refresh_tokens: bool = True
    garbage_token_is_500: bool = True
    closes_silently_after_500: bool = True
    logout_ends_session: bool = False
    keepalive_seconds: float = 5.0
    keeps_all_settings: bool = False
    unsets_role: bool = False
    user_id_is_name: bool = True
    naive_dates_of: frozenset[str] = frozenset({"user", "file"})
    history_window: int | None = 100
    chats_listed: int = 50
    honours_limit: bool = False
    deletes_after_seconds: float = 0.05
    keeps_attachments: bool = False
    honours_idempotency_keys: bool = False
    upload_for_llm: bool = True
    upload_limit: int = 100 * 1024 * 1024
    llm_upload_limit: int = 20 * 1024 * 1024
    filters_by_client: bool = False
    wire_format: WireFormat = attrs.field(factory=WireFormat)


Guise.PRODUCTION = Guise()
Guise.CONTRACT = Guise(
    websocket=WebSocketHabit.WORKS,
    tokens_in_simple_profile=True,
    refresh_tokens=True,
    garbage_token_is_500=False,
    closes_silently_after_500=False,
    logout_ends_session=True,
    keepalive_seconds=75.0,
    keeps_all_settings=True,
    unsets_role=True,
    user_id_is_name=False,
    naive_dates_of=frozenset(),
    honours_limit=True,
    deletes_after_seconds=0.0,
    keeps_attachments=True,
    upload_for_llm=False,
    filters_by_client=True,
)
Guise.STRIPPED_UPGRADE = attrs.evolve(Guise.PRODUCTION, websocket=WebSocketHabit.STRIPPED)
Guise.NO_WEBSOCKET_404 = attrs.evolve(Guise.PRODUCTION, websocket=WebSocketHabit.REFUSED, websocket_refusal_status=404)
Guise.NO_WEBSOCKET_502 = attrs.evolve(Guise.PRODUCTION, websocket=WebSocketHabit.REFUSED, websocket_refusal_status=502)
Guise.PRESETS = {
    "production": Guise.PRODUCTION,
    "contract": Guise.CONTRACT,
    "stripped-upgrade": Guise.STRIPPED_UPGRADE,
    "no-websocket-404": Guise.NO_WEBSOCKET_404,
    "no-websocket-502": Guise.NO_WEBSOCKET_502,
}
