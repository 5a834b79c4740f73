"""The answer stream: when the message is sent, all ways to read it, and all ways to leave it."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aizoomdoc_client import (
    AsyncAnswerStream,
    DeliveryUnknownError,
    Message,
    NotFoundError,
    StreamInterruptedError,
    answer_stream as answers,
)
from aizoomdoc_client.answer_stream import PERHAPS_POSTED
from aizoomdoc_client.session import stream_connection, stream_reader as streams
from aizoomdoc_client.testing import (
    Deltas,
    Held,
    ModelRun,
    Moment,
    ServerBehavior,
    Stall,
    SyncPoint,
    Wait,
    complex_answer,
    final,
    followup_answer,
    simple_answer,
)
from aizoomdoc_client.transport import websocket
from tests.client_and_server import ClientAndServer, client_and_server

TEXT = "Высота этажа 3,3 м."
WAYS = {
    "sse": (ServerBehavior.PRODUCTION, websocket.websockets_library),
    "websockets": (ServerBehavior.CONTRACT, websocket.websockets_library),
    "picows": (ServerBehavior.CONTRACT, websocket.picows_library),
}


@pytest.fixture(params=WAYS)
def behavior(request: Any, monkeypatch: pytest.MonkeyPatch) -> ServerBehavior:
    """A server for each transport."""
    found, library = WAYS[request.param]
    monkeypatch.setattr(websocket, "best_library", library)
    return found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the time after which an abandoned answer is closed."""
    for module in (answers, stream_connection, streams):
        monkeypatch.setattr(module, "RETURN_SECONDS", 0.02)


async def asked(pair: ClientAndServer, *steps: Any) -> AsyncAnswerStream:
    """A question that is not yet posted, with a scripted answer."""
    pair.server.script_answer(list(steps) or complex_answer(TEXT))
    return pair.client.send_message(await pair.chat(), "Где ВРУ?")


async def first_token(stream: AsyncAnswerStream) -> None:
    async for event in stream:
        if event.event == "llm_token":
            return


async def ended(pair: ClientAndServer) -> ModelRun:
    """The only run, after the server has detected the disconnect."""
    [run] = pair.server.model_runs
    await pair.server.until(lambda: run.state != "running")
    return run


# Sending


async def test_calling_sends_nothing_yet() -> None:
    """In async code a message is sent when the stream is first awaited, entered or iterated."""
    async with client_and_server() as pair:
        stream = await asked(pair)

        assert [] == pair.server.posts
        with pytest.raises(RuntimeError, match="not posted yet"):
            _ = stream.message
        await stream.close()


async def test_an_answer_that_is_dropped_unused_says_so_at_the_users_line() -> None:
    """Nothing is posted, and a RuntimeWarning like that of a forgotten coroutine names the line that called."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        with pytest.warns(RuntimeWarning, match="never awaited") as warned:
            pair.client.send_message(chat, "Где ВРУ?")
        here = sys._getframe().f_lineno - 1

        assert [(__file__, here)] == [(each.filename, each.lineno) for each in warned]
        assert [] == pair.server.posts


@pytest.mark.parametrize("close", [False, True])
async def test_an_answer_that_is_given_up_unused_says_nothing(close: bool) -> None:
    """Whoever cancels or closes an answer means it."""
    async with client_and_server() as pair:
        stream = await asked(pair)
        if close:
            await stream.close()
        else:
            stream.cancel()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            del stream
            gc.collect()

        assert [] == warned


async def test_a_failed_question_is_not_called_forgotten() -> None:
    """A question that could not be posted was asked all the same."""
    async with client_and_server() as pair:
        stream = pair.client.send_message("00000000-0000-4000-8000-000000000009", "Где ВРУ?")
        with pytest.raises(NotFoundError):
            await stream
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            del stream
            gc.collect()

        assert [] == warned


@pytest.mark.parametrize("use", [iter, list, tuple])
async def test_a_plain_for_is_told_of_async_for(use: Callable[[Any], object]) -> None:
    """The error says how an answer of the async client is read."""
    async with client_and_server() as pair:
        stream = await asked(pair)
        with pytest.raises(TypeError, match="async for event in"):
            use(stream)
        await stream.close()


async def awaited(stream: AsyncAnswerStream) -> None:
    await stream


async def entered(stream: AsyncAnswerStream) -> None:
    async with stream:
        pass


async def iterated(stream: AsyncAnswerStream) -> None:
    await first_token(stream)


async def resulted(stream: AsyncAnswerStream) -> None:
    await stream.result()


@pytest.mark.parametrize("use", [awaited, entered, iterated, resulted])
async def test_using_it_posts_the_message(use: Callable[[AsyncAnswerStream], Awaitable[None]]) -> None:
    """Each way of using it posts the message, which is then there as stored."""
    async with client_and_server() as pair:
        stream = await asked(pair)
        await use(stream)
        [post] = pair.server.posts

        assert (post.message_id, "Где ВРУ?", "user") == (stream.message.id, stream.message.content, stream.message.role)
        await stream.close()


async def test_it_is_posted_once_however_often_it_is_used() -> None:
    """Awaited twice at once, entered, read: one message and one run."""
    async with client_and_server() as pair:
        stream = await asked(pair)
        await asyncio.gather(awaited(stream), awaited(stream))
        async with stream as same:
            assert TEXT == (await same.result()).text
        assert TEXT == (await stream.result()).text

        assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_a_failed_post_fails_again_in_the_same_way() -> None:
    """A message that could not be sent is not sent by another use of the same stream."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        await pair.client.delete_chat(chat)
        await pair.server.until(lambda: chat.id not in pair.server.chats)
        stream = pair.client.send_message(chat, "Где ВРУ?")
        said = []
        for _ in range(2):
            with pytest.raises(Exception, match="404") as caught:
                await stream
            said.append(str(caught.value))

        assert said[0] == said[1]


