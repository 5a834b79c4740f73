"""What clients tell their hooks, of real requests and streams."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import itertools
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    AnswerEnded,
    AnswerError,
    AnswerRecovery,
    AnswerStarted,
    AnswerTexts,
    AsyncAIZoomDocClient,
    AuthenticationError,
    ConfigurationError,
    Hooks,
    MemoryTokenStore,
    NotFoundError,
    RequestEnded,
    RequestRetried,
    RequestStarted,
    RetryPolicy,
    StreamClosed,
    StreamInterruptedError,
    StreamOpened,
    TokenRefreshed,
)
from aizoomdoc_client.hooks import scope
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Deltas,
    Drop,
    Emit,
    Reply,
    ServerBehavior,
    Stall,
    Store,
    detail,
    final,
    running_server,
    simple_answer,
)
from tests.client_and_server import both_transports, client_and_server, client_of, no_wait
from tests.hooks.recorder import Recorder, failing

TEXT, HALF, QUESTION = "Высота этажа 3,3 м.", "Высота этажа 3", "Какая высота этажа?"


@both_transports
async def test_an_answer_is_told_from_its_question_to_its_end(behavior: ServerBehavior, transport: str) -> None:
    """Beginnings before ends, each request for the answer says so, and the sums are right."""
    hooks = Recorder()
    async with client_and_server(behavior, hooks=hooks) as pair:
        chat = await pair.chat()
        hooks.told.clear()
        pair.server.script_answer(simple_answer(TEXT))
        answer = await pair.client.ask(chat, QUESTION)

    started, ended = hooks.one(AnswerStarted), hooks.one(AnswerEnded)
    opened, closed = hooks.one(StreamOpened), hooks.one(StreamClosed)
    assert ("answer_started", "answer_ended") == (hooks.names[0], hooks.names[-2 if hooks.names[-1] == "stream_closed" else -1])
    assert (chat.id, False, pair.server.url) == (started.chat_id, started.is_resumed, started.server_url)
    assert (started, "completed", None, transport) == (ended.answer, ended.outcome, ended.error, ended.transport)
    assert (answer.question.id, answer.message_id, 0, 0) == (ended.question_id, ended.message_id, ended.reruns, ended.restarts)
    assert ended.first_text is not None
    assert 0 < ended.first_text <= ended.seconds
    assert (started, transport, opened, None) == (opened.answer, opened.transport, closed.stream, closed.error)
    assert closed.frames > 1
    assert closed.bytes_received > len(TEXT.encode())
    begun = hooks.all_of(RequestStarted)
    assert begun == [ended.request for ended in hooks.all_of(RequestEnded)]
    assert {started} == {request.answer for request in begun}
    assert "/chats/{id}/messages" in [request.route for request in begun]
    assert "/chats/{id}/stream" == begun[-1].route


async def test_a_request_is_told_with_its_attempts() -> None:
    """What failed, what was tried again, and what came."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        await pair.client.authenticate()
        pair.server.respond("GET", "/me", detail(500, "Out of order"))
        hooks.told.clear()
        await pair.client.get_me()
        pair.server.respond("GET", "/me", Reply(404, {"detail": "no"}, {"X-Request-Id": "id-1"}))
        with pytest.raises(NotFoundError) as caught:
            await pair.client.get_me()

    retry, (good, bad) = hooks.one(RequestRetried), hooks.all_of(RequestEnded)
    assert (good.request, "GET", "/me", 1, 500) == (
        retry.request,
        retry.method,
        retry.path,
        retry.attempt,
        retry.error.status_code,
    )
    assert ("completed", 200, 2, 0, None) == (good.outcome, good.status_code, good.attempts, good.bytes_sent, good.error)
    assert good.bytes_received > 10
    assert ("failed", 404, 1, "id-1") == (bad.outcome, bad.status_code, bad.attempts, bad.request_id)
    assert caught.value.code == (bad.error and bad.error.code)
    assert ["request_started", "request_retried", "request_ended", "request_started", "request_ended"] == hooks.names


