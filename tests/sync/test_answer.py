"""An answer read by a thread from a real server."""

from __future__ import annotations

import gc
import threading
from itertools import islice

import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    Answer,
    AnswerError,
    AnswerStream,
    LLMToken,
    NotFoundError,
    StreamInterruptedError,
)
from aizoomdoc_client.testing import (
    Deltas,
    Drop,
    ScriptedServer,
    ServerBehavior,
    Stall,
    complex_answer,
    error_answer,
    followup_answer,
    running_server,
    simple_answer,
)
from tests.sync.conftest import HeldAnswer, client_of, loop_threads
from tests.sync.signals import interrupted_once

TEXT = "Высота этажа 3,3 м; смотри лист АР-5."


def first_token(answer: AnswerStream) -> None:
    next(event for event in answer if isinstance(event, LLMToken))


def run_ended(server: ScriptedServer) -> None:
    """Waits until the server has noticed that its last stream was closed."""
    server.until_blocking(lambda: server.model_runs[-1].state != "running")


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
@pytest.mark.parametrize("script", [complex_answer(TEXT), simple_answer(TEXT), followup_answer("Пока не ясно.", TEXT)])
def test_folding_the_events_gives_the_text(behavior: ServerBehavior, script: object) -> None:
    """After each event `text` is the fold of the events so far, and at the end the text that the server stores."""
    with running_server(behavior) as server, client_of(server) as client:
        server.script_answer(script)  # type: ignore[arg-type]
        answer = client.send_message(client.create_chat().id, "?")
        folded = ""
        for event in answer:
            if event.event == "llm_token":
                folded += event.data["token"]
            elif event.event == "answer_restarted":
                folded = folded[: event.data["keep"]]
            assert folded == answer.text

    assert TEXT == folded


