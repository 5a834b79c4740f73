"""A browser as a small asyncio client: it reads server-sent events, comes back as an EventSource does, and folds the events."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import attrs

from aizoomdoc_client.relay.relayed_event import COME_BACK
from aizoomdoc_client.relay.stream_ids import new_stream_id
from tests.chaos.questions import question

RETRY_SECONDS = 0.2
HEARTBEAT = "1"
"""Seconds of silence after which a worker sends a comment."""
FORGOTTEN_SECONDS = 4.0
"""How long a page asks again for an answer that is not found, where Redis was restarted meanwhile."""
ENDS = frozenset({"completed", "error", "answer_stopped"})
GONE = (aiohttp.ClientError, TimeoutError, ConnectionError)
_COME_BACK = COME_BACK.to_sse()


class NotFound(Exception):  # noqa: N818 - no error by itself
    """The backend does not know the answer."""


@attrs.define
class View:
    """What one tab shows of an answer, and how that ended: the name of the last event, or ``lost``."""

    text: str = ""
    last_id: str = ""
    ended: str = ""
    code: str = ""
    reconnects: int = 0
    snapshots: int = 0

    def take(self, name: str, data: dict[str, Any]) -> None:
        """Folds the next event, by its wire name only."""
        if name == "llm_token":
            self.text += data["token"]
        elif name == "answer_restarted":
            self.text = self.text[: data["keep"]]
            self.snapshots += data.get("reason") == "snapshot"
        elif name in ENDS:
            self.ended, self.code = name, str(data.get("code", ""))


@attrs.define
class Asked:
    """A question, and what all tabs saw of its answer."""

    number: int
    owner: str
    began: float
    stream: str = ""
    stopped: bool = False
    ended: float = 0.0
    views: list[View] = attrs.field(factory=list[View])
    complaints: list[str] = attrs.field(factory=list[str])


class Browser:
    """Asks one question after another, and looks at each answer in one or two tabs whose lines break.

    `worker` gives the address of the next worker; `forgotten_since` says whether Redis was started empty after that moment.
    An answer that has not ended after `longest_answer` seconds counts as one that does not end.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        owner: str,
        rng: random.Random,
        *,
        worker: Callable[[], str],
        forgotten_since: Callable[[float], bool],
        longest_answer: float,
    ) -> None:
        self._session = session
        self._owner = owner
        self._rng = rng
        self._worker = worker
        self._forgotten_since = forgotten_since
        self._longest_answer = longest_answer
        self.newest: Asked | None = None
        """The question that this one asked last."""
        self.foreign: str = ""
        """The id of another owner's answer, which this one must not see."""

    async def ask(self, number: int) -> Asked:
        """Asks the question with that number, and looks until the answer's end."""
        asked = Asked(number, self._owner, time.monotonic())
        self.newest = asked
        try:
            async with self._session.post(
                self._url(), params={"question": question(number)}, headers=self._headers()
            ) as response:
                if response.status != 200:
                    return asked
                asked.stream = (await response.json())["stream"]
        except GONE:
            return asked
        tabs = [self._look(asked, 0.0)]
        if self._rng.random() < 0.4:
            tabs.append(self._look(asked, self._rng.uniform(0.2, 3)))
        if self._rng.random() < 0.1:
            tabs.append(self._stop(asked, self._rng.uniform(0.1, 2)))
        if self.foreign:
            tabs.append(self._pry(asked, self.foreign))
        await asyncio.gather(*tabs)
        asked.ended = time.monotonic()
        return asked

    async def _look(self, asked: Asked, pause: float) -> None:
        """One tab, opened after so many seconds."""
        await asyncio.sleep(pause)
        view, missing_since = View(), 0.0
        asked.views.append(view)
        while not view.ended:
            if time.monotonic() - asked.began > self._longest_answer:
                asked.complaints.append(f"does not end: {view}")
                return
            try:
                async with asyncio.timeout(self._rng.expovariate(0.3) if self._rng.random() < 0.4 else 20):  # the line is cut
                    await self._read(asked.stream, view)
                missing_since = 0.0
            except GONE:
                pass
            except NotFound:
                now = time.monotonic()
                missing_since = missing_since or now
                if not self._forgotten_since(asked.began):
                    asked.complaints.append("not found")
                    return
                if now - missing_since > FORGOTTEN_SECONDS:
                    view.ended = "lost"
            if not view.ended:
                view.reconnects += 1
                if self._rng.random() < 0.15:  # a reload: nothing is left of the page
                    view.text = view.last_id = ""
                await asyncio.sleep(self._rng.uniform(0, RETRY_SECONDS))

    async def _read(self, stream: str, view: View) -> None:
        """One connection of an EventSource."""
        headers = self._headers() | ({"Last-Event-ID": view.last_id} if view.last_id else {})
        async with self._session.get(f"{self._url()}/{stream}", headers=headers) as response:
            if response.status == 404:
                raise NotFound
            if response.status == 204:
                view.ended = view.ended or "complete before"
            if response.status != 200:
                return
            name, data, last_id = "", "", view.last_id
            async for raw in response.content:
                field, _, value = raw.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif field == "id":
                    last_id = value
                elif not field and raw == b"\n" and data:
                    view.last_id = last_id
                    view.take(name, json.loads(data))
                    name = data = ""

    async def _stop(self, asked: Asked, pause: float) -> None:
        await asyncio.sleep(pause)
        asked.stopped = True
        try:
            async with self._session.delete(f"{self._url()}/{asked.stream}", headers=self._headers()) as response:
                if response.status == 404 and not self._forgotten_since(asked.began):
                    asked.complaints.append("not found by stop")
        except GONE:
            pass

    async def _pry(self, asked: Asked, stream: str) -> None:
        """Tries to see and to stop another owner's answer; what is there for nobody is answered in the same way."""
        for method in ("GET", "DELETE"):
            said = set[tuple[int, str]]()
            for wanted in (stream, new_stream_id()):
                try:
                    async with self._session.request(method, f"{self._url()}/{wanted}", headers=self._headers()) as response:
                        text = (await response.content.read(len(_COME_BACK))).decode()
                        if response.status < 500 and text != _COME_BACK.decode():  # while Redis is away, nobody is told anything
                            said.add((response.status, text))
                except GONE:
                    pass
            if any(status != 404 for status, _ in said) or len(said) > 1:
                asked.complaints.append(f"a stranger is told {said} at {method}")

    def _url(self) -> str:
        return f"{self._worker()}/answers"

    def _headers(self) -> dict[str, str]:
        return {"X-Owner": self._owner, "X-Heartbeat": HEARTBEAT}