async def test_a_login_is_told_with_its_request() -> None:
    """Also one that a call needed, as what it was for; the exchange is a request, too; one that fails has its error."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        await pair.client.get_me()
        refresh = hooks.one(TokenRefreshed)
        assert ("static_token", "completed", None, None) == (refresh.by, refresh.outcome, refresh.error, refresh.answer)
        assert "/me" == (refresh.request and refresh.request.path)
        assert ["/me", "/auth/exchange"] == [request.path for request in hooks.all_of(RequestStarted)]
        with pytest.raises(AuthenticationError):
            await pair.client.authenticate("wrong")

    failed = hooks.all_of(TokenRefreshed)[-1]
    assert ("failed", True, None) == (failed.outcome, isinstance(failed.error, AuthenticationError), failed.request)
    assert pair.server.static_token not in "".join(map(repr, hooks.told))


@pytest.mark.parametrize(
    ("behavior", "by"), [(ServerBehavior.CONTRACT, "refresh_token"), (ServerBehavior.PRODUCTION, "static_token")]
)
async def test_a_renewal_says_what_the_server_got_for_it(behavior: ServerBehavior, by: str) -> None:
    """The refresh token where the server gave one; the call that needed the new token goes on by it."""
    hooks = Recorder()
    async with client_and_server(behavior, hooks=hooks) as pair:
        await pair.client.authenticate()
        pair.server.expire_tokens()
        hooks.told.clear()
        await pair.client.get_me()

    refresh, call = hooks.one(TokenRefreshed), hooks.all_of(RequestStarted)[0]
    assert (by, "completed", call) == (refresh.by, refresh.outcome, refresh.request)


@both_transports
async def test_a_recovery_is_told_step_by_step(behavior: ServerBehavior, transport: str) -> None:
    """A lost stream, the looks into the history, and either the answer there, or another run; each stream opens and closes."""
    hooks = Recorder()
    async with client_and_server(behavior, hooks=hooks) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas([HALF]), Store(TEXT), Drop(reset=False)])
        await pair.client.ask(chat, QUESTION)
        found = [recovery.step for recovery in hooks.all_of(AnswerRecovery)]
        hooks.told.clear()
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        pair.server.script_answer([final(TEXT), ("completed", {})])
        await pair.client.ask(chat, QUESTION)

    steps = hooks.all_of(AnswerRecovery)
    assert (["lost", "history"], {"look"}) == ([found[0], found[-1]], set(found[1:-1]))
    assert ("lost", "rerun") == (steps[0].step, next(step.step for step in steps if step.step not in {"lost", "look"}))
    assert "history" not in {step.step for step in steps}  # which was read, but gave nothing
    assert isinstance(steps[0].error, StreamInterruptedError)
    assert {hooks.one(AnswerStarted)} == {step.answer for step in steps}
    assert hooks.all_of(StreamOpened) == [closed.stream for closed in hooks.all_of(StreamClosed)]
    assert (2, 1) == (len(hooks.all_of(StreamOpened)), hooks.one(AnswerEnded).reruns)
    assert hooks.all_of(StreamClosed)[0].error is not None


async def test_an_answer_that_is_lost_for_good_is_given_up() -> None:
    """The last step says so, and the end has the caller's error."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks, retry=RetryPolicy(max_reruns=0)) as pair:
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(StreamInterruptedError) as caught:
            await pair.client.ask(await pair.chat(), QUESTION)

    assert ("given_up", "lost") == (hooks.all_of(AnswerRecovery)[-1].step, hooks.all_of(AnswerRecovery)[0].step)
    assert ("failed", caught.value) == (hooks.one(AnswerEnded).outcome, hooks.one(AnswerEnded).error)


async def test_what_cannot_be_recovered_is_not_told_as_a_recovery() -> None:
    """A chat that is gone when its stream is opened: nothing was lost, nothing is looked for."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        chat = await pair.chat()
        pair.server.respond("GET", f"/chats/{chat.id}/stream", detail(404, "Chat not found"))
        with pytest.raises(NotFoundError):
            await pair.client.ask(chat, QUESTION)

    assert ([], "failed") == (hooks.all_of(AnswerRecovery), hooks.one(AnswerEnded).outcome)


@pytest.mark.parametrize("raise_errors", [True, False])
async def test_an_error_of_the_server_fails_the_answer(raise_errors: bool) -> None:
    """Whether it is raised or not."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        pair.server.script_answer([Emit("error", {"message": "Internal error"})])
        with contextlib.suppress(AnswerError):
            async for _ in pair.client.send_message(await pair.chat(), QUESTION, raise_errors=raise_errors):
                pass

    ended = hooks.one(AnswerEnded)
    assert ("failed", True) == (ended.outcome, isinstance(ended.error, AnswerError))


