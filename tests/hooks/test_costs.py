"""What hooks cost: they are not called for events, and where nobody listens nothing is made for them."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from aizoomdoc_client import Hooks
from aizoomdoc_client.testing import Deltas, ServerBehavior, final
from tests.client_and_server import both_transports, client_and_server


async def calls_of_an_answer(deltas: int, behavior: ServerBehavior, **options: Any) -> Counter[str]:
    """How often each function of `hooks` was called while an answer with so many `deltas` was read."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name.startswith("aizoomdoc_client.hooks"):
            calls[f"{name.removeprefix('aizoomdoc_client.')}:{frame.f_code.co_name}"] += 1

    async with client_and_server(behavior, **options) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas(["а"] * deltas), final("а" * deltas), ("completed", {})])
        before = sys.getprofile()
        sys.setprofile(count)
        try:
            await pair.client.ask(chat, "?")
        finally:
            sys.setprofile(before)
    return calls


@both_transports
async def test_where_nobody_listens_it_is_only_asked_whether_anybody_does(behavior: ServerBehavior, transport: str) -> None:
    """Once a request and once a stream: no detail is made, no scope entered, and events cost nothing."""
    few, many = [await calls_of_an_answer(deltas, behavior) for deltas in (1, 500)]

    assert ({"hooks.scope:current"}, few) == ({*many}, many)
    assert sum(many.values()) < 8


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION])
async def test_nothing_is_told_of_each_event(behavior: ServerBehavior) -> None:
    """Hooks are called as often for a long answer as for a short one."""
    few, many = [await calls_of_an_answer(deltas, behavior, hooks=Hooks()) for deltas in (1, 500)]

    assert few["hooks.notifier:tell"] == many["hooks.notifier:tell"] > 4
