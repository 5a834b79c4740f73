"""Lets operations written for the async client use the sync client: each call runs in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs

from aizoomdoc_client import AIZoomDocClient


@attrs.frozen
class AwaitableSyncClient:
    """A sync client with awaitable methods."""

    client: AIZoomDocClient

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await asyncio.to_thread(method, *arguments, **options)

        return call

    def with_options(self, **options: Any) -> AwaitableSyncClient:
        return AwaitableSyncClient(self.client.with_options(**options))

    def send_message(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        async def events() -> AsyncIterator[Any]:
            stream = iter(await asyncio.to_thread(self.client.send_message, *arguments, **options))
            while (event := await asyncio.to_thread(next, stream, None)) is not None:
                yield event

        return events()
