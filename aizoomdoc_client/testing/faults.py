"""What goes wrong at servers, by name: faults of an answer's stream, and of a single request.

    server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5))
    server.respond("GET", "/me", *at_request(3, expired_token()))
    server.respond("POST", "/chats", rate_limited(2), Normally())

Faults of the network between client and server are the business of `proxy`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import attrs

from .answers import Answer
from .responses import Normally, Reaction, Reply, detail, html_page
from .server import ScriptedServer
from .steps import AfterDrop, Close, Drop, HalfNext, Stage, Stall, Step


def drop_at(answer: Answer, frame: int, *, half: bool = False, reset: bool = False, then: AfterDrop | None = None) -> Answer:
    """`answer` whose connection is cut when `frame` events have been sent, or with `half` in the middle of the next one.

    A `reset` may destroy what the client has not read yet. `then` is as in `Drop`.
    """
    middle: tuple[Step, ...] = (HalfNext(),) if half else ()
    return answer.interrupted(frame, *middle, Drop(reset=reset, then=then))


def close_at(answer: Answer, frame: int, code: int | None = 1000, *, then: AfterDrop | None = None) -> Answer:
    """`answer` that ends in good order, but too early, when `frame` events have been sent."""
    return answer.interrupted(frame, Close(code, then=then))


def stall_at(answer: Answer, frame: int) -> Answer:
    """`answer` that says nothing more, on an open connection, when `frame` events have been sent."""
    return answer.interrupted(frame, Stall())


def restart_at(answer: Answer, frame: int, server: ScriptedServer) -> Answer:
    """`answer` in whose middle, when `frame` events have been sent, the whole server restarts; its runs end with it."""
    return answer.interrupted(frame, Restart(server))


@attrs.frozen
class Restart:
    """Restarts the server, and with that ends the run that this is a step of."""

    server: ScriptedServer

    async def play(self, stage: Stage) -> None:
        """Has the server restarted by a task that outlives the run, and waits for the run's end."""
        _ = stage
        restarting = asyncio.create_task(self.server.restart())
        _RESTARTING.add(restarting)
        restarting.add_done_callback(_RESTARTING.discard)
        await asyncio.Event().wait()


_RESTARTING: set[asyncio.Task[None]] = set()


def at_request(number: int, *reactions: Reaction) -> tuple[Reaction, ...]:
    """Reactions for `respond` that begin with the matching request of that `number`, from 1; those before get the usual one."""
    return (*(Normally() for _ in range(number - 1)), *reactions)


def expired_token() -> Reply:
    """401, as to an access token that has ended."""
    return detail(401, "Token has expired")


def rate_limited(retry_after: float | str | None = 1) -> Reply:
    """429; `retry_after` in seconds, or an HTTP date, or None for none."""
    return detail(429, "Too Many Requests", _retry_after(retry_after))


def unavailable(retry_after: float | str | None = None) -> Reply:
    """A proxy's 503 page, as while the server behind it restarts."""
    return html_page(503, _retry_after(retry_after))


def _retry_after(value: float | str | None) -> Mapping[str, str]:
    return {} if value is None else {"Retry-After": value if isinstance(value, str) else f"{value:g}"}
