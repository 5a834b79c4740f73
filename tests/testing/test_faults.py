"""Faults by name: what a client meets when it scripts one of them."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.session.retrier import wait
from aizoomdoc_client.testing import (
    Answer,
    at_request,
    close_at,
    complex_answer,
    drop_at,
    expired_token,
    no_waiting,
    rate_limited,
    restart_at,
    shorter_waiting,
    stall_at,
    unavailable,
)

TEXT = "Высота этажа 3,3 м."


async def heard(caller: Any, chat_id: str) -> bytes:
    """The bytes of a stream until it ends or breaks off."""
    body = b""
    try:
        async with caller.session.get(f"/chats/{chat_id}/stream", headers=caller.headers) as response:
            async for chunk in response.content.iter_any():
                body += chunk
    except aiohttp.ClientError:
        pass
    return body


async def frames_by_websocket(caller: Any, chat_id: str) -> tuple[int, int | None]:
    """How many frames came, and the close code (1006: none)."""
    async with caller.session.ws_connect(caller.websocket_url(chat_id)) as socket:
        count = 0
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            count += 1
        return count, socket.close_code


async def whole_answer(caller: Any) -> bytes:
    caller.server.script_answer(complex_answer(TEXT))
    return await heard(caller, await caller.chat("?"))


@pytest.mark.parametrize("half", [False, True])
async def test_a_drop_comes_after_so_many_events(caller: Any, half: bool) -> None:
    """Not one more; with `half` the beginning of the next one, as it would have been."""
    whole = await whole_answer(caller)
    events = [event + b"\n\n" for event in whole.split(b"\n\n")[:-1]]
    for frame in range(len(events) + 1):
        caller.server.script_answer(drop_at(complex_answer(TEXT), frame, half=half))
        body = await heard(caller, await caller.chat("?"))
        following = events[frame] if half and frame < len(events) else b""
        assert b"".join(events[:frame]) + following[: len(following) // 2] == body


@pytest.mark.parametrize(("policy", "answers"), [("cancel", 0), ("finish", 1)])
async def test_a_drop_says_what_becomes_of_the_run(caller: Any, policy: Any, answers: int) -> None:
    """It stops and stores nothing, or finishes unseen."""
    chat_id = await caller.chat("?")
    caller.server.script_answer(drop_at(complex_answer(TEXT), 3, then=policy))
    await heard(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")

    assert answers == len(caller.server.chats[chat_id].answers)


@pytest.mark.parametrize("code", [1000, 1012])
async def test_a_close_is_orderly_and_too_early(contract: Any, code: int) -> None:
    """So many frames, then the close frame."""
    contract.server.script_answer(close_at(complex_answer(TEXT), 3, code))

    assert (3, code) == await frames_by_websocket(contract, await contract.chat("?"))


async def test_a_stall_keeps_the_connection(caller: Any) -> None:
    """After its event nothing comes, not even an end."""
    caller.server.script_answer(stall_at(complex_answer(TEXT), 1))
    async with caller.session.get(f"/chats/{await caller.chat('?')}/stream", headers=caller.headers) as response:
        await response.content.readuntil(b"\n\n")

        assert (1, "running") == (caller.server.model_runs[0].frames, caller.server.model_runs[0].state)
        assert 1 == caller.server.open_connections


async def test_a_restart_ends_the_run_and_keeps_the_rest(caller: Any) -> None:
    """The stream breaks off, then the same server with the same memory is there again."""
    chat_id = await caller.chat("?")
    caller.server.script_answer(restart_at(complex_answer(TEXT), 2, caller.server))
    body = await heard(caller, chat_id)
    await caller.server.until(lambda: caller.server.model_runs[0].state != "running")
    async with asyncio.timeout(5):
        while True:
            try:
                status, history = await caller.call("GET", f"/chats/{chat_id}")
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.001)

    assert (2, "cancelled") == (body.count(b"\n\n"), caller.server.model_runs[0].state)
    assert (200, 1) == (status, len(history["messages"]))


async def test_a_restart_does_not_wake_a_stopped_server(caller: Any) -> None:
    """A server that was stopped in the meantime stays so."""
    await caller.server.stop()
    await caller.server.restart()

    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.call("GET", "/health")


async def test_the_request_of_that_number_is_the_one(caller: Any) -> None:
    """Those before and after get the usual answer."""
    caller.server.respond("GET", "/me", *at_request(3, expired_token()))

    assert [200, 200, 401, 200] == [(await caller.call("GET", "/me"))[0] for _ in range(4)]


@pytest.mark.parametrize(("wish", "header"), [(2, "2"), (0.5, "0.5"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2, (None, None)])
@pytest.mark.parametrize(("fault", "status"), [(rate_limited, 429), (unavailable, 503)])
async def test_a_refusal_says_when_to_come_again(caller: Any, fault: Any, status: int, wish: Any, header: str | None) -> None:
    """In seconds, as a date, or not at all."""
    caller.server.respond("GET", "/me", fault(wish))
    async with caller.session.get("/me", headers=caller.headers) as response:
        assert (status, header) == (response.status, response.headers.get("Retry-After"))


async def test_no_waiting_leaves_waits_out_and_lists_them() -> None:
    """An hour passes at once, and only inside of the context."""
    with no_waiting() as left_out:
        async with asyncio.timeout(1):
            await wait(3600)
            await wait(0.5)
    assert [3600, 0.5] == left_out

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await wait(3600)


async def test_shorter_waiting_keeps_proportions() -> None:
    """A wait lasts the given part of its time."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    with shorter_waiting(0.001):
        await wait(5)

    assert 0.004 < loop.time() - before < 1


def test_an_answer_with_a_fault_is_still_an_answer() -> None:
    """Faults add up, and the answer given stays as it was."""
    answer = complex_answer(TEXT)

    assert isinstance(drop_at(stall_at(answer, 5), 3), Answer)
    assert {} == answer.interruptions
