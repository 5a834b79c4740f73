"""The events of an answer, for all kinds of servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aizoomdoc_client import (
    AnswerError,
    AnswerEvent,
    ProtocolError,
    QueueFullError,
    QueueTimeoutError,
    RetryPolicy,
    StreamInterruptedError,
    StreamTimeoutError,
    StreamTimeouts,
)
from aizoomdoc_client.testing import (
    Answer,
    Close,
    Deltas,
    Drop,
    Half,
    Hang,
    Raw,
    ServerBehavior,
    Stall,
    SyncPoint,
    Wait,
    complex_answer,
    diverging_answer,
    error_answer,
    final,
    followup_answer,
    newer_server_answer,
    queue_full,
    queue_timeout,
    queued_answer,
    simple_answer,
    without_completed,
)
from tests.client_and_server import ClientAndServer, client_and_server, folded, names, tokens

TEXT = "Высота этажа 3,3 м."
BOTH = pytest.mark.parametrize("transport", ["sse", "websocket"])
ONCE = RetryPolicy(max_reruns=0)

pytestmark = pytest.mark.usefixtures("library")


def behavior_for(transport: str) -> ServerBehavior:
    return ServerBehavior.CONTRACT if transport == "websocket" else ServerBehavior.PRODUCTION


async def read(pair: ClientAndServer, answer: Answer | list[Any], **options: Any) -> tuple[list[AnswerEvent], Any]:
    """The events of one scripted answer, and the stream."""
    pair.server.script_answer(answer)
    stream = pair.client.send_message(await pair.chat(), "Где ВРУ?", **options)
    return [event async for event in stream], stream


async def read_into(events: list[AnswerEvent], stream: Any) -> None:
    async for event in stream:
        events.append(event)  # noqa: PERF401 - what came before an error counts


async def test_the_simple_profile_gets_tokens() -> None:
    """Production's default profile sends no token: the client emits the text as synthetic events before the final one."""
    async with client_and_server() as pair:
        events, stream = await read(pair, simple_answer(TEXT))

        assert ["processing_started", "phase_started", "llm_token", "llm_final", "completed"] == names(events)
        assert [(TEXT, True, TEXT)] == [(token.token, token.synthetic, token.accumulated) for token in tokens(events)]
        assert {"token": TEXT, "accumulated": TEXT, "model": "scripted", "synthetic": True} == tokens(events)[0].data
        assert TEXT == stream.text == folded(events)


@BOTH
async def test_a_follow_up_round_is_announced(transport: str) -> None:
    """Tokens that start from an empty text emit `answer_restarted`: folding the events gives the text at every moment."""
    async with client_and_server(behavior_for(transport)) as pair:
        events, stream = await read(pair, followup_answer("Сначала так.", "Словом, " + TEXT))

        [restart] = [event for event in events if event.event == "answer_restarted"]
        assert ({"keep": 1, "reason": "new_round"}) == restart.data
        assert "Словом, " + TEXT == folded(events) == stream.text


@BOTH
async def test_a_final_that_differs_wins(transport: str) -> None:
    """The final text wins; `answer_restarted` is emitted before it."""
    async with client_and_server(behavior_for(transport)) as pair:
        events, stream = await read(pair, diverging_answer("Высота 3,0 м.", "Высота 3,3 м."))

        assert {"keep": 9, "reason": "final"} == next(event.data for event in events if event.event == "answer_restarted")
        assert "Высота 3,3 м." == folded(events) == stream.text


@BOTH
async def test_unknown_things_are_handed_out(transport: str) -> None:
    """An unknown event, phase and field come through as they are."""
    async with client_and_server(behavior_for(transport)) as pair:
        events, stream = await read(pair, newer_server_answer(TEXT))
        unknown = next(event for event in events if event.event == "confidence_estimated")
        phase = next(event for event in events if event.event == "phase_started")

        assert {"confidence": 0.7, "why": ["план", None]} == unknown.data
        assert {"phase": "divination", "description": "Гадание", "eta": {"seconds": 3}} == phase.data
        assert TEXT == stream.text


@BOTH
async def test_line_separators_are_text(transport: str) -> None:
    """U+2028, U+2029 and U+0085, raw inside of an event, end no line."""
    text = "a\u2028b\u2029c\u0085d\x0be"
    async with client_and_server(behavior_for(transport)) as pair:
        events, stream = await read(pair, complex_answer(text))

        assert text == stream.text == folded(events)