# Reading


async def test_all_three_ways_of_the_readme() -> None:
    """`async for`, `async with` and `await` give the same text."""
    async with client_and_server() as pair:
        async for _ in (one := await asked(pair)):
            pass
        async with await asked(pair) as two:
            await two.result()
        three = await (await asked(pair))
        await three.result()

        assert [TEXT] * 3 == [one.text, two.text, three.text]


async def test_the_result_has_all_of_it(behavior: ServerBehavior) -> None:
    """Text, thinking, images, tool calls, model, question and times."""
    async with client_and_server(behavior) as pair:
        pair.server.script_answer(followup_answer("Сначала", TEXT))
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        answer = await stream.result()

        assert (TEXT, TEXT, "Теперь видно.", "scripted") == (answer.text, str(answer), answer.thinking, answer.model)
        assert (["BLOCK-1"], ["zoom"]) == ([image.block_id for image in answer.images], [call.tool for call in answer.tool_calls])
        assert isinstance(answer.question, Message)
        times = answer.timings
        assert 0 < times.posted <= (times.first_event or 0) <= (times.first_text or 0) <= (times.total or 0)


async def test_the_pieces_join_to_the_text(behavior: ServerBehavior) -> None:
    """`text_stream` gives the text piece by piece."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair)

        assert TEXT == "".join([piece async for piece in stream.text_stream])


async def test_snapshots_are_the_text_at_each_moment() -> None:
    """`snapshots` needs no folding: a follow-up round shows as a shorter text."""
    async with client_and_server() as pair:
        stream = await asked(pair, Deltas(["Так ", "было"]), Deltas(["Стало ", "иначе"]), final("Стало иначе"))

        assert ["Так ", "Так было", "", "Стало ", "Стало иначе"] == [text async for text in stream.snapshots]


async def test_the_state_is_there_while_reading() -> None:
    """Text, thinking, phase and images as of the last event."""
    async with client_and_server() as pair:
        stream = await asked(pair)
        await first_token(stream)

        assert TEXT.startswith(stream.text)
        assert stream.phase is not None
        assert ("pro_stage", "Смотрю планы. Сверяю спецификации.") == (stream.phase.phase, stream.thinking)
        assert 1 == len(stream.images)
        await stream.close()


async def test_reading_on_after_the_end_gives_nothing(behavior: ServerBehavior) -> None:
    """Reading after the end yields nothing."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair)
        await stream.result()

        assert [] == [event async for event in stream]


# Leaving


async def test_leaving_the_block_closes_the_connection(behavior: ServerBehavior) -> None:
    """The server detects the disconnect, and the client can be used again."""
    async with client_and_server(behavior) as pair:
        async with await asked(pair, Deltas(["Высота"]), Stall()) as stream:
            await first_token(stream)

        assert "cancelled" == (await ended(pair)).state
        assert "Высота" == stream.text
        assert str(await pair.client.ask(await pair.chat(), "А ЩО?"))


async def test_breaking_out_closes_the_connection(behavior: ServerBehavior) -> None:
    """A loop that is left early drops the stream, whose garbage collection closes the connection at once."""
    async with client_and_server(behavior) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas(["Высота"]), Stall()])
        async for event in pair.client.send_message(chat, "Где ВРУ?"):
            if event.event == "llm_token":
                break

        assert "cancelled" == (await ended(pair)).state


