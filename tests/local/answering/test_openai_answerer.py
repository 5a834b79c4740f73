"""Answers of a language model, from a local server with a stand-in for its endpoint; both on real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import LLMSettings, LocalServer
from aizoomdoc_client.local.answering import model_endpoint
from tests.local.model_endpoint import DONE, STOP, EndpointStandIn, Respond, chunk, event, refused, said, streamed
from tests.local.support import Event, Serve, User, ask_about_note, frames, settings

QUESTION = "Где находится ВРУ-1?"
NONE_CITED = "\n\nМодель не указала, на какие места документов опирается ответ."
LISTED = "\n\nИсточники:\n\n- [1] «Записка.md», стр. 1"


async def served(serve: Serve, endpoint: EndpointStandIn, *responses: Respond, **changes: Any) -> User:
    endpoint.responses = [*responses] or endpoint.responses
    return await serve(llm=LLMSettings(url=endpoint.url, model="m", **changes))


async def last(user: User, question: str = QUESTION) -> Event:
    """The answer, or the error in its place; then the chat has the question alone."""
    chat = await ask_about_note(user, question)
    events = await user.events(chat)
    if events[-1].name == "error":
        assert ["user"] == [message["role"] for message in await user.history(chat)]
        return events[-1]
    return events[-2]


async def error(user: User, question: str = QUESTION) -> str:
    event = await last(user, question)
    assert ("error", event.data) == (event.name, event.data)
    return str(event.data["message"])


async def test_the_model_answers_with_the_places_that_it_cites(serve: Serve, endpoint: EndpointStandIn) -> None:
    """Streamed, with the model's own name, stored as it was sent, the list of sources in the language of the question."""
    user = await served(serve, endpoint, said("В электро", "щитовой [", "1] и [8]."))
    chat = await ask_about_note(user)
    events = await user.events(chat)
    final = next(event.data for event in events if event.name == "llm_final")
    tokens = [event.data for event in events if event.name == "llm_token"]
    text = "В электрощитовой [1] и [8?]." + LISTED
    stored = (await user.history(chat))[-1]

    assert final["content"].startswith(text)
    assert ("m", "documents", ["Записка.md"]) == (
        final["model"],
        final["grounding"],
        [source["document"] for source in final["sources"]],
    )
    assert "В электро" == tokens[0]["token"]
    assert (final["content"], {"m"}) == ("".join(token["token"] for token in tokens), {token["model"] for token in tokens})
    assert (final["content"], final["sources"]) == (stored["content"], stored["sources"])
    assert ["llm_final", "completed"] == [event.name for event in events[-2:]]


async def test_an_answer_without_citations_rests_on_nothing(serve: Serve, endpoint: EndpointStandIn) -> None:
    """And says so."""
    final = (await last(await served(serve, endpoint, said("В подвале.")))).data

    assert ("В подвале." + NONE_CITED, "nothing_found", False) == (final["content"], final["grounding"], "sources" in final)


async def test_the_request_has_question_passages_role_settings_and_chat(serve: Serve, endpoint: EndpointStandIn) -> None:
    """The messages in the order of the chat, the passages with number, document and page."""
    user = await served(serve, endpoint, said("Там [1]."))
    await user.ask("PATCH", "/me/settings", json={"selected_role_prompt_id": 1, "temperature": 0.2, "top_p": 0.5})
    chat = await ask_about_note(user)
    await user.events(chat)
    await user.say(chat, "А где щит ВРУ-1?")
    await user.events(chat)
    body = endpoint.bodies[-1]
    system, *history, asked = body["messages"]

    assert ("m", True, 0.2, 0.5, "none") == tuple(
        body[name] for name in ("model", "stream", "temperature", "top_p", "reasoning_effort")
    )
    assert "Твоя роль: Отвечай как инженер-проектировщик" in system["content"]
    assert [("user", QUESTION), ("assistant", "Там ." + LISTED.replace("[1] ", " "))] == [
        (message["role"], message["content"]) for message in history
    ]
    assert '<passage number="1" document="Записка.md" page="1">\n' in asked["content"]
    assert asked["content"].endswith("<question>\nА где щит ВРУ-1?\n</question>")


async def test_a_question_without_documents_costs_no_request(serve: Serve, endpoint: EndpointStandIn) -> None:
    """There is nothing to answer from."""
    user = await served(serve, endpoint)
    chat = await user.chat()
    await user.say(chat, QUESTION)
    final = (await user.events(chat))[-2].data

    assert ("no_documents", []) == (final["grounding"], endpoint.requests)


