"""Asking for a structured answer: over real sockets, of the scripted server and of the local one with a model's stand-in."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import Answer, AnswerError, AnswerFormatError, AsyncAIZoomDocClient, ConfigurationError, MemoryTokenStore
from aizoomdoc_client.local import LLMSettings, LocalServer, LocalSettings
from aizoomdoc_client.testing import error_answer, simple_answer
from tests.client_and_server import ClientAndServer, client_and_server
from tests.local.model_endpoint import endpoint_stand_in, said
from tests.structured.schemas import Door, Room

QUESTION = "Какая высота этажа?"
FIT = 'По плану:\n```json\n{"height": "3,3"}\n```\n'


def asked_of(pair: ClientAndServer) -> list[str]:
    return [post.content for post in pair.server.posts]


async def test_the_answer_has_the_value() -> None:
    """The question asks for the shape; text and value are there, and the dictionary has both."""
    async with client_and_server() as pair:
        pair.server.script_answer(simple_answer(FIT))
        answer = await pair.client.ask(await pair.chat(), QUESTION, schema=Room)
        [asked] = asked_of(pair)

        assert (Room(height=3.3, area=None), FIT) == (answer.parsed, answer.text)
        assert (3.3, None) == (answer.to_dict()["parsed"]["height"], answer.to_dict()["parsed"]["area"])
        assert (True, True) == (asked.startswith(f"{QUESTION}\n\nОтветь одним объектом JSON"), "Высота этажа, м" in asked)
        assert answer == pickle.loads(pickle.dumps(answer))
        assert 3.3 == Answer.from_dict(answer.to_dict()).parsed["height"]


async def test_without_a_schema_nothing_is_added() -> None:
    """The question goes as it is, and nothing is made of the answer."""
    async with client_and_server() as pair:
        pair.server.script_answer(simple_answer(FIT))
        answer = await pair.client.ask(await pair.chat(), QUESTION)

        assert (None, [QUESTION]) == (answer.parsed, asked_of(pair))


async def test_an_answer_that_does_not_fit_is_asked_for_once_more(tmp_path: Path) -> None:
    """In the same chat, with what is wrong and with the same files, each uploaded once."""
    plan = tmp_path / "plan.md"
    plan.write_text("Высота 3,3 м")
    async with client_and_server() as pair:
        pair.server.script_answer(simple_answer("Высота этажа 3,3 м."))
        pair.server.script_answer(simple_answer('[{"width": 0.9}]'))
        answer = await pair.client.ask(await pair.chat(), QUESTION, files=[plan, b"%PDF-1"], schema=list[Door])
        first, second = pair.server.posts

        assert [Door(0.9)] == answer.parsed
        assert second.content.startswith(f"{QUESTION}\n\nПредыдущий ответ не подошёл:\n- в нём нет JSON\n\n")
        assert first.chat_id == second.chat_id
        assert first.body | {"content": ""} == second.body | {"content": ""}
        assert 2 == len([call for call in pair.calls() if "upload" in call])


async def test_an_open_file_is_there_for_the_second_question() -> None:
    """A file that was read to its end by the first question is not sent again."""
    async with client_and_server() as pair:
        pair.server.script_answer(simple_answer("?"))
        pair.server.script_answer(simple_answer(FIT))
        answer = await pair.client.ask(await pair.chat(), QUESTION, files=[("plan.pdf", io.BytesIO(b"%PDF"))], schema=Room)

        assert 3.3 == answer.parsed.height


async def test_what_does_not_fit_twice_is_an_error_with_the_text() -> None:
    """Two questions and no third one; the error says what is wrong with the second answer, and pickles."""
    async with client_and_server() as pair:
        for text in ('{"height": 3', '{"height": "17,300"}'):
            pair.server.script_answer(simple_answer(text))
        with pytest.raises(AnswerFormatError) as caught:
            await pair.client.ask(await pair.chat(), QUESTION, schema=Room)
        copy = pickle.loads(pickle.dumps(caught.value))

        assert 2 == len(pair.server.posts)
        assert '{"height": "17,300"}' == caught.value.raw_text == copy.raw_text
        assert ["height: «17,300» — это тысячи или дробь? Нужно число JSON"] == [each.render("ru") for each in copy.problems]


async def test_an_error_of_the_second_question_keeps_the_first_text() -> None:
    """It is raised as it is; the answer that did not fit is its context."""
    async with client_and_server() as pair:
        pair.server.script_answer(simple_answer("3,3 м"))
        pair.server.script_answer(error_answer("Ошибка модели"))
        with pytest.raises(AnswerError) as caught:
            await pair.client.ask(await pair.chat(), QUESTION, schema=Room)

        assert isinstance(caught.value.__context__, AnswerFormatError)
        assert "3,3 м" == caught.value.__context__.raw_text


@pytest.mark.parametrize("schema", [int, "Room", {"height": float}])
async def test_a_schema_that_cannot_be_asked_for_posts_nothing(schema: Any) -> None:
    """It is refused before anything is sent."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        with pytest.raises(ConfigurationError):
            await pair.client.ask(chat, QUESTION, schema=schema)

        assert [] == pair.server.posts


@pytest.mark.parametrize("message", ["", 3])
async def test_a_question_that_is_none_is_refused_as_without_a_schema(message: Any) -> None:
    """The added text does not make a question of it."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError):
            await pair.client.ask(await pair.chat(), message, schema=Room)


async def test_a_local_server_with_a_model(tmp_path: Path) -> None:
    """The whole way: a document, a model's stand-in that errs once, and the value."""
    async with endpoint_stand_in() as endpoint:
        endpoint.responses = [
            said("Высота этажа 3,3 м [1]."),
            said('```json\n{"height": ', "3.3, ", '"floor": 2}\n```\n'),
        ]
        settings = LocalSettings(port=0, data_dir=tmp_path, llm=LLMSettings(url=endpoint.url, model="m"), pace_seconds=0)
        async with (
            LocalServer(settings) as server,
            AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore()) as client,
        ):
            note = Path(__file__).parents[2] / "docs" / "sample" / "note.pdf"
            answer = await client.ask(await client.create_chat(), "Какая высота этажа?", files=note, schema=Room)

        assert (Room(height=3.3, area=None, floor=2), 2) == (answer.parsed, len(endpoint.bodies))
        assert "Предыдущий ответ не подошёл" in endpoint.bodies[1]["messages"][-1]["content"]
