"""Pings are sent at intervals, and the connection is closed only if none was answered for `PONG_TIMEOUT`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.uri import parse_uri

from aizoomdoc_client.transport import keep_alive
from aizoomdoc_client.transport.frame_queue import FrameQueue
from aizoomdoc_client.transport.keep_alive import PING_INTERVAL, PONG_TIMEOUT, KeepAlive
from aizoomdoc_client.transport.websockets_client import WebSocketsConnection


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """An event loop whose time is advanced by the test."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None], Timer]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Any:
        timer = Timer()
        self.due.append((self.now + seconds, call, timer))
        return timer

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while ready := sorted((item for item in self.due if item[0] <= end), key=lambda item: item[0]):
            self.due.remove(ready[0])
            self.now = ready[0][0]
            if not ready[0][2].cancelled:
                ready[0][1]()
        self.now = end


def _nothing() -> None:
    pass


@attrs.define
class Peer:
    """A connection whose peer answers pings or not."""

    loop: Loop
    answers: bool = True
    frames: FrameQueue = attrs.field(factory=lambda: FrameQueue(0, pause=_nothing, resume=_nothing))
    pings: int = 0
    aborted_at: float | None = None
    keep_alive: KeepAlive | None = None

    def send_ping(self) -> None:
        self.pings += 1
        if self.answers and self.keep_alive is not None:
            self.keep_alive.pong()

    def abort(self) -> None:
        self.aborted_at = self.loop.now


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    loop = Loop()
    monkeypatch.setattr(keep_alive.asyncio, "get_running_loop", lambda: loop)
    peer = Peer(loop)
    peer.keep_alive = KeepAlive(peer)
    return peer


def test_answered_pings_are_sent_at_intervals(peer: Peer) -> None:
    """An hour without frames, but with pongs, does not close the connection."""
    peer.loop.pass_time(3600)
    assert (3600 // PING_INTERVAL, None) == (peer.pings, peer.aborted_at)


def test_a_connection_without_pongs_is_aborted(peer: Peer) -> None:
    """The connection is aborted when `PONG_TIMEOUT` has passed without a pong, and not before."""
    peer.answers = False
    peer.loop.pass_time(PONG_TIMEOUT)
    assert peer.aborted_at is None
    peer.loop.pass_time(3 * PING_INTERVAL)
    assert peer.aborted_at is not None


def test_a_late_pong_resets_the_timeout(peer: Peer) -> None:
    """After a pong the whole timeout begins again."""
    peer.answers = False
    peer.loop.pass_time(PONG_TIMEOUT - PING_INTERVAL)
    peer.answers = True
    peer.loop.pass_time(PONG_TIMEOUT)
    assert peer.aborted_at is None


def test_a_paused_connection_is_not_aborted(peer: Peer) -> None:
    """While reading is paused for a slow consumer no pong can be received, so the timeout does not run."""
    peer.answers = False
    peer.frames.waiting.append(b"more than there is room for")
    peer.frames.on_read()
    peer.loop.pass_time(10 * PONG_TIMEOUT)
    assert (0, None) == (peer.pings, peer.aborted_at)


async def test_a_pause_is_no_missed_pong(peer: Peer) -> None:
    """After a long pause, which began with an unanswered ping, the whole timeout begins again with the next ping."""
    peer.answers = False
    peer.loop.pass_time(PING_INTERVAL)
    peer.frames.waiting.append(b"more than there is room for")
    peer.frames.on_read()
    peer.loop.pass_time(10 * PONG_TIMEOUT)
    await peer.frames.get()
    assert not peer.frames.is_paused

    peer.loop.pass_time(PONG_TIMEOUT)
    assert peer.aborted_at is None
    peer.loop.pass_time(3 * PING_INTERVAL)
    assert peer.aborted_at is not None


def test_no_timer_is_left_after_the_end(peer: Peer) -> None:
    """After `stop` no ping is sent."""
    assert peer.keep_alive is not None
    peer.keep_alive.stop()
    peer.loop.pass_time(1000)
    assert 0 == peer.pings


async def test_a_closed_connection_is_not_pinged() -> None:
    """A ping that is due after the stream has ended, but before the connection is lost, is not sent and raises nothing."""
    connection = WebSocketsConnection(ClientProtocol(parse_uri("ws://localhost")))
    connection.protocol.receive_eof()
    connection.send_ping()

    assert State.CLOSED is connection.state
