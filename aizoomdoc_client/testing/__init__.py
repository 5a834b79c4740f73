"""A scripted server and a fault proxy for tests, this package's and its users': real sockets, and a script of what goes wrong.

Contract: the server's side of the wire. Nothing here imports the client, only layer 0 and libraries, so that no test checks the
client against the client's own code. Two modules see more: `client_waiting` sees the client's hook for waiting, and `plugin`, the
only one that imports pytest, the local server. The scripted server needs PyJWT, which the extra ``testing`` installs.

    async with ScriptedServer() as server:
        server.script_answer(complex_answer("Высота этажа 3,3 м").interrupted(5, Drop()))
        server.respond("GET", "/me", Reply(401, {"detail": "Token has expired"}))
        client = AsyncAIZoomDocClient(server.url, server.static_token)

`answer_presets` has answers and the faults of their streams, `reactions` what happens to single requests, `proxy` the faults of a
network; `no_waiting` leaves out the pauses of clients. Synchronous tests use `running_server`, tests with pytest the fixtures
of `aizoomdoc_client.testing.plugin`, other languages ``python -m aizoomdoc_client.testing``.
"""

from __future__ import annotations

from .answer_presets import (
    Restart,
    close_at,
    compare_answer,
    complex_answer,
    cut_off,
    default_answer,
    diverging_answer,
    drop_at,
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
    restart_at,
    simple_answer,
    stall_at,
    thinking,
    without_completed,
)
from .behavior import ServerBehavior, WebSocketBehavior, WireFormat
from .client_waiting import no_waiting, shorter_waiting
from .model_run import Answer, ModelRun, Question
from .proxy import FaultProxy, running_proxy
from .reactions import (
    CloseSilently,
    Hang,
    Held,
    Normally,
    RawReply,
    Reply,
    Reset,
    Slow,
    at_request,
    detail,
    expired_token,
    html_page,
    internal_error,
    rate_limited,
    unavailable,
    validation_error,
)
from .request_rules import Moment, Reaction, RecordedRequest, Rule
from .server import ScriptedServer
from .server_state import Post
from .server_thread import ScriptedServerThread, running_server
from .steps import Close, Deltas, Drop, Emit, Half, HalfNext, Pause, Raw, RawSocket, Signal, Stall, Step, Store, Wait
from .sync_point import SyncPoint

__all__ = [
    "Answer",
    "Close",
    "CloseSilently",
    "Deltas",
    "Drop",
    "Emit",
    "FaultProxy",
    "Half",
    "HalfNext",
    "Hang",
    "Held",
    "ModelRun",
    "Moment",
    "Normally",
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
    "ServerBehavior",
    "Signal",
    "Slow",
    "Stall",
    "Step",
    "Store",
    "SyncPoint",
    "Wait",
    "WebSocketBehavior",
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
