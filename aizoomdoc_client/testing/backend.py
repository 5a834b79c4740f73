"""All that one scripted server knows; the routes work on it, and a test looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import attrs

from .answers import Question, Script
from .gates import Gate
from .guise import Guise
from .recording import RecordedRequest
from .rules import RuleBook
from .runs import ModelRun
from .steps import AfterDrop
from .store import Store, StoredChat, StoredMessage
from .tokens import TokenMint
from .usual import default_answer
from .views import Views


@attrs.frozen(kw_only=True)
class Post:
    """A user's message as it was posted."""

    chat_id: str
    message_id: str
    content: str
    idempotency_key: str | None
    body: Any = attrs.field(repr=False)


@attrs.define(eq=False)
class Backend:
    """A server's memory, habits and script."""

    guise: Guise
    store: Store = attrs.field(factory=Store)
    mint: TokenMint = attrs.field(factory=TokenMint)
    script: Script = attrs.field(factory=lambda: Script(default_answer))
    rules: RuleBook = attrs.field(factory=RuleBook)
    requests: list[RecordedRequest] = attrs.field(factory=list[RecordedRequest])
    posts: list[Post] = attrs.field(factory=list[Post])
    runs: list[ModelRun] = attrs.field(factory=list[ModelRun])
    on_drop: AfterDrop = "cancel"
    database_down: bool = False
    frozen: Gate | None = None
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set[asyncio.Task[None]], init=False)

    @property
    def views(self) -> Views:
        """How records look in this guise."""
        return Views(self.guise)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task of the server's own, which outlives the connection that asked for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Cancels the tasks that are left and waits for their end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def question(self, chat: StoredChat, message: StoredMessage, query: dict[str, list[str]]) -> Question:
        """What a run on the chat's last message is asked."""
        profile = str(chat.owner.settings["model_profile"])
        return Question(
            text=message.content,
            chat_id=chat.id,
            message_id=message.id,
            profile=profile,
            has_tokens=profile == "complex" or self.guise.tokens_in_simple_profile,
            attached_file_ids=message.attached_file_ids,
            query=query,
        )
