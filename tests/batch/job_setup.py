"""A local server on a real socket with an answerer that a test holds back, and jobs about a folder of small documents."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore, Settings
from aizoomdoc_client.batch import BatchJob, BatchSettings, Done
from aizoomdoc_client.batch.outcomes import Outcome
from aizoomdoc_client.catalog import text
from aizoomdoc_client.local import AnswererError, Delta, LocalServer, LocalSettings, Question
from aizoomdoc_client.session.retrier import waiting_by
from tests.client_and_server import no_wait

TOKEN = "first-token"
HEIGHT = "Какая высота этажа?"
ROLE = BatchSettings(role=2)
"""What a `held_desk` asks with; the user's own role is 1."""


class HeldAnswerer:
    """Answers ``Ответ N``; of all answers only `allowed` are finished, the others stay half said until `allow`."""

    model = "held"

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.texts: list[str] = []
        self.reply: str | None = None
        self.fails = False
        self.held = asyncio.Event()
        """Set once an answer is held back, as is `held_in_thread`."""
        self.held_in_thread = threading.Event()
        self._allowed: int | None = None
        self._finished = 0
        self._changed = asyncio.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def allow(self, count: int | None) -> None:
        """How many answers are finished from now on; None for all."""
        async with self._changed:
            self._allowed, self._finished = count, 0
            self._changed.notify_all()

    def allow_from_thread(self, count: int | None) -> None:
        """As `allow`, where the server runs in another thread."""
        if self._loop is None:  # nothing was asked yet
            self._allowed = count
        else:
            asyncio.run_coroutine_threadsafe(self.allow(count), self._loop).result(20)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        self._loop = asyncio.get_running_loop()
        self.settings.append(question.settings)
        self.texts.append(question.text)
        if self.fails:
            raise AnswererError(text("no_documents"))
        yield Delta("Ответ ")
        async with self._changed:
            if not self._may_finish():
                self.held.set()
                self.held_in_thread.set()
            await self._changed.wait_for(self._may_finish)
            self._finished += 1
        yield Delta(self.reply or str(len(self.texts)))

    def _may_finish(self) -> bool:
        return self._allowed is None or self._finished < self._allowed


def client_of(server: LocalServer) -> AsyncAIZoomDocClient:
    """A client of the first user, which stores its tokens in memory."""
    return AsyncAIZoomDocClient(server.url, TOKEN, token_store=MemoryTokenStore())


@attrs.frozen
class Desk:
    """A user's client, the server it is connected to, and a folder with documents."""

    client: AsyncAIZoomDocClient
    server: LocalServer
    answerer: HeldAnswerer
    plans: Path
    journal: Path

    def write(self, *names: str) -> None:
        """Documents, each with its name for a content."""
        for name in names:
            (self.plans / name).write_text(f"Документ {name}", encoding="utf-8")

    def job(self, **changes: Any) -> BatchJob:
        given: dict[str, Any] = {"documents": self.plans, "questions": HEIGHT, "journal": self.journal, "concurrency": 2}
        return BatchJob(self.client, **(given | changes))

    async def run(self, **changes: Any) -> list[Outcome]:
        """What becomes of the units of a job that runs to its end."""
        async with self.job(**changes) as job:
            return [outcome async for outcome in job]

    async def go_on(self) -> tuple[list[bool], int, int | None]:
        """What the next run with `ROLE` finds answered, how many messages were posted in all, and the user's role."""
        await self.answerer.allow(None)
        outcomes = await self.run(settings=ROLE)
        return [isinstance(outcome, Done) for outcome in outcomes], await self.posted(), await self.role()

    async def posted(self) -> int:
        """How many messages of users the server has stored."""
        histories = [await self.client.get_chat_history(chat) for chat in await self.client.list_chats(limit=50)]
        return sum(message.role == "user" for history in histories for message in history.messages)

    async def role(self) -> int | None:
        return (await self.client.get_me()).settings.selected_role_prompt_id


def documents_in(folder: Path, *names: str) -> Path:
    """The folder, made, with documents, each with its name for a content."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f"Документ {name}", encoding="utf-8")
    return folder


@asynccontextmanager
async def desk_at(folder: Path) -> AsyncGenerator[Desk, None]:
    """The desk, with three documents."""
    answerer = HeldAnswerer()
    settings = LocalSettings(port=0, data_dir=folder / "server", tokens=(TOKEN,), pace_seconds=0)
    plans = folder / "plans"
    plans.mkdir()
    async with LocalServer(settings, answerer=answerer) as server, client_of(server) as client:
        desk = Desk(client, server, answerer, plans, folder / "run.sqlite")
        desk.write("План 1.md", "План 2.md", "План 3.md")
        yield desk


@asynccontextmanager
async def held_desk(folder: Path) -> AsyncGenerator[Desk, None]:
    """A desk whose answers are all half said, until more are allowed; its client does not wait between its attempts."""
    with waiting_by(no_wait):
        async with desk_at(folder) as desk:
            await desk.client.update_settings(selected_role_prompt_id=1)
            await desk.answerer.allow(0)
            yield desk
