"""The sync client as deeds written for the async one call it: each call in a thread, as a script would make it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs

from aizoomdoc_client import AIZoomDocClient


@attrs.frozen
class SyncFace:
    """A sync client behind awaitable methods."""

    client: AIZoomDocClient

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await asyncio.to_thread(method, *arguments, **options)

        return call

    def with_options(self, **options: Any) -> SyncFace:
        return SyncFace(self.client.with_options(**options))

    def send_message(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        async def events() -> AsyncIterator[Any]:
            stream = iter(await asyncio.to_thread(self.client.send_message, *arguments, **options))
            while (event := await asyncio.to_thread(next, stream, None)) is not None:
                yield event

        return events()