async def test_a_model_may_answer_where_nothing_was_found(serve: Serve, endpoint: EndpointStandIn) -> None:
    """It is told that nothing was, and its answer is marked as resting on nothing."""
    user = await served(serve, endpoint, said("Не нашлось [1]."))
    final = (await last(user, "Температура плавления вольфрама?")).data

    assert ("Не нашлось [1?].", "nothing_found") == (final["content"].split("\n")[0], final["grounding"])
    assert "ничего подходящего к вопросу не найдено" in endpoint.bodies[0]["messages"][-1]["content"]


CRLF = (chunk("раз ") + b": keep-alive\n\n" + chunk("два [1]") + STOP).replace(b"\n", b"\r\n")
USAGE = event({"choices": [], "usage": {"total_tokens": 3}})
WHOLE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "раз два [1]"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    "respond",
    [
        said("раз ", "два [1]"),
        streamed(*[CRLF[index : index + 1] for index in range(len(CRLF))]),
        streamed(b"\xef\xbb\xbf: OPENROUTER PROCESSING\n\n", chunk(role="assistant"), chunk(None, content=None), CRLF),
        streamed(chunk("раз "), event({"choices": None, "id": "x"}), USAGE, chunk("два [1]", finish="stop"), USAGE, DONE),
        streamed(chunk("раз "), chunk("два [1]"), DONE),
        streamed(chunk("раз "), chunk("два [1]", finish="stop")),
        streamed(chunk("раз ") + chunk("два [1]") + b"data: [DONE]"),
        streamed((chunk("раз ") + chunk("два [1]") + DONE).replace(b"\n\n", b"\n")),
        streamed(event(WHOLE)[6:-2], content_type="application/json"),
        streamed(event(WHOLE)[6:20], event(WHOLE)[20:], content_type="text/plain"),
        streamed(chunk(None, content=[{"type": "text", "text": "раз "}, {"type": "text", "text": "два [1]"}]), STOP),
        streamed(chunk("<think>думаю</th"), chunk("ink>\n\nраз "), chunk("два [1]"), STOP),
        streamed(chunk(reasoning_content="думаю"), chunk(reasoning="думаю"), chunk("раз "), chunk("два [1]"), STOP),
    ],
    ids=[
        "plain",
        "CRLF in single bytes",
        "byte order mark, comments, no content",
        "chunks without choices",
        "no finish_reason",
        "no DONE",
        "no empty line at the end",
        "no empty lines",
        "a whole answer",
        "a whole answer as plain text",
        "parts of text",
        "thinking in tags",
        "thinking in fields",
    ],
)
async def test_every_form_of_a_completion_is_read(serve: Serve, endpoint: EndpointStandIn, respond: Respond) -> None:
    """As the servers of the field write it; what a model thinks is not shown in the simple profile."""
    final = (await last(await served(serve, endpoint, respond))).data

    assert ("раз два [1]" + LISTED, None) == (final["content"], final.get("thinking"))


@pytest.mark.parametrize(
    "thought",
    [
        [chunk(reasoning_content="раз "), chunk(reasoning_content="два")],
        [chunk(reasoning="раз "), chunk(reasoning="два")],
        [chunk("<thi"), chunk("nk>раз "), chunk("два</think>\n")],
    ],
)
async def test_thinking_is_shown_in_the_complex_profile(serve: Serve, endpoint: EndpointStandIn, thought: list[bytes]) -> None:
    """As thinking, whichever way the server tells it; its citations are not checked."""
    user = await served(serve, endpoint, streamed(*thought, chunk("ответ"), STOP))
    await user.ask("PATCH", "/me/settings", json={"model_profile": "complex", "thinking_enabled": True, "thinking_budget": 9000})
    events = await user.events(await ask_about_note(user))

    assert ("раз два", "ответ" + NONE_CITED) == (events[-2].data["thinking"], events[-2].data["content"])
    assert "раз два" == "".join(event.data["content"] for event in events if event.name == "llm_thinking")
    assert ("medium", False) == (endpoint.bodies[0]["reasoning_effort"], "chat_template_kwargs" in endpoint.bodies[0])


@pytest.mark.parametrize("as_websocket", [False, True])
@pytest.mark.parametrize("pieces", [[chunk("раз ")], []], ids=["in the middle", "before the first delta"])
async def test_a_client_that_leaves_ends_the_request(
    serve: Serve, endpoint: EndpointStandIn, pieces: list[bytes], as_websocket: bool
) -> None:
    """Within 100 ms the endpoint sees its connection closed; nothing is stored."""
    user = await served(serve, endpoint, endpoint.hang(*pieces, headers=bool(pieces)))
    chat = await ask_about_note(user)
    if as_websocket:
        async with user.socket(chat):
            await endpoint.waiting.wait()
            assert not endpoint.left.is_set()
            left = time.monotonic()
    else:
        async with user.listen(chat):
            await endpoint.waiting.wait()
            assert not endpoint.left.is_set()
            left = time.monotonic()
    await endpoint.left.wait()

    assert time.monotonic() - left < 0.1
    assert ["user"] == [message["role"] for message in await user.history(chat)]