async def test_a_question_that_is_not_posted_fails_its_answer() -> None:
    """Without a stream and without a question's id."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        with pytest.raises(NotFoundError):
            await pair.client.send_message("b0a4e2ce-6e0c-4c54-9e52-0e7a5b9f3f77", QUESTION)

    ended = hooks.one(AnswerEnded)
    assert ("failed", True, None, []) == (
        ended.outcome,
        isinstance(ended.error, NotFoundError),
        ended.question_id,
        hooks.all_of(StreamOpened),
    )


@pytest.mark.parametrize("has_final", [False, True])
@pytest.mark.parametrize("way", ["close", "cancel", "drop"])
async def test_an_answer_that_is_left_ends_once(way: str, has_final: bool) -> None:
    """Closed, cancelled or dropped in the middle it is cancelled, after its final text it is complete; its stream is closed."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        pair.server.script_answer([Deltas([HALF]), *([final(HALF)] if has_final else []), Stall()])
        answer = await pair.client.send_message(await pair.chat(), QUESTION)
        async for event in answer:
            if event.event == ("llm_final" if has_final else "llm_token"):
                break
        if way == "drop":
            del answer, event
            gc.collect()
        elif way == "cancel":
            answer.cancel()
            answer.cancel()
        else:
            await answer.close()
        await asyncio.sleep(0)

    assert ("completed" if has_final else "cancelled") == hooks.one(AnswerEnded).outcome
    assert hooks.one(StreamOpened) == hooks.one(StreamClosed).stream


async def test_an_answer_that_was_never_begun_is_not_told() -> None:
    """Neither its beginning nor its end: nothing was asked."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        chat = await pair.chat()
        hooks.told.clear()
        await pair.client.send_message(chat, QUESTION).close()

        assert [] == hooks.names


@both_transports
async def test_questions_and_answers_are_told_to_who_wants_them(behavior: ServerBehavior, transport: str) -> None:
    """Right before the end, also of an answer that failed; hooks that do not want them hear the rest."""
    wanting, other = Recorder(), Recorder()
    wanting.wants_texts = True
    async with client_and_server(behavior, hooks=[wanting, other], retry=RetryPolicy(max_reruns=0)) as pair:
        chat = await pair.chat()
        pair.server.script_answer(simple_answer(TEXT))
        await pair.client.ask(chat, QUESTION)
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(StreamInterruptedError):
            await pair.client.ask(chat, QUESTION)
        with pytest.raises(NotFoundError):
            await pair.client.send_message("b0a4e2ce-6e0c-4c54-9e52-0e7a5b9f3f77", QUESTION)

    texts = wanting.all_of(AnswerTexts)
    assert [(QUESTION, TEXT), (QUESTION, HALF), (None, "")] == [(each.question, each.text) for each in texts]
    assert wanting.all_of(AnswerEnded) == [each.ended for each in texts]
    assert [name for name in wanting.names if name != "answer_texts"] == other.names
    assert {"answer_ended"} == {after for name, after in itertools.pairwise(wanting.names) if name == "answer_texts"}
    assert not any(said in repr(texts) for said in (QUESTION, HALF))


async def test_tokens_in_questions_and_answers_are_masked() -> None:
    """The server quotes both tokens of the user, who wrote one into the question."""
    hooks = Recorder()
    hooks.wants_texts = True
    async with client_and_server(hooks=hooks) as pair:
        chat = await pair.chat()
        tokens = [pair.server.static_token, pair.server.requests[-1].headers["Authorization"].removeprefix("Bearer ")]
        pair.server.script_answer(simple_answer(f"Нет: {tokens}"))
        answer = await pair.client.ask(chat, f"Что значит {tokens[0]}?")

    texts = hooks.one(AnswerTexts)
    assert f"Нет: {tokens}" == answer.text
    assert ("Что значит …?", "Нет: ['…', '…']") == (texts.question, texts.text)


async def test_an_answer_taken_up_says_so() -> None:
    """It is `is_resumed`, and its recovery begins with a look."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        chat = await pair.chat()
        answer = await pair.client.ask(chat, QUESTION)
        hooks.told.clear()
        await pair.client.resume_answer(answer.question).result()

    assert hooks.one(AnswerStarted).is_resumed
    assert ["look", "history"] == [step.step for step in hooks.all_of(AnswerRecovery)]


@pytest.mark.parametrize("kind", [RuntimeError, asyncio.CancelledError])
async def test_hooks_that_raise_break_nothing(caplog: pytest.LogCaptureFixture, kind: type[BaseException]) -> None:
    """The answer comes, and other hooks are told; each method is logged once, however often it raises."""
    other = Recorder()
    async with client_and_server(hooks=[failing(kind), other]) as pair:
        chat = await pair.chat()
        for _ in range(3):
            pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
            pair.server.script_answer(simple_answer(TEXT))
            assert TEXT == (await pair.client.ask(chat, QUESTION)).text

    said = [record.getMessage().split(" ")[0] for record in caplog.records if record.name == "aizoomdoc_client.hooks"]
    assert 3 == len(other.all_of(AnswerEnded))
    assert sorted({*said}) == sorted(said)
    assert {"Failing.request_started", "Failing.request_headers", "Failing.answer_ended", "Failing.stream_closed"} <= {*said}


