"""The page at ``/`` on which people ask this server, and the answers that it looks at: additions of the local server.

The wire ends a run with the stream that it was opened by. The page is loaded again, and opened in further tabs: its answers are
begun by one request and looked at by any number of others.
"""

from __future__ import annotations

import contextlib
from functools import cache, partial
from pathlib import Path

from aiohttp import web

from ...models import User
from ...page import FOLDER, HEADERS, index
from ..answering.answer_run import run_answer
from ..answering.running_answers import QuestionPlace, RunningAnswer
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
    """A file that the page loads. 404 for any other name, which is not looked for."""
    path = FOLDER / request.match_info["name"]
    if path not in _files():
        raise RequestError(404, "Not Found")
    return web.FileResponse(path)


@cache
def _files() -> frozenset[Path]:
    return frozenset(path for path in FOLDER.rglob("*") if path.is_file())


async def begin_answer(request: web.Request) -> web.Response:
    """Begins the answer to the chat's last message, once, however often that is asked. 409 where it is answered already."""
    state, (user, place) = state_of(request), await _own_question(request)
    [last] = await state.database.run(stored_chats.last_messages, place.chat_id, 1) or [None]
    if last is None or last.id != place.question_id:
        raise _another_one()
    question = await last_question(state, user, place.chat_id, StreamScope())
    if question.message.id != place.question_id:  # it was added meanwhile
        raise _another_one()
    state.running_answers.start(place, partial(run_answer, state, question))
    return json_response({"message": "Answer begun"}, 202)


def _another_one() -> RequestError:
    return RequestError(409, "The chat's last message is another one")


async def watch_answer(request: web.Request) -> web.StreamResponse:
    """All events of an answer that was begun; the run goes on when the connection is lost. 404 where none was begun."""
    with state_of(request).streams.tracked():
        answer = await _answer(request)
        response = web.StreamResponse(headers=EVENT_STREAM)
        with answer.watched(), contextlib.suppress(ConnectionError):
            await response.prepare(request)
            async for events in answer.events():
                await response.write(events)
            if answer.characters is not None:
                request[ANSWER_CHARACTERS] = answer.characters
            await response.write_eof()
        return response


async def stop_answer(request: web.Request) -> web.Response:
    """Ends the run; who looks at the answer gets `answer_stopped`."""
    answer = await _answer(request)
    answer.stop("requested")
    return json_response({"message": "Answer stopped"})


async def _answer(request: web.Request) -> RunningAnswer:
    _, place = await _own_question(request)
    answer = state_of(request).running_answers.find(place)
    if answer is None:
        raise RequestError(404, "Answer not found")
    return answer


async def _own_question(request: web.Request) -> tuple[User, QuestionPlace]:
    """The user, and the question that the path names. Raises `RequestError` 404 or 403 where its chat is not the user's."""
    user = await current_user(request)
    place = QuestionPlace(read_path_uuid(request, "chat_id"), read_path_uuid(request, "question_id"))
    await state_of(request).database.run(stored_chats.owned, user, place.chat_id)
    return user, place


ROUTES = (
    web.get("/", page),
    web.get("/page/{name:.+}", page_file),
    web.post("/chats/{chat_id}/answers/{question_id}", begin_answer),
    web.get("/chats/{chat_id}/answers/{question_id}", watch_answer, allow_head=False),
    web.delete("/chats/{chat_id}/answers/{question_id}", stop_answer),
)
