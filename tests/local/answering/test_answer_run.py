"""Answering: what is stored, what is sent, and what an answerer gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.local import AnswererError, Delta, Question
from tests.local.hostile_files import nested_forms
from tests.local.support import Event, PausedAnswerer, Serve, User, ask_about_note, final, frames


class Broken:
    model = "broken"

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield Delta("начало ")
        raise RuntimeError("the secret inside")


class CutOff:
    """Its own connection, to a model or a database, breaks."""

    model = "cut off"

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield Delta("начало ")
        raise ConnectionResetError


async def test_a_lost_connection_of_the_answerer_is_an_error(serve: Serve) -> None:
    """It is not that of the client, whose stream would end without a last event."""
    user = await serve(answerer=CutOff())
    chat = await ask_about_note(user)

    assert Event("error", {"message": "Internal server error"}) == (await user.events(chat))[-1]


async def test_the_tokens_are_the_answer(user: User) -> None:
    """Joined they are `accumulated`, `llm_final` and the stored message; `completed` comes last."""
    chat = await ask_about_note(user)
    events = await user.events(chat)
    tokens = [event.data for event in events if event.name == "llm_token"]
    text = "".join(token["token"] for token in tokens)

    assert len(tokens) > 5
    assert all(token["accumulated"].endswith(token["token"]) and token["model"] == "extracts" for token in tokens)
    assert text == tokens[-1]["accumulated"] == final(events) == (await user.history(chat))[-1]["content"]
    begun = [event.name for event in events if event.name != "phase_progress"]
    assert ["phase_started", "processing_started", "phase_started"] == begun[:3]
    assert ["llm_final", "completed"] == [event.name for event in events[-2:]]


async def test_the_complex_profile_sends_thinking(user: User) -> None:
    """Thinking comes before the tokens and is repeated in `llm_final`; the simple profile has none."""
    chat = await ask_about_note(user)
    simple = await user.events(chat)
    await user.ask("PATCH", "/me/settings", json={"model_profile": "complex"})
    events = await user.events(chat)
    names = [event.name for event in events]
    thinking = "".join(event.data["content"] for event in events if event.name == "llm_thinking")

    assert "llm_thinking" not in {event.name for event in simple}
    assert names.index("llm_thinking") < names.index("llm_token")
    assert thinking == events[-2].data["thinking"] != ""


async def test_the_answer_is_stored_before_it_is_final(user: User) -> None:
    """A client that has received `llm_final` finds the answer in the history."""
    chat = await ask_about_note(user)
    async with user.listen(chat) as events:
        async for event in events:
            if event.name == "llm_final":
                assert event.data["content"] == (await user.history(chat))[-1]["content"]
                return


async def test_opening_the_stream_again_answers_again(user: User) -> None:
    """There is no resume, as on all servers: the last user message is answered once more."""
    chat = await ask_about_note(user)
    await user.events(chat)
    await user.events(chat)

    assert ["user", "assistant", "assistant"] == [message["role"] for message in await user.history(chat)]


async def test_a_failing_answerer_ends_in_an_error_event(serve: Serve) -> None:
    """The event does not quote the error, `completed` is not sent, nothing is stored; the socket closes with 1000."""
    user = await serve(answerer=Broken())
    chat = await ask_about_note(user)
    last = (await user.events(chat))[-1]
    received, code = await frames(user, chat)

    assert Event("error", {"message": "Internal server error"}) == last
    assert ("error", 1000) == (received[-1]["event"], code)
    assert ["user"] == [message["role"] for message in await user.history(chat)]


async def test_deleting_the_chat_meanwhile_ends_in_an_error_event(serve: Serve, paused: PausedAnswerer) -> None:
    """The answer cannot be stored, so it is not final."""
    user = await serve(answerer=paused)
    chat = await ask_about_note(user)
    reading = asyncio.create_task(user.events(chat))
    await paused.entered.wait()
    await user.ask("DELETE", f"/chats/{chat}")
    paused.opened.set()

    assert Event("error", {"message": "Chat not found"}) == (await reading)[-1]


async def test_the_answerer_gets_all_that_a_model_would_need(serve: Serve, paused: PausedAnswerer) -> None:
    """The question, the passages, the chat before it, the settings and the role."""
    paused.opened.set()
    user = await serve(answerer=paused)
    await user.ask("PATCH", "/me/settings", json={"selected_role_prompt_id": 1})
    chat = await ask_about_note(user, "Первый вопрос?")
    await user.events(chat)
    await user.say(chat, "Где ВРУ-1?")
    await user.events(chat)
    question = paused.questions[-1]

    assert ("Где ВРУ-1?", "Инженер") == (question.text, question.role and question.role.name)
    assert ["Первый вопрос?", "раз два"] == [message.content for message in question.history]
    assert ["Записка.md"] == [quote.document for quote in question.groups[0].quotes]


class Citing:
    """Cites the passages of these positions, one a delta."""

    model = "citing"
    passages = 2

    def __init__(self, *cited: int) -> None:
        self.cited = cited
        self.found: list[int] = []

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        quotes = question.groups[0].quotes
        self.found.append(len(quotes))
        yield Delta("текст")
        yield Delta("", cites=())
        for number in self.cited:
            yield Delta("!", cites=(quotes[number],))


async def test_the_sources_are_the_passages_that_the_answer_cites(serve: Serve) -> None:
    """In the order of its citations and not of the search; a delta without text is no event."""
    answerer = Citing(1, 0)
    user = await serve(answerer=answerer)
    chat = await user.chat()
    files = [await user.upload(f"{name}.md", f"Щит {name} стоит в ВРУ-1.".encode()) for name in ("один", "два", "три")]
    await user.say(chat, "Где ВРУ-1?", attached_file_ids=[file.body["id"] for file in files])
    events = await user.events(chat)
    final = events[-2].data
    found = {source["document"] for source in final["sources"]}

    assert (2, "documents", "текст!!") == (len(final["sources"]), final["grounding"], final["content"])
    assert (["текст", "!", "!"], [2]) == ([event.data["token"] for event in events if event.name == "llm_token"], answerer.found)
    answerer.cited = (0, 1)
    again = (await user.events(chat))[-2].data
    assert [source["document"] for source in reversed(again["sources"])] == [source["document"] for source in final["sources"]]
    assert found < {"один.md", "два.md", "три.md"}


async def test_an_answer_that_cites_nothing_rests_on_no_document(serve: Serve) -> None:
    """Although passages were found for it."""
    user = await serve(answerer=Citing())
    final = (await user.events(await ask_about_note(user)))[-2].data

    assert ("nothing_found", False) == (final["grounding"], "sources" in final)


class Failing:
    model = "failing"

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield Delta("начало ")
        raise AnswererError(text("message_empty"))


@pytest.mark.parametrize(("question", "said"), [("Где ВРУ-1?", "сообщение пустое"), ("Where is it?", "The message is empty")])
async def test_the_reason_of_an_answerer_is_told_in_the_language_of_the_question(serve: Serve, question: str, said: str) -> None:
    """As an error event, with nothing stored."""
    user = await serve(answerer=Failing())
    chat = await ask_about_note(user, question)

    assert Event("error", {"message": said}) == (await user.events(chat))[-1]
    assert ["user"] == [message["role"] for message in await user.history(chat)]


@pytest.mark.parametrize(
    ("question", "phases", "end"),
    [
        ("Где ВРУ-1?", ["Ищу в документах", "Готовлю ответ"], "Обработка завершена"),
        ("Where is ВРУ-1?", ["Searching the documents", "Preparing the answer"], "Done"),
    ],
)
async def test_phases_are_told_in_the_language_of_the_question(user: User, question: str, phases: list[str], end: str) -> None:
    """And so is the progress of reading."""
    events = await user.events(await ask_about_note(user, question))
    said = [event.data["description"] for event in events if event.name == "phase_started"]
    progress = {event.data["message"].partition(":")[0] for event in events if event.name == "phase_progress"}

    assert (phases, end) == (said[-2:], events[-1].data["message"])
    assert progress <= {"Documents read" if end == "Done" else "Прочитано документов"}


async def test_a_question_that_waits_for_its_documents_takes_no_slot(serve: Serve) -> None:
    """Another one about a file of its own is answered meanwhile, although answers are made one at a time."""
    user = await serve(slots=1, readers=2)
    slow, quick = await user.chat(), await user.chat()
    await user.say(slow, "Где щит?", attached_file_ids=[(await user.upload("forms.pdf", nested_forms())).body["id"]])
    await user.say(quick, "Где щит?", attached_file_ids=[(await user.upload("a.txt", "Щит в подвале.".encode())).body["id"]])
    async with user.listen(slow) as events:
        assert "phase_started" == (await anext(events)).name
        answered = await user.events(quick)
        assert "Щит в подвале." in final(answered)
        assert "queue_position" not in {event.name for event in answered}


@pytest.mark.parametrize(("documents", "is_answered"), [(10, True), (11, False)])
async def test_few_documents_are_waited_for(serve: Serve, tmp_path: Path, documents: int, is_answered: bool) -> None:
    """Of many, an answer rests on what is read when patience ends."""
    folder = tmp_path / "projects" / "alpha"
    folder.mkdir(parents=True)
    for number in range(documents):
        (folder / f"{number}.txt").write_text("Щит ВРУ-1 стоит в подвале.", encoding="utf-8")
    user = await serve(projects_dir=folder.parent, reading_patience=0)
    chat = await user.chat()
    await user.say(chat, "Где ВРУ-1?")

    assert is_answered == ("стоит в подвале" in final(await user.events(chat)))
