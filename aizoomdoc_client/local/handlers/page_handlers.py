"""The page at ``/`` for users with a browser, and its answers: additions of the local server.

On the wire a run ends with the stream that started it. The page may be reloaded and opened in further tabs, so one request begins
its answer and any number of others watch it.
"""

from __future__ import annotations

import contextlib
from functools import cache, partial
from pathlib import Path

from aiohttp import web

from ...models import User
from ...page import FOLDER, HEADERS, index
from ..answering.answer_run import run_answer
from ..answering.running_answers import QuestionKey, RunningAnswer
from ..app_state import state_of
from ..question_scope import StreamScope, last_question
from ..repository import stored_chats
from ..request_errors import RequestError
from .http_responses import EVENT_STREAM, json_response
from .request_data import current_user, read_path_uuid
from .request_log import ANSWER_CHARACTERS


async def page(_request: web.Request) -> web.Response:
    """The page, which asks for the user's token and talks to this server itself."""
    return web.Response(text=index("with_server.js"), content_type="text/html", charset="utf-8", headers=HEADERS)


async def page_file(request: web.Request) -> web.FileResponse:
    """A file that the page loads. 404 for any other name, without access to the disk."""
    path = FOLDER / request.match_info["name"]
    if path not in _files():
        raise RequestError(404, "Not Found")
    return web.FileResponse(path)


@cache
def _files() -> frozenset[Path]:
    return frozenset(path for path in FOLDER.rglob("*") if path.is_file())


async def begin_answer(request: web.Request) -> web.Response:
    """Begins the answer to the chat's last message, once, however often this is requested. 409 where it has an answer already."""
    state, (user, key) = state_of(request), await _own_question(request)
    [last] = await state.database.run(stored_chats.last_messages, key.chat_id, 1) or [None]
    if last is None or last.id != key.question_id:
        raise _not_the_last()
    question = await last_question(state, user, key.chat_id, StreamScope())
    if question.message.id != key.question_id:  # it was added meanwhile
        raise _not_the_last()
    state.running_answers.start(key, partial(run_answer, state, question))
    return json_response({"message": "Answer begun"}, 202)


def _not_the_last() -> RequestError:
    return RequestError(409, "The chat's last message is another one")


async def watch_answer(request: web.Request) -> web.StreamResponse:
    """All events of an answer that was begun; a lost connection does not end the run. 404 where none was begun."""
    with state_of(request).streams.track():
        answer = await _answer(request)
        response = web.StreamResponse(headers=EVENT_STREAM)
        with answer.watch(), contextlib.suppress(ConnectionError):
            await response.prepare(request)
            async for events in answer.events():
                await response.write(events)
            if answer.characters is not None:
                request[ANSWER_CHARACTERS] = answer.characters
            await response.write_eof()
        return response


async def stop_answer(request: web.Request) -> web.Response:
    """Ends the run; viewers of the answer get `answer_stopped`."""
    answer = await _answer(request)
    answer.stop("requested")
    return json_response({"message": "Answer stopped"})


async def _answer(request: web.Request) -> RunningAnswer:
    _, key = await _own_question(request)
    answer = state_of(request).running_answers.find(key)
    if answer is None:
        raise RequestError(404, "Answer not found")
    return answer


async def _own_question(request: web.Request) -> tuple[User, QuestionKey]:
    """The user, and the question that the path names. Raises `RequestError` 404 or 403 where its chat is not the user's."""
    user = await current_user(request)
    key = QuestionKey(read_path_uuid(request, "chat_id"), read_path_uuid(request, "question_id"))
    await state_of(request).database.run(stored_chats.owned, user, key.chat_id)
    return user, key


ROUTES = (
    web.get("/", page),
    web.get("/page/{name:.+}", page_file),
    web.post("/chats/{chat_id}/answers/{question_id}", begin_answer),
    web.get("/chats/{chat_id}/answers/{question_id}", watch_answer, allow_head=False),
    web.delete("/chats/{chat_id}/answers/{question_id}", stop_answer),
)
