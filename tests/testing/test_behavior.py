"""How values are encoded: JSON, frames, dates."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from aizoomdoc_client.testing import Answer, Emit, ServerBehavior, WireFormat, final
from tests.testing.websockets_client import asked, with_behavior


@pytest.mark.parametrize(
    ("wire_format", "line"),
    [
        (None, 'data: {"content": "а\u2028б\x85", "n": 1}'),
        (WireFormat(compact=True), 'data: {"content":"а\u2028б\x85","n":1}'),
        (WireFormat(ascii_only=True), r'data: {"content": "\u0430\u2028\u0431\u0085", "n": 1}'),
    ],
)
async def test_json_is_encoded_in_the_format_of_the_answer(caller: Any, wire_format: WireFormat | None, line: str) -> None:
    """By default with spaces and unescaped UTF-8, U+2028 and U+0085 included."""
    caller.server.script_answer(Answer([Emit("llm_final", {"content": "а\u2028б\u0085", "n": 1})], wire_format=wire_format))
    _, text = await caller.call("GET", f"/chats/{await caller.chat('?')}/stream")

    assert f"event: llm_final\n{line}\n\n" == text


async def test_the_keys_of_a_frame_may_have_another_order(contract: Any) -> None:
    """The order is that of the format."""
    with_behavior(
        contract, attrs.evolve(ServerBehavior.CONTRACT, wire_format=WireFormat(frame_keys=("timestamp", "data", "event")))
    )
    async with asked(contract, final("ответ")) as websocket:
        assert ["timestamp", "data", "event"] == list(json.loads(await websocket.recv()))


async def test_dates_are_utc_with_and_without_z(caller: Any) -> None:
    """The date of a chat ends with Z and has no zero fraction; those in `naive_dates_of` have no zone."""
    with_behavior(caller, attrs.evolve(ServerBehavior.PRODUCTION, naive_dates_of=frozenset({"user"})))
    chat_id = await caller.chat()
    caller.server.chats[chat_id].created_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    caller.server.user.created_at = datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)

    assert "2026-01-02T03:04:05Z" == (await caller.call("GET", f"/chats/{chat_id}"))[1]["chat"]["created_at"]
    assert "2026-01-02T03:04:05.000060" == (await caller.call("GET", "/me"))[1]["user"]["created_at"]