async def test_a_dropped_generator_closes_the_connection() -> None:
    """The same for `text_stream`, however it is collected."""
    async with client_and_server() as pair:
        stream = await asked(pair, Deltas(["Высота"]), Stall())
        pieces = stream.text_stream
        assert "Высота" == await anext(pieces)
        del pieces, stream
        gc.collect()

        assert "cancelled" == (await ended(pair)).state


async def test_cancel_ends_a_reader_that_waits(behavior: ServerBehavior) -> None:
    """`cancel` from another task: the blocked loop ends, and `result` raises."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, Deltas(["Высота"]), Stall())
        await first_token(stream)
        reading = asyncio.create_task(stream.result())
        await asyncio.sleep(0)
        stream.cancel()
        stream.cancel()
        with pytest.raises(StreamInterruptedError, match="closed before its end") as caught:
            await reading

        assert "Высота" == caught.value.partial
        assert [] == [event async for event in stream]
        assert "cancelled" == (await ended(pair)).state


async def test_cancel_while_the_stream_is_opened(behavior: ServerBehavior) -> None:
    """A stream that is being opened when it is cancelled does not open later."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair)
        await stream
        released = pair.server.freeze()
        reading = asyncio.create_task(first_token(stream))
        before = len(pair.server.requests)
        await pair.server.until(lambda: len(pair.server.requests) > before)
        stream.cancel()
        await reading
        released.set()
        await pair.client.close()
        await pair.server.until(lambda: pair.server.open_connections == 0)

        assert [] == pair.server.model_runs


async def test_cancel_while_the_message_is_posted(behavior: ServerBehavior) -> None:
    """The message is stored, since its request was sent; no run begins."""
    async with client_and_server(behavior) as pair:
        released = SyncPoint()
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", Held(released))
        stream = pair.client.send_message(chat, "Где ВРУ?")
        reading = asyncio.create_task(first_token(stream))
        await pair.server.until(lambda: len(pair.server.requests_to("POST", "/chats/*/messages")) == 1)
        stream.cancel()
        released.set()
        await reading

        assert (1, 0) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_close_is_idempotent_and_allowed_anytime(behavior: ServerBehavior) -> None:
    """Before it was used, while it is read, twice."""
    async with client_and_server(behavior) as pair:
        unused = await asked(pair)
        await unused.close()
        await unused.close()
        assert [] == [event async for event in unused]

        stream = await asked(pair, Deltas(["Высота"]), Stall())
        await first_token(stream)
        await asyncio.gather(stream.close(), stream.close())
        await stream.close()

        assert 1 == len(pair.server.posts)