@BOTH
async def test_an_error_is_given_and_raised(transport: str) -> None:
    """The `error` event comes first, then the exception with the text until then; nothing is looked up or run again."""
    async with client_and_server(behavior_for(transport)) as pair:
        pair.server.script_answer(error_answer("Gemini API key not configured", draft="Высота"))
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        events: list[AnswerEvent] = []
        with pytest.raises(AnswerError) as caught:
            await read_into(events, stream)

        assert "error" == events[-1].event
        assert ("Gemini API key not configured", "Высота") == (caught.value.message, caught.value.partial)
        assert "Высота" == stream.text
        assert 1 == len(pair.server.model_runs)


async def test_errors_need_not_be_raised() -> None:
    """With `raise_errors` off the loop ends normally; `result` still raises."""
    async with client_and_server() as pair:
        events, stream = await read(pair, error_answer("Нет ключа", draft="Высота"), raise_errors=False)

        assert "error" == events[-1].event
        with pytest.raises(AnswerError, match="Нет ключа"):
            await stream.result()


async def test_the_place_in_the_queue_is_known() -> None:
    """Queue events are delivered; the position is set while waiting, and None afterwards."""
    async with client_and_server() as pair:
        pair.server.script_answer(queued_answer(simple_answer(TEXT), positions=(3, 1)))
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        places = []
        async for _ in stream:
            places.append(stream.queue.position if stream.queue else None)  # noqa: PERF401 - the state changes with each event

        assert [3, 1, None] == places[:3]


@pytest.mark.parametrize(("answer", "error"), [(queue_full(), QueueFullError), (queue_timeout(), QueueTimeoutError)])
async def test_queue_troubles_have_their_own_errors(answer: Answer, error: type[Exception]) -> None:
    """A full queue and a queue time-out have their own errors; neither is retried."""
    async with client_and_server() as pair:
        with pytest.raises(error):
            await read(pair, answer)

        assert 1 == len(pair.server.model_runs)


@BOTH
async def test_a_missing_completed_is_success(transport: str) -> None:
    """An answer with a final text and without `completed` succeeds."""
    async with client_and_server(behavior_for(transport)) as pair:
        events, stream = await read(pair, without_completed(complex_answer(TEXT)))

        assert "llm_final" == events[-1].event
        assert TEXT == stream.text


async def test_what_comes_after_the_end_is_ignored() -> None:
    """Neither a second `completed` nor a late token is delivered."""
    late = [("completed", {"message": "ok"}), ("llm_token", {"token": "x", "accumulated": "x"}), ("completed", {})]
    async with client_and_server() as pair:
        events, stream = await read(pair, [final(TEXT), *late])

        assert ["llm_token", "llm_final", "completed"] == [event.event for event in events]
        assert TEXT == stream.text


@BOTH
@pytest.mark.parametrize(
    "ending",
    [
        (Drop(reset=True),),
        (Drop(reset=False),),
        (Close(1000),),
        (Close(None),),
        (Close(1011, "oops"),),
        (Half("llm_token", {"token": "обрыв", "accumulated": "обрыв"}), Drop(reset=False)),
    ],
    ids=["reset", "fin", "1000", "1005", "1011", "half-event"],
)
async def test_an_end_without_the_final_text_is_no_success(transport: str, ending: tuple[Any, ...]) -> None:
    """After any end before the final text the error has the text of the complete events."""
    async with client_and_server(behavior_for(transport), retry=ONCE) as pair:
        released = SyncPoint()
        pair.server.script_answer([Deltas(["Высота ", "этажа"]), Wait(released), *ending, Stall()])
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        while stream.text != "Высота этажа":
            await anext(stream)
        released.set()
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.result()

        assert "Высота этажа" == caught.value.partial == stream.text
        assert 1 == len(pair.server.model_runs)
        with pytest.raises(StreamInterruptedError):
            await stream.result()