async def test_a_server_that_stops_ends_the_request(tmp_path: Path, endpoint: EndpointStandIn, serve: Serve) -> None:
    """And does not wait for the model."""
    user = await served(serve, endpoint, endpoint.hang(chunk("раз ")))
    async with user.listen(await ask_about_note(user)):
        await endpoint.waiting.wait()
        await asyncio.wait_for(user.server.__aexit__(), 2)
        await asyncio.wait_for(endpoint.left.wait(), 0.1)


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (refused(401, {"error": {"message": "bad key sk-123"}}), "серверу модели нужен ключ (401): укажите переменную с ключом"),
        (refused(404, {"error": {"message": "model 'm' not found"}}), "на сервере моделей нет модели «m»"),
        (refused(404, {"detail": "Not Found"}), "нет интерфейса, совместимого с OpenAI (404): проверьте --llm-url"),
        (refused(302, None, Location="http://example.org"), "нет интерфейса, совместимого с OpenAI (302)"),
        (refused(400, {"error": "context too long"}), "сервер модели отклонил запрос (400): context too long"),
        (refused(500, {"error": {"error": {"message": "out of memory"}}}), "ошибка на сервере модели (500): out of memory"),
        (refused(429, {"message": "quota"}, **{"Retry-After": "3600"}), "квота исчерпана (429): quota; спросите позже"),
        (streamed(event({"error": {"message": "no memory", "code": 500}})), "ошибка модели: no memory"),
        (streamed(chunk("раз"), b'event: error\ndata: {"message": "boom"}\n\n'), "ошибка модели: boom"),
        (streamed(event({"object": "error", "message": "boom"})[6:-2]), "ошибка модели: boom"),
        (streamed(b"<html>Welcome</html>", content_type="text/html"), "отвечает не так, как совместимый с OpenAI"),
        (streamed(b"{nonsense"), "отвечает не так, как совместимый с OpenAI"),
        (streamed(b"[1]"), "отвечает не так, как совместимый с OpenAI"),
        (streamed(), "отвечает не так, как совместимый с OpenAI"),
        (streamed(chunk("раз ")), "оборвалось до конца ответа"),
        (streamed(chunk("раз "), chunk("два")[:20]), "оборвалось до конца ответа"),
        (streamed(chunk("раз "), aborts=True), "оборвалось до конца ответа"),
        (streamed(chunk("раз ", finish="content_filter"), DONE), "фильтр модели остановил ответ"),
        (streamed(chunk(reasoning="раз ", finish="length"), DONE), "модель закончила, ничего не ответив"),
        (streamed(chunk(" \n"), STOP), "модель закончила, ничего не ответив"),
    ],
)
async def test_a_failure_of_the_endpoint_is_an_error_event(
    serve: Serve, endpoint: EndpointStandIn, respond: Respond, words: str
) -> None:
    """With the reason and what to do, in the language of the question; nothing is stored."""
    message = await error(await served(serve, endpoint, respond))

    assert (True, False) == (words in message, "sk-123" in message), message


async def test_a_failure_is_told_in_english_to_an_english_question(serve: Serve, endpoint: EndpointStandIn) -> None:
    """Over a WebSocket as over server-sent events."""
    user = await served(serve, endpoint, refused(404, {"error": {"message": "model 'm' not found, try pulling it first"}}))
    received, code = await frames(user, await ask_about_note(user, "Where is it?"))
    said = "The language model 'm' is not known to its server: load it there, or choose another one (--llm-model)"

    assert ("error", said, 1000) == (received[-1]["event"], received[-1]["data"]["message"], code)


async def test_an_endpoint_that_is_not_there_is_an_error_event(serve: Serve, endpoint: EndpointStandIn) -> None:
    """It names the address, and that nobody listens."""
    user = await serve(llm=LLMSettings(url="http://127.0.0.1:9", model="m"))

    assert "модель по адресу 127.0.0.1:9 недоступна" in await error(user)


async def test_a_text_that_the_limit_cut_says_so(serve: Serve, endpoint: EndpointStandIn) -> None:
    """It is an answer all the same, with its sources."""
    final = (await last(await served(serve, endpoint, streamed(chunk("раз [1] ["), chunk("два", finish="length"), DONE)))).data

    assert "раз [1] [два\n\nОтвет обрывается: модель достигла предела длины." + LISTED == final["content"]


