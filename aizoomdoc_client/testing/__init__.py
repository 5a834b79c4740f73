"""A server for tests, this package's and its users': real sockets, real servers' habits, and a script.

RULE: the other side of the wire. Nothing here imports the client: only layer 0 and aiohttp, so that a test never holds the
client's ideas against themselves. pytest is imported by `plugin` alone.

    async with ScriptedServer() as server:
        server.script_answer(complex_answer("Высота этажа 3,3 м").interrupted(5, Drop()))
        server.respond("GET", "/me", Reply(401, {"detail": "Token has expired"}))
        client = AsyncAIZoomDocClient(server.url, server.static_token)

Synchronous tests take `running_server`, pytest's users the fixtures of `aizoomdoc_client.testing.plugin`, other languages
``python -m aizoomdoc_client.testing``.
"""

from __future__ import annotations

from .answers import Answer, Question
from .backend import Post
from .gates import Gate
from .guise import Guise, WebSocketHabit
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
from .steps import Close, Deltas, Drop, Emit, Half, Open, Pause, Raw, RawSocket, Stall, Step, Store, Wait
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
from .wireformat import WireFormat

__all__ = [
    "Answer",
    "Close",
    "CloseSilently",
    "Deltas",
    "Drop",
    "Emit",
    "Gate",
    "Guise",
    "Half",
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
    "compare_answer",
    "complex_answer",
    "cut_off",
    "default_answer",
    "detail",
    "diverging_answer",
    "error_answer",
    "escape_cut_answer",
    "final",
    "followup_answer",
    "html_page",
    "internal_error",
    "newer_server_answer",
    "phase",
    "pieces_of",
    "progress",
    "queue_full",
    "queue_timeout",
    "queued_answer",
    "running_server",
    "simple_answer",
    "thinking",
    "validation_error",
    "without_completed",
]
