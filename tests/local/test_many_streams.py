"""Many streams at once: each is answered or told why not, none hangs, nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import aiohttp
import pytest

from tests.local.support import PausedAnswerer, Serve, User

STREAMS = 120
REFUSED = "Queue is full ({} requests). Please try again later."


async def new_question(user: User, number: int) -> str:
    chat = await user.chat()
    await user.say(chat, f"Вопрос {number}")
    return chat


async def outcome(user: User, session: aiohttp.ClientSession, chat: str, number: int) -> str:
    """The text of the answer, or of the error, that the stream of the chat ends with; every other one is a WebSocket."""
    url, token = f"{user.server.url}/chats/{chat}/stream", user.login["access_token"]
    last = ""
    if number % 2:
        async with session.ws_connect(url, params={"token": token}) as socket:
            async for message in socket:
                frame = json.loads(message.data)
                last = told(frame["event"], frame["data"]) or last
        return last
    name = ""
    async with session.get(url, headers=user.bearer) as response:
        async for raw in response.content:
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            name = value if field == "event" else name
            last = (told(name, json.loads(value)) if field == "data" else "") or last
    return last


def told(event: str, data: dict[str, str]) -> str:
    return data["content"] if event == "llm_final" else data["message"] if event == "error" else ""


@pytest.mark.parametrize(("slots", "queue", "refused"), [(4, 100, 16), (4, 500, 0), (1, 0, 119)])
async def test_of_120_streams_at_once_each_is_answered_or_told_that_the_queue_is_full(
    serve: Serve, paused: PausedAnswerer, slots: int, queue: int, refused: int
) -> None:
    """Over both transports; the histories have exactly the answers that were sent, and the server goes on."""
    user = await serve(answerer=paused, slots=slots, queue_size=queue)
    chats = [await new_question(user, number) for number in range(STREAMS)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, asyncio.timeout(60):
        streams = [asyncio.create_task(outcome(user, session, chat, number)) for number, chat in enumerate(chats)]
        ended = 0
        while ended < refused:  # whoever finds no place is told while the others still wait
            await asyncio.wait([stream for stream in streams if not stream.done()], return_when=asyncio.FIRST_COMPLETED)
            ended = sum(stream.done() for stream in streams)
        paused.opened.set()
        texts = await asyncio.gather(*streams)
    answered = [[message["content"] for message in await user.history(chat) if message["role"] == "assistant"] for chat in chats]

    assert Counter({"раз два": STREAMS - refused, REFUSED.format(queue): refused}) == Counter(texts) + Counter()
    assert [[text] if text == "раз два" else [] for text in texts] == answered
    assert 200 == (await user.get("/me")).status
