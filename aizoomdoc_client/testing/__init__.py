"""A server for tests, this package's and its users': real sockets, real servers' habits, and a script.

RULE: the other side of the wire. Nothing here imports the client: only layer 0 and aiohttp, so that a test never holds the
client's ideas against themselves. Two modules see more: `waits` the client's switch for waiting, `plugin`, which alone imports
pytest, the local server.

    async with ScriptedServer() as server:
        server.script_answer(complex_answer("Высота этажа 3,3 м").interrupted(5, Drop()))
        server.respond("GET", "/me", Reply(401, {"detail": "Token has expired"}))
        client = AsyncAIZoomDocClient(server.url, server.static_token)

What goes wrong at a server has names in `faults`, what goes wrong on the line in `proxy`; `no_waiting` spares tests the client's
pauses. Synchronous tests take `running_server`, pytest's users the fixtures of `aizoomdoc_client.testing.plugin`, other languages
``python -m aizoomdoc_client.testing``.
"""

from __future__ import annotations

from .answers import Answer, Question
from .backend import Post
from .faults import (
    Restart,
    at_request,
    close_at,
    drop_at,
    expired_token,
    rate_limited,
    restart_at,
    stall_at,
    unavailable,
)
from .gates import Gate
from .guise import Guise, WebSocketHabit
from .proxy import FaultProxy, running_proxy
from .recording import RecordedRequest
from .responses import (
    CloseSilently,
    Hang,
    Held,
    Moment,
    Normally,
    RawReply,
    Reaction,
    Reply,
    Reset,
    Slow,
    detail,
    html_page,
    internal_error,
    validation_error,
)
from .rules import Rule
from .runs import ModelRun
from .server import ScriptedServer
from .steps import Close, Deltas, Drop, Emit, Half, HalfNext, Open, Pause, Raw, RawSocket, Stall, Step, Store, Wait
from .thread import ScriptedServerThread, running_server
from .usual import (
    compare_answer,
    complex_answer,
    cut_off,
    default_answer,
    diverging_answer,
    error_answer,
    escape_cut_answer,
    final,
    followup_answer,
    newer_server_answer,
    phase,
    pieces_of,
    progress,
    queue_full,
    queue_timeout,
    queued_answer,
    simple_answer,
    thinking,
    without_completed,
)
from .waits import no_waiting, shorter_waiting
from .wireformat import WireFormat

__all__ = [
    "Answer",
    "Close",
    "CloseSilently",
    "Deltas",
    "Drop",
    "Emit",
    "FaultProxy",
    "Gate",
    "Guise",
    "Half",
    "HalfNext",
    "Hang",
    "Held",
    "ModelRun",
    "Moment",
    "Normally",
    "Open",
    "Pause",
    "Post",
    "Question",
    "Raw",
    "RawReply",
    "RawSocket",
    "Reaction",
    "RecordedRequest",
    "Reply",
    "Reset",
    "Restart",
    "Rule",
    "ScriptedServer",
    "ScriptedServerThread",
    "Slow",
    "Stall",
    "Step",
    "Store",
    "Wait",
    "WebSocketHabit",
    "WireFormat",
    "at_request",
    "close_at",
    "compare_answer",
    "complex_answer",
    "cut_off",
    "default_answer",
    "detail",
    "diverging_answer",
    "drop_at",
    "error_answer",
    "escape_cut_answer",
    "expired_token",
    "final",
    "followup_answer",
    "html_page",
    "internal_error",
    "newer_server_answer",
    "no_waiting",
    "phase",
    "pieces_of",
    "progress",
    "queue_full",
    "queue_timeout",
    "queued_answer",
    "rate_limited",
    "restart_at",
    "running_proxy",
    "running_server",
    "shorter_waiting",
    "simple_answer",
    "stall_at",
    "thinking",
    "unavailable",
    "validation_error",
    "without_completed",
]
