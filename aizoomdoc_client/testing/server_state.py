"""The state of one scripted server, which routes work on and tests inspect."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import attrs

from .answer_presets import default_answer
from .behavior import ServerBehavior
from .model_run import AnswerQueue, ModelRun, Question
from .request_rules import RecordedRequest, RuleBook
from .server_store import ServerStore, StoredChat, StoredMessage
from .steps import AfterDrop
from .sync_point import SyncPoint
from .token_issuer import TokenIssuer


@attrs.frozen(kw_only=True)
class Post:
    """A user's message as it was posted."""

    chat_id: str
    message_id: str
    content: str
    idempotency_key: str | None
    body: Any = attrs.field(repr=False)


@attrs.define(eq=False)
class ServerState:
    """The behaviour, the records and the script of a server, and what has happened so far.

    `answers` and `rules` are the script; requests wait for `frozen` while it is not None and not set.
    """

    behavior: ServerBehavior
    on_drop: AfterDrop = "cancel"
    store: ServerStore = attrs.field(factory=ServerStore)
    tokens: TokenIssuer = attrs.field(factory=TokenIssuer)
    answers: AnswerQueue = attrs.field(factory=lambda: AnswerQueue(default_answer))
    rules: RuleBook = attrs.field(factory=RuleBook)
    requests: list[RecordedRequest] = attrs.field(factory=list[RecordedRequest])
    posts: list[Post] = attrs.field(factory=list[Post])
    runs: list[ModelRun] = attrs.field(factory=list[ModelRun])
    database_down: bool = False
    frozen: SyncPoint | None = None
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set[asyncio.Task[None]], init=False)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task of the server, which outlives the connection that caused it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def cancel_tasks(self) -> None:
        """Cancels the tasks that are left, and waits for their end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def question(self, chat: StoredChat, message: StoredMessage, query: dict[str, list[str]]) -> Question:
        """The question of a run that answers `message`."""
        profile = str(chat.owner.settings["model_profile"])
        return Question(
            text=message.content,
            chat_id=chat.id,
            message_id=message.id,
            profile=profile,
            has_tokens=profile == "complex" or self.behavior.tokens_in_simple_profile,
            attached_file_ids=message.attached_file_ids,
            query=query,
        )