class Tracing(Recorder):
    """Wants headers, some of which cannot be sent."""

    def request_headers(self, request: RequestStarted) -> Mapping[str, str]:
        bad: dict[Any, Any] = {"Authorization": "x", "cookie": "y", "X-Bad": "a\r\nb", "b\r\na": "c", "X-None": None, "Host": "z"}
        return {**bad, "traceparent": f"00-{request.method}", "User-Agent": "none"}


@pytest.mark.parametrize("library", ["picows", "websockets"])
@both_transports
async def test_headers_of_hooks_are_sent_with_every_request_and_handshake(
    behavior: ServerBehavior, transport: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the client's own, which they cannot replace; what is no header is left out."""
    from aizoomdoc_client.transport import websocket

    monkeypatch.setattr(websocket, "best_library", getattr(websocket, f"{library}_library"))
    async with client_and_server(behavior, hooks=Tracing()) as pair:
        pair.server.script_answer(simple_answer(TEXT))
        answer = await pair.client.ask(await pair.chat(), QUESTION)

    seen = [(request.method, dict(request.headers)) for request in pair.server.requests]
    assert (transport, True) == (answer.transport, any("stream" in request.path for request in pair.server.requests))
    for method, headers in seen:
        named = {name.lower(): value for name, value in headers.items()}
        sent_for = "GET" if method == "WS" else method
        assert (f"00-{sent_for}", False) == (named["traceparent"], {"x-bad", "cookie", "x-none"} & {*named} != set())
        assert named["user-agent"].startswith("aizoomdoc-client/")
        assert named.get("authorization") != "x"
        assert named["host"] != "z"


async def test_headers_of_hooks_that_are_left_out_are_named_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    """By their names: a value may be a secret, and a name with a line break would make a line of the log."""

    class Asking(Hooks):
        def request_headers(self, request: RequestStarted) -> Mapping[str, str]:
            bad: dict[Any, Any] = {"Authorization": "secret", "X-Number": 5, "a\nb": "c"}
            return {**bad, "X-Good": request.method}

    async with client_and_server(hooks=[Asking(), Recorder()]) as pair:
        await pair.client.get_me()
        await pair.client.get_me()

    said = [record.getMessage() for record in caplog.records if record.name == "aizoomdoc_client.hooks"]
    assert [r"Asking.request_headers: these headers cannot be sent and are left out: 'Authorization', 'X-Number', 'a\nb'"] == said


async def test_with_options_changes_the_hooks_of_the_new_client_only() -> None:
    """They are kept if not given, replaced if given, and gone with an empty list."""
    first, second = Recorder(), Recorder()
    async with client_and_server(hooks=first) as pair:
        await pair.client.with_options(timeout=5).get_me()
        kept = len(first.all_of(RequestStarted))
        await pair.client.with_options(hooks=[second]).get_me()
        await pair.client.with_options(hooks=()).get_me()

    assert (2, 2, 1) == (kept, len(first.all_of(RequestStarted)), len(second.all_of(RequestStarted)))


async def test_a_shared_login_is_told_to_whose_call_needed_it() -> None:
    """Clients of one user share the login; its renewal is told to the client that waited for it first."""
    first, second = Recorder(), Recorder()
    async with client_and_server(hooks=first) as pair:
        await pair.client.with_options(hooks=second).get_me()

    assert (0, 1) == (len(first.all_of(TokenRefreshed)), len(second.all_of(TokenRefreshed)))


async def test_copies_have_no_hooks() -> None:
    """Hooks may hold what cannot be pickled: a copied client has its settings only, and works."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks, pickle_token=True) as pair:
        copied: AsyncAIZoomDocClient = pickle.loads(pickle.dumps(pair.client))
        async with copied:
            await copied.get_me()

    assert [] == hooks.told


@pytest.mark.parametrize("hooks", [print, "text", [Hooks], 3, [None]])
async def test_what_is_no_hooks_is_refused(hooks: Any) -> None:
    """When the client is made, with the name of the argument."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match="hooks"):
            client_of(pair.server, hooks=hooks)


def test_sync_clients_have_the_same_hooks() -> None:
    """With the same details, in the background thread."""
    hooks = Recorder()
    with running_server() as server, waiting_by(no_wait):
        server.script_answer(simple_answer(TEXT))
        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), hooks=hooks) as client:
            chat = client.create_chat()
            for _ in client.send_message(chat, QUESTION):
                pass
            other = Recorder()
            client.with_options(hooks=other).get_me()

    assert "completed" == hooks.one(AnswerEnded).outcome
    assert hooks.one(StreamOpened) == hooks.one(StreamClosed).stream
    assert ["/me"] == [request.path for request in other.all_of(RequestStarted)]