async def test_a_cancelled_task_closes_the_connection(behavior: ServerBehavior, impatient: None) -> None:
    """Without another read the socket is closed soon."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, Deltas(["Высота"]), Stall())
        await first_token(stream)
        reading = asyncio.create_task(stream.result())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

        assert "cancelled" == (await ended(pair)).state


async def test_reading_an_abandoned_answer_raises(impatient: None) -> None:
    """Reading an abandoned stream raises instead of ending normally."""
    async with client_and_server() as pair:
        stream = await asked(pair, Deltas(["Высота"]), Stall())
        await first_token(stream)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.01)
        await ended(pair)
        with pytest.raises(StreamInterruptedError, match="nobody came back") as caught:
            await anext(stream)

        assert "Высота" == caught.value.partial


async def test_a_heartbeat_loses_nothing(behavior: ServerBehavior) -> None:
    """`wait_for(anext(...))` in a loop, as backends do for their own heartbeats: every event, one message, one run."""
    async with client_and_server(behavior) as pair:
        points = [SyncPoint() for _ in range(3)]
        steps: list[Any] = [Wait(points[0]), Deltas(["Высота "]), Wait(points[1]), Deltas(["этажа"], ["Высота этажа"])]
        pair.server.script_answer([*steps, Wait(points[2]), final("Высота этажа")])
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        beats, found = 0, []
        while True:
            try:
                found.append((await asyncio.wait_for(anext(stream), 0.02)).event)
            except TimeoutError:
                beats += 1
                next((point for point in points if not point.is_set()), SyncPoint()).set()
            except StopAsyncIteration:
                break

        assert beats >= 3
        assert ["llm_token", "llm_token", "llm_final"] == [name for name in found if name != "completed"]
        assert "Высота этажа" == stream.text
        assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_a_heartbeat_while_the_server_is_frozen(behavior: ServerBehavior) -> None:
    """Time-outs while the message is posted and the stream is opened repeat neither of them."""
    async with client_and_server(behavior) as pair:
        posting, opening = SyncPoint(), SyncPoint()
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", Held(posting))
        pair.server.respond("*", "/chats/*/stream", Held(opening, when=Moment.BEFORE_BODY))
        stream = pair.client.send_message(chat, "Где ВРУ?")
        beats = 0
        while True:
            try:
                await asyncio.wait_for(anext(stream), 0.02)
            except TimeoutError:
                beats += 1
                if beats == 3:
                    posting.set()
                if beats == 6:
                    opening.set()
            except StopAsyncIteration:
                break

        assert beats >= 6
        assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_a_post_that_was_given_up_is_not_repeated(impatient: None) -> None:
    """A post that was cancelled during the request has an unknown outcome, so it is not sent again."""
    async with client_and_server() as pair:
        released = SyncPoint()
        chat = await pair.chat()
        pair.server.respond("POST", "/chats/*/messages", Held(released))
        stream = pair.client.send_message(chat, "Где ВРУ?")
        sending = asyncio.create_task(awaited(stream))
        await pair.server.until(lambda: len(pair.server.requests_to("POST", "/chats/*/messages")) == 1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await sending
        assert [PERHAPS_POSTED] == caught.value.__notes__
        await pair.server.until(lambda: stream._posting is not None and stream._posting.is_cancelled)
        with pytest.raises(DeliveryUnknownError):
            await stream

        assert 1 == len(pair.server.requests_to("POST", "/chats/*/messages"))


async def test_a_waiting_answer_keeps_no_delivered_events(behavior: ServerBehavior) -> None:
    """Neither delivered events nor the question are referenced while the next event is awaited."""
    async with client_and_server(behavior) as pair:
        answer = await asked(pair, Deltas(["Высота"]), Stall())
        before: list[weakref.ref[Any]] = [weakref.ref(answer._asking), weakref.ref(await anext(answer))]
        waiting = asyncio.create_task(first_token(answer))
        await pair.server.until(answer._filling.locked)
        gc.collect()

        assert [None, None] == [each() for each in before]
        await answer.close()
        await asyncio.wait({waiting})


async def test_a_closed_client_ends_its_answers(behavior: ServerBehavior) -> None:
    """Closing the client aborts its streams; waiting consumers get an error."""
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, Deltas(["Высота"]), Stall())
        await first_token(stream)
        reading = asyncio.create_task(stream.result())
        await asyncio.sleep(0)
        await pair.client.close()
        with pytest.raises(StreamInterruptedError, match="client was closed") as caught:
            await reading

        assert "Высота" == caught.value.partial
        assert "cancelled" == (await ended(pair)).state
        await pair.server.until(lambda: pair.server.open_connections == 0)
        assert 1 == len(pair.server.model_runs)


async def test_a_slow_consumer_gets_everything(behavior: ServerBehavior) -> None:
    """A consumer that pauses slows down the server, in bounded memory, and loses no event."""
    pieces = [f"{number:06d} " + "м" * 500 for number in range(1500)]
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, Deltas(pieces, accumulate=False), final("".join(pieces)))
        await first_token(stream)
        [run] = pair.server.model_runs
        before = -1
        while before != run.frames:
            before = run.frames
            for _ in range(20):
                await asyncio.sleep(0)

        assert "".join(pieces) == (await stream.result()).text
        assert "finished" == (await ended(pair)).state


async def test_leaving_a_paused_answer(behavior: ServerBehavior) -> None:
    """A connection that is paused because of a slow consumer can be closed."""
    pieces = ["м" * 1000] * 8_000
    async with client_and_server(behavior) as pair:
        stream = await asked(pair, Deltas(pieces, accumulate=False), final("".join(pieces)))
        await first_token(stream)
        async with asyncio.timeout(5):
            await stream.close()

        assert "cancelled" == (await ended(pair)).state


async def test_an_abandoned_question_does_not_block_its_chat(behavior: ServerBehavior) -> None:
    """An answer that was left early leaves the chat free for the next question at once."""
    async with client_and_server(behavior) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas(["Высота"]), Stall()])
        async with pair.client.send_message(chat, "Где ВРУ?") as stream:
            await first_token(stream)
        pair.server.script_answer(simple_answer(TEXT))

        assert TEXT == (await pair.client.ask(chat, "А ЩО?")).text


@pytest.mark.parametrize("way", ["close", "cancel"])
async def test_no_event_comes_after_closing(way: str) -> None:
    """Events that were received and not handed out yet are not handed out any more."""
    async with client_and_server() as pair:
        pair.server.answer_with(simple_answer("Высота 3,3 м"))
        answer = pair.client.send_message(await pair.chat(), "Высота?")
        while not answer._ready:
            await anext(answer)
        if way == "close":
            await answer.close()
        else:
            answer.cancel()

        assert [] == [event async for event in answer]