def test_the_message_is_posted_by_the_call(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """`send_message` posts at once; the model's run starts with the first read."""
    answer = client.send_message(chat, "Где ВРУ?")
    posted = [post.content for post in server.posts], len(server.model_runs)
    answer.result()

    assert ((["Где ВРУ?"], 0), 1, "Где ВРУ?") == (posted, len(server.model_runs), answer.message.content)


def test_an_error_of_posting_is_raised_by_the_call(client: AIZoomDocClient) -> None:
    """`send_message` itself raises the error of posting, not the first read."""
    with pytest.raises(NotFoundError):
        client.send_message("00000000-0000-4000-8000-000000000000", "?")


def test_the_state_is_that_of_the_events_handed_out(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """`text` is that of the events returned so far, however many were read ahead."""
    server.script_answer(complex_answer(TEXT * 20))
    answer = client.send_message(chat, "?")
    first_token(answer)
    run_ended(server)

    assert TEXT[:8] == answer.text
    assert (TEXT * 20, TEXT * 20) == (answer.result().text, answer.text)


def test_the_result_has_everything(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """`result` reads to the end and returns the answer with thinking, images and times; a second call returns the same text."""
    server.script_answer(complex_answer(TEXT))
    answer = client.send_message(chat, "?")
    result = answer.result()

    assert isinstance(result, Answer)
    assert (TEXT, "Смотрю планы. Сверяю спецификации.", 1, TEXT) == (
        result.text,
        result.thinking,
        len(result.images),
        answer.result().text,
    )
    assert 0 <= result.timings.posted <= (result.timings.first_text or 0) <= (result.timings.total or 0)


def test_deltas_come_one_by_one(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """The items of `text_stream`, joined, are the text."""
    server.script_answer(complex_answer(TEXT))
    deltas = list(client.send_message(chat, "?").text_stream)

    assert (TEXT, True) == ("".join(deltas), len(deltas) > 1)


def test_snapshots_grow(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """`snapshots` yields the whole text each time it changes."""
    server.script_answer(complex_answer(TEXT))
    snapshots = list(client.send_message(chat, "?").snapshots)

    assert (TEXT, sorted(snapshots, key=len)) == (snapshots[-1], snapshots)


def test_an_error_event_is_returned_and_then_raised(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """A loop gets the event, and then the error with the text so far."""
    server.script_answer(error_answer("Модель занята", draft=TEXT))
    answer = client.send_message(chat, "?")
    seen = list[str]()
    with pytest.raises(AnswerError, match="Модель занята") as raised:
        seen.extend(event.event for event in answer)

    assert ("error", TEXT, TEXT) == (seen[-1], raised.value.partial, answer.text)


def test_an_error_event_is_not_raised_if_the_caller_says_so(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """With `raise_errors=False` the loop ends after the event."""
    server.script_answer(error_answer("Модель занята"))

    assert "error" == list(client.send_message(chat, "?", raise_errors=False))[-1].event


def test_a_drop_is_recovered(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """After a dropped connection the sync client recovers the answer as the async one does."""
    server.script_answer(complex_answer(TEXT).interrupted(9, Drop(then="finish")))

    assert TEXT == client.ask(chat, "?").text


def test_leaving_a_loop_early_closes_the_connection(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """Leaving a loop without closing anything ends the run on the server, without the garbage collector."""
    server.script_answer([Deltas(["а"]), Stall()])
    gc.disable()
    try:
        for event in client.send_message(chat, "?"):
            if event.event == "llm_token":
                break
        run_ended(server)
    finally:
        gc.enable()


def test_leaving_the_deltas_early_closes_the_connection(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """The same for a loop over `text_stream`."""
    server.script_answer([Deltas(["а"]), Stall()])
    for _ in islice(client.send_message(chat, "?").text_stream, 1):
        pass
    run_ended(server)


def test_leaving_the_block_closes_the_connection(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """The context manager closes the stream; then iteration yields nothing, and `result` raises an error with the reason."""
    server.script_answer([Deltas(["а"]), Stall()])
    with client.send_message(chat, "?") as answer:
        first_token(answer)
    run_ended(server)
    answer.close()

    with pytest.raises(StreamInterruptedError, match="closed before its end") as raised:
        answer.result()
    assert ([], "а", "а") == (list(answer), raised.value.partial, answer.text)


def test_another_thread_can_cancel_a_reader(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """`cancel` ends another thread's read at once, as at the end of the events."""
    held = HeldAnswer(server)
    answer = client.send_message(chat, "?")
    seen = list[str]()

    def read() -> None:
        seen.extend(event.event for event in answer)
        seen.append("the end")

    reader = threading.Thread(target=read)
    reader.start()
    held.half_way.wait_blocking()
    answer.cancel()
    reader.join(5)
    run_ended(server)

    assert (False, "the end", True) == (reader.is_alive(), seen[-1], HeldAnswer.FIRST.startswith(answer.text))


def test_cancelling_in_the_loop_ends_it(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """After `cancel` in its body a loop gets no further event, whatever was read ahead."""
    server.script_answer(complex_answer(TEXT * 20))
    answer = client.send_message(chat, "?")
    for event in answer:
        if event.event == "llm_token":
            run_ended(server)  # all events were read ahead
            answer.cancel()
            answer.cancel()

    assert TEXT[:8] == answer.text


def test_ctrl_c_closes_the_stream_and_keeps_the_text(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """The loop raises KeyboardInterrupt; the run on the server ends, and `text` keeps the text so far."""
    held = HeldAnswer(server)
    answer = client.send_message(chat, "?")
    with pytest.raises(KeyboardInterrupt), interrupted_once(lambda: first_text(answer, held)):
        for _ in answer:
            pass
    run_ended(server)

    assert (HeldAnswer.FIRST, []) == (answer.text, list(answer))


def first_text(answer: AnswerStream, held: HeldAnswer) -> None:
    held.half_way.wait_blocking()
    while not answer.text:
        threading.Event().wait(0.005)


def test_two_threads_share_a_stream(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """Each event goes to one of two threads, and the text is complete."""
    server.script_answer(complex_answer(TEXT * 30))
    answer = client.send_message(chat, "?")
    seen: list[list[str]] = [[], []]
    threads = [threading.Thread(target=lambda mine=mine: mine.extend(event.event for event in answer)) for mine in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, TEXT * 30) == ((seen[0] + seen[1]).count("llm_final"), answer.text)


def test_a_slow_reader_loses_nothing(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """An answer that is larger than all buffers is read completely by a slow reader."""
    pieces = [f"{number} " for number in range(6000)]
    server.script_answer([Deltas(pieces, accumulate=False), *complex_answer("".join(pieces), pieces=()).steps[-2:]])
    answer = client.send_message(chat, "?")
    first_token(answer)
    for _ in range(20):
        client.health()

    assert "".join(pieces) == answer.result().text


def test_closing_the_client_ends_its_answers(server: ScriptedServer) -> None:
    """A reader gets the events that came before the client was closed, and then an error that names the reason."""
    held = HeldAnswer(server)
    client = client_of(server)
    answer = client.send_message(client.create_chat().id, "?")
    errors = list[StreamInterruptedError]()

    def read() -> None:
        try:
            answer.result()
        except StreamInterruptedError as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    held.half_way.wait_blocking()
    client.close()
    left = loop_threads()
    reader.join(5)
    run_ended(server)

    assert ([], False, answer.text) == (left, reader.is_alive(), errors[0].partial)


def test_closing_the_client_does_not_wait_for_a_slow_reader(server: ScriptedServer) -> None:
    """An answer that waits for its reader is closed, too; the events that were read ahead can still be read."""
    pieces = [f"{number} " for number in range(5000)]
    server.script_answer([Deltas(pieces, accumulate=False), Stall()])
    client = client_of(server)
    answer = client.send_message(client.create_chat().id, "?")
    first_token(answer)
    server.until_blocking(lambda: bool(answer._reader._pump._space_waiters))
    client.close()
    left = loop_threads()
    with pytest.raises(StreamInterruptedError) as raised:
        answer.result()

    assert ([], True, True) == (left, len(answer.text) > 1000, "".join(pieces).startswith(raised.value.partial))


def test_an_unread_answer_can_be_read_after_its_client_was_closed(server: ScriptedServer) -> None:
    """A closed client opens new connections when it is used, also for an answer whose reading has not begun."""
    client = client_of(server)
    answer = client.send_message(client.create_chat().id, "?")
    client.close()
    left = loop_threads()
    text = answer.result().text
    client.close()

    assert ([], True) == (left, "?" in text)


def test_an_answer_that_was_cancelled_unread_starts_no_run(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """After cancelling or closing before the first read no run is started, not even by `result`."""
    for give_up in (AnswerStream.cancel, AnswerStream.close):
        answer = client.send_message(chat, "?")
        give_up(answer)
        with pytest.raises(StreamInterruptedError, match="closed before its end"):
            answer.result()

    assert 0 == len(server.model_runs)


def test_an_answer_outlives_its_client(server: ScriptedServer) -> None:
    """A stream can be read to its end after its client was garbage-collected."""
    server.script_answer(complex_answer(TEXT))
    chat = client_of(server).create_chat().id
    answer = client_of(server).send_message(chat, "?")

    assert TEXT == answer.result().text


def test_an_unread_stream_leaves_nothing(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """A message whose answer is not read starts no run and leaves nothing to close."""
    client.send_message(chat, "?")

    assert (1, 0) == (len(server.posts), len(server.model_runs))