async def test_a_download_is_told_with_its_bytes(tmp_path: Path) -> None:
    """As a request to the place where the file is, whose query may be a signature; one that fails, too, and without headers."""
    hooks = Tracing()
    async with client_and_server(hooks=hooks) as pair:
        file = await pair.client.upload_file(b"%PDF", filename="plan.pdf")
        pair.server.store.files[file.id].external_url = "/download/plan?signature=secret"
        pair.server.respond("GET", "/download/plan", Reply(200, b"x" * 1000), Reply(404, {"detail": "gone"}))
        hooks.told.clear()
        await pair.client.download_file(file, tmp_path)
        with pytest.raises(NotFoundError):
            await pair.client.download_file(file, tmp_path)
        received = pair.server.requests_to("GET", "/download/plan")

    good, bad = [ended for ended in hooks.all_of(RequestEnded) if ended.request.path == "/download/plan"]
    assert ("completed", 1000, pair.server.url) == (good.outcome, good.bytes_received, good.request.server_url)
    assert ("failed", 404, 0) == (bad.outcome, bad.status_code, bad.bytes_received)
    assert "secret" not in "".join(repr(detail) for _, detail in hooks.told)
    assert [None, None] == [request.headers.get("traceparent") for request in received]


async def test_a_download_for_the_model_is_told_as_one_for_the_answer() -> None:
    """A stored file that the question names is read, to be given to the model."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        chat, file = await pair.chat(), await pair.client.upload_file(b"%PDF", filename="plan.pdf")
        pair.server.store.files[file.id].external_url = "/download/plan"
        pair.server.respond("GET", "/download/plan", Reply(200, b"x" * 1000))
        async with client_of(pair.server, hooks=hooks) as other:  # which has no copy of the file
            await other.ask(chat, QUESTION, attached_file_ids=file.id)

    (read,) = [ended for ended in hooks.all_of(RequestEnded) if ended.request.path == "/download/plan"]
    assert (hooks.one(AnswerStarted), "completed", 1000) == (read.request.answer, read.outcome, read.bytes_received)


async def test_uploads_count_what_is_sent() -> None:
    """The bytes of the file, and of a question's JSON."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        await pair.client.upload_file(b"x" * 5000, filename="plan.pdf")

    (upload,) = [ended for ended in hooks.all_of(RequestEnded) if ended.request.path == "/files/upload"]
    assert 5000 == upload.bytes_sent


async def test_the_callers_task_is_in_no_scope_between_events() -> None:
    """What a program does while it reads an answer is not done for the answer: another client's call has no part in it."""
    hooks = Recorder()
    async with client_and_server(hooks=hooks) as pair:
        async for _ in pair.client.send_message(await pair.chat(), QUESTION):
            assert scope.current() is None
            await pair.client.health()

    assert {None} == {request.answer for request in hooks.all_of(RequestStarted) if request.path == "/health"}
    assert scope.current() is None


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/chats", "/chats"),
        ("/chats/7f/stream", "/chats/{id}/stream"),
        ("/projects/documents/a%2Fb/results", "/projects/documents/{id}/results"),
        ("/files/upload-for-llm", "/files/upload-for-llm"),
        ("/download/План.pdf", "/{id}/{id}"),
    ],
)
def test_a_route_has_no_ids(path: str, route: str) -> None:
    """Whatever is no part of an endpoint's own path counts as one."""
    assert route == RequestStarted(server_url="", method="GET", path=path).route


def test_every_endpoints_own_words_are_in_its_route() -> None:
    """A new endpoint's path is not taken for ids."""
    source = inspect.getsource(requests)
    whole = re.findall(r'path="/([^"]+)"', source)
    parts = [word for given in re.findall(r"_path\(([^)]*)\)", source) for word in re.findall(r'"([^"]+)"', given)]
    path = "/".join(["", *whole, *parts])

    assert (True, True) == (len(whole) > 8, len(parts) > 5)
    assert path == RequestStarted(server_url="", method="GET", path=path).route