@BOTH
@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"sse": b"event: llm_token\ndata: {not json\n\n", "websocket": b'{"event": "llm_token", "data": {not'}, "not JSON"),
        ({"sse": b'event: llm_token\ndata: "text"\n\n', "websocket": b"[1, 2]"}, "does not fit|no event"),
        ({"sse": b"event: llm_final\ndata: {}\n\n", "websocket": b'{"event": "llm_final", "data": {}}'}, "does not fit"),
    ],
    ids=["no-json", "no-object", "no-content"],
)
async def test_nonsense_is_an_error(transport: str, frame: dict[str, bytes], said: str) -> None:
    """An unreadable text event fails the answer after the events before it; no event is skipped silently."""
    async with client_and_server(behavior_for(transport)) as pair:
        pair.server.script_answer([Deltas(["Высота"]), Raw(frame[transport]), Stall()])
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        with pytest.raises(ProtocolError, match=said) as caught:
            async for _ in stream:
                pass

        assert "Высота" == caught.value.partial
        assert caught.value.path is not None


@BOTH
@pytest.mark.parametrize(
    ("timeouts", "answer", "deadline"),
    [
        (StreamTimeouts(first_event=0.1), [Stall()], "first_event"),
        (StreamTimeouts(idle=0.1), [Deltas(["Высота"]), Stall()], "idle"),
        (StreamTimeouts(total=0.2), [Deltas(["Высота"]), Stall()], "total"),
        (StreamTimeouts(total=0.2), [Stall()], "total"),
    ],
    ids=["first", "idle", "total", "total-first"],
)
async def test_silence_has_its_limits(transport: str, timeouts: StreamTimeouts, answer: list[Any], deadline: str) -> None:
    """The error says which time-out fired, and has the text until then."""
    async with client_and_server(behavior_for(transport), stream_timeouts=timeouts, retry=ONCE) as pair:
        pair.server.script_answer(answer)
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        with pytest.raises(StreamInterruptedError) as caught:
            await stream.result()

        error = caught.value
        assert isinstance(error, StreamTimeoutError)
        assert deadline == error.deadline
        assert ("Высота" if len(answer) > 1 else "") == caught.value.partial
        [run] = pair.server.model_runs
        await pair.server.until(lambda: run.state == "cancelled")


async def test_a_server_that_never_answers_the_request_is_silent() -> None:
    """The first event's limit includes opening the stream, since a blocked server delays the response."""
    async with client_and_server(transport="sse", stream_timeouts=StreamTimeouts(first_event=0.1), retry=ONCE) as pair:
        pair.server.respond("GET", "/chats/*/stream", Hang())
        with pytest.raises(StreamInterruptedError):
            await pair.client.ask(await pair.chat(), "Где ВРУ?")

        await pair.client.close()
        await pair.server.until(lambda: pair.server.open_connections == 0)


async def test_a_slow_consumer_is_no_silent_server() -> None:
    """The consumer's own time does not count as silence."""
    async with client_and_server(stream_timeouts=StreamTimeouts(idle=0.15)) as pair:
        released = SyncPoint()
        pair.server.script_answer([Deltas(["Высота"]), Wait(released), final(TEXT)])
        stream = pair.client.send_message(await pair.chat(), "Где ВРУ?")
        async for event in stream:
            if event.event == "llm_token" and not released.is_set():
                loop = asyncio.get_running_loop()
                busy = loop.create_future()
                loop.call_later(0.3, busy.set_result, None)
                await busy
                released.set()

        assert TEXT == stream.text


async def test_an_answer_too_large_for_one_frame_is_an_error_or_found_in_the_history() -> None:
    """A frame over the limit is rejected; the stored answer is adopted, and the model does not run again."""
    for transport in ("sse", "websocket"):
        async with client_and_server(behavior_for(transport), max_frame_bytes=64 * 1024) as pair:
            pair.server.script_answer(simple_answer("м" * 100_000))
            answer = await pair.client.ask(await pair.chat(), "Где ВРУ?")

            assert "м" * 100_000 == answer.text
            assert 1 == len(pair.server.model_runs)


async def test_a_long_answer_with_its_quadratic_repetitions() -> None:
    """Every token repeats the whole text: 2,000 of them are delivered on both transports."""
    pieces = [f"{number} " for number in range(2000)]
    for transport in ("sse", "websocket"):
        async with client_and_server(behavior_for(transport)) as pair:
            events, stream = await read(pair, [Deltas(pieces), final("".join(pieces))])

            assert pieces == [token.token for token in tokens(events)]
            assert "".join(pieces) == stream.text


async def test_leaving_the_run_unread_opens_no_stream() -> None:
    """The message is posted by awaiting; the model's run starts with the first read only."""
    async with client_and_server() as pair:
        await pair.client.send_message(await pair.chat(), "Где ВРУ?")

        assert 1 == len(pair.server.posts)
        assert [] == pair.server.model_runs
