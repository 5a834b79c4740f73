"""The contract with users: the documented usage of the sync client, on every kind of server.

Each test is one of the documented flows, in its documented shape; names and texts are this file's own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore, TokenExpiredError
from aizoomdoc_client.exceptions import APIError, AuthenticationError, NotFoundError, ServerError
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.testing import ServerBehavior, html_page, internal_error, running_server

TOKEN = "my-static-token"


@contextmanager
def running_local(folder: Path) -> Iterator[str]:
    """The URL of a local server in a thread of its own."""
    settings = LocalSettings(port=0, data_dir=folder, tokens=(TOKEN,), pace_seconds=0)
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    urls = list[str]()

    async def serve() -> None:
        async with LocalServer(settings) as server:
            urls.append(server.url)
            ready.set()
            await stop.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(20)
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture(params=["local", "production", "contract"])
def url(request: Any, tmp_path: Path) -> Iterator[str]:
    """The URL of a server that accepts `TOKEN`."""
    if request.param == "local":
        with running_local(tmp_path / "data") as found:
            yield found
    else:
        with running_server(ServerBehavior.PRESETS[request.param], static_tokens=[TOKEN]) as server:
            yield server.url


@pytest.fixture
def client(url: str) -> Iterator[AIZoomDocClient]:
    with AIZoomDocClient(server_url=url, static_token=TOKEN, token_store=MemoryTokenStore()) as made:
        yield made


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    """Three documents."""
    paths = [tmp_path / f"Лист {number}.txt" for number in (1, 2, 3)]
    for path in paths:
        path.write_text(f"{path.name}: высота этажа 3,3 м, вентиляция П1.", encoding="utf-8")
    return paths


def test_logging_in(url: str) -> None:
    """Server and token by name; an exchange of one's own is allowed and not needed."""
    client = AIZoomDocClient(server_url=url, static_token=TOKEN, token_store=MemoryTokenStore())
    client.authenticate()

    assert client.is_authenticated
    client.close()


def test_a_chat_with_a_streamed_answer(client: AIZoomDocClient) -> None:
    """Title and description by name; a loop over events by their names and data; the history afterwards."""
    chat = client.create_chat(title="Вентиляция", description="Вопросы по П1")
    printed = ""
    for event in client.send_message(chat_id=chat.id, message="Что установлено в П1?"):
        if event.event == "llm_token":
            printed += event.data["token"]
        elif event.event == "phase_started":
            printed += f"\n[{event.data['phase']}] {event.data['description']}\n"
        elif event.event == "completed":
            printed += "\nГотово"
    history = client.get_chat_history(chat.id)
    said = [(message.role, message.content) for message in history.messages]

    assert ("user", "Что установлено в П1?") == said[0]
    assert said[1][1] in printed
    assert printed.endswith("\nГотово")
    assert "\n[" in printed


def test_settings_and_roles(client: AIZoomDocClient) -> None:
    """The profile and the role in force, and another of each."""
    before = client.get_me().settings
    client.update_settings(model_profile="complex")
    role = next(role for role in client.get_available_roles() if role.name == "Инженер")
    client.update_settings(selected_role_prompt_id=role.id)
    after = client.get_me().settings

    assert ("simple", None) == (before.model_profile, before.selected_role_prompt_id)
    assert ("complex", role.id) == (after.model_profile, after.selected_role_prompt_id)


def test_a_file_and_an_unread_question(client: AIZoomDocClient, papers: list[Path]) -> None:
    """The path as text; its id in the message; the message is sent although its events are not read."""
    file = client.upload_file(str(papers[0]))
    chat = client.create_chat(title="Лист")
    client.send_message(chat_id=chat.id, message="Что на листе?", attached_file_ids=[file.id])

    assert ["Что на листе?"] == [message.content for message in client.get_chat_history(chat.id).messages]


def test_logging_in_again_when_a_login_has_expired(client: AIZoomDocClient) -> None:
    """Positional arguments, and `AuthenticationError`."""
    chat_id, message = client.create_chat(title="Снова").id, "Где ВРУ?"
    try:
        result = client.send_message(chat_id, message)
    except TokenExpiredError:
        client.authenticate()
        result = client.send_message(chat_id, message)

    assert message == result.message.content


@pytest.mark.parametrize(
    ("reaction", "expected"),
    [
        (None, "ok"),
        ("token", "login"),
        ("missing", "missing"),
        ("broken", "server: An unexpected error occurred"),
        ("gateway", "server: 502 Bad Gateway"),
    ],
)
def test_the_order_of_except_clauses(reaction: str | None, expected: str) -> None:
    """`AuthenticationError`, `NotFoundError`, `ServerError` with its message, and `APIError` for all the rest."""
    with running_server(static_tokens=[TOKEN]) as server:
        token = "wrong" if reaction == "token" else TOKEN
        client = AIZoomDocClient(server_url=server.url, static_token=token, token_store=MemoryTokenStore())
        replies = {"missing": html_page(404), "broken": internal_error(), "gateway": html_page(502)}
        if reaction in replies:
            server.respond("POST", "/chats", replies[reaction])
        try:
            client.create_chat(title="Проба")
            outcome = "ok"
        except AuthenticationError:
            outcome = "login"
        except NotFoundError:
            outcome = "missing"
        except ServerError as error:
            outcome = f"server: {error.message}"
        except APIError as error:
            outcome = f"api: {error}"
        client.close()

    assert expected == outcome


def test_a_simple_question(client: AIZoomDocClient) -> None:
    """In the default profile, joined tokens are the answer."""
    chat = client.create_chat(title="Вопрос")
    response = ""
    for event in client.send_message(chat.id, "Какая высота этажа?"):
        if event.event == "llm_token":
            response += event.data["token"]

    assert client.get_chat_history(chat.id).messages[-1].content == response
    assert response


def test_a_detailed_question(client: AIZoomDocClient) -> None:
    """Several lines, the complex profile, a role: phases are described, and the answer comes piece by piece."""
    client.update_settings(model_profile="complex")
    roles = client.get_available_roles()
    client.update_settings(selected_role_prompt_id=next(role for role in roles if role.name == "Инженер").id)
    chat = client.create_chat(title="Подробно", description="Нормы")
    question = "\nПроверь размещение ВРУ-1:\n1. Расстояния\n2. Проходы\n"
    phases, pieces = [], []
    for event in client.send_message(chat.id, question):
        if event.event == "phase_started":
            phases.append(event.data["description"])
        elif event.event == "llm_token":
            pieces.append(event.data["token"])

    assert all(phases)
    assert phases
    assert len(pieces) > 1


def test_several_files_in_one_question(client: AIZoomDocClient, papers: list[Path]) -> None:
    """Uploaded one by one, attached together."""
    files = []
    for path in papers:
        files.append(client.upload_file(str(path)).id)  # noqa: PERF401 - as users were shown it
    chat = client.create_chat(title="Сравнение")
    text = ""
    for event in client.send_message(chat_id=chat.id, message="Сравни высоту этажа", attached_file_ids=files):
        if event.event == "llm_token":
            text += event.data["token"]

    assert 3 == len(set(files))
    assert text


def test_the_remedies(client: AIZoomDocClient, url: str) -> None:
    """An invalid token is cleared and exchanged again; a longer time-out is a number of seconds."""
    client.get_me()
    client.clear_tokens()
    client.authenticate()
    patient = AIZoomDocClient(server_url=url, static_token=TOKEN, timeout=60, token_store=MemoryTokenStore())

    assert "active" == client.get_me().user.status == patient.get_me().user.status
    patient.close()