@pytest.mark.parametrize("after", ["0", None])
@pytest.mark.parametrize("status", [429, 503])
async def test_an_endpoint_that_is_busy_is_asked_again(
    serve: Serve, endpoint: EndpointStandIn, monkeypatch: pytest.MonkeyPatch, status: int, after: str | None
) -> None:
    """Up to three times, after the time that it asks for; then the error is told."""
    waits = list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(model_endpoint, "sleep", sleep)
    busy = refused(status, {"error": {"message": "Loading model"}}, **({"Retry-After": "7"} if after else {}))
    user = await served(serve, endpoint, busy, busy, said("Да [1]."))
    final = (await last(user)).data
    assert ("Да [1].", [7.0, 7.0] if after else [1.0, 2.0]) == (final["content"].split("\n")[0], waits)

    endpoint.responses = [busy]
    assert f"({status}): Loading model; спросите позже" in await error(user)
    assert 6 == len(endpoint.requests)


async def test_options_that_an_endpoint_does_not_take_are_left_out(serve: Serve, endpoint: EndpointStandIn) -> None:
    """Once it has refused them, without asking again."""
    user = await served(serve, endpoint, refused(400, {"error": {"message": "unknown field reasoning_effort"}}), said("Да."))
    await last(user)
    await last(user)

    assert [True, False, False] == ["temperature" in body for body in endpoint.bodies]


@pytest.mark.parametrize(
    ("path", "expected"), [("", "/v1"), ("/v1", "/v1"), ("/api", "/api/v1"), ("/v1/chat/completions", "/v1")]
)
async def test_the_url_is_taken_with_and_without_a_version(
    serve: Serve, endpoint: EndpointStandIn, path: str, expected: str
) -> None:
    """Ollama is given as host and port, cloud endpoints with a path."""
    user = await serve(llm=LLMSettings(url=endpoint.url + path, model="m"))
    await last(user)

    assert [f"{expected}/chat/completions"] == [path for path, _ in endpoint.requests]


async def test_a_path_without_a_version_is_found(serve: Serve, endpoint: EndpointStandIn) -> None:
    """Where `/v1` is not there; the next request goes to the right one at once."""
    user = await served(serve, endpoint, refused(404, {"detail": "Not Found"}), said("Да."))
    await last(user)
    await last(user)

    assert ["/v1/chat/completions", "/chat/completions", "/chat/completions"] == [path for path, _ in endpoint.requests]


@pytest.mark.parametrize(
    ("pieces", "first", "words"),
    [
        ([], 0.05, "модель не начала отвечать за 0,05 с"),
        ([b": processing\n\n"], 0.05, "модель не начала отвечать за 0,05 с"),
        ([chunk("раз")], 9, "модель остановилась посреди ответа, 0,06 с от неё ничего нет"),
    ],
)
async def test_a_model_that_takes_too_long_is_an_error_event(
    serve: Serve, endpoint: EndpointStandIn, pieces: list[bytes], first: float, words: str
) -> None:
    """Before its first delta, whatever comments it sends, and between two; the request is closed."""
    hanging = endpoint.hang(*pieces, headers=bool(pieces))
    user = await served(serve, endpoint, hanging, first_delta_timeout=first, delta_timeout=0.06)

    assert words in await error(user)
    await asyncio.wait_for(endpoint.left.wait(), 1)


async def test_the_key_is_sent_and_not_shown(
    serve: Serve, endpoint: EndpointStandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It stands in the variable that the settings name; an endpoint that repeats it cannot make it known."""
    monkeypatch.setenv("THE_KEY", " sk-secret-key-of-mine\n")
    caplog.set_level(0)
    user = await served(serve, endpoint, refused(500, {"error": "key sk-secret-key-of-mine failed"}), key_env="THE_KEY")
    message = await error(user)
    shown = [message, caplog.text, repr(user.server.settings), repr(user.server)]

    assert {"Bearer sk-secret-key-of-mine"} == set(endpoint.keys)
    assert [] == [text for text in shown if "sk-secret" in text]
    endpoint.responses = [refused(401, {"error": "Incorrect API key provided: sk-secr***mine"})]
    assert "сервер модели не принял ключ (401): проверьте переменную THE_KEY" == await error(user)


async def test_no_key_is_no_header(serve: Serve, endpoint: EndpointStandIn) -> None:
    """Servers on one's own machine want none."""
    await last(await served(serve, endpoint))

    assert [None] == endpoint.keys


@pytest.mark.parametrize(
    ("value", "said"),
    [(" \n", "environment variable THE_KEY has no key"), ("sk-\udcff", "THE_KEY has bytes in it that are not UTF-8")],
)
async def test_a_variable_without_a_key_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    """Before anything listens, by the variable's name."""
    monkeypatch.setenv("THE_KEY", value)
    chosen = settings(tmp_path, llm=LLMSettings(url="http://localhost:1", model="m", key_env="THE_KEY"))
    with pytest.raises(ConfigurationError, match=said):
        async with LocalServer(chosen):
            pass
