"""What hooks are told of answers that go on in another worker, and their traces, through a real Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from aizoomdoc_client import AnswerEnded, AnswerTakenUp
from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.testing import Deltas, Stall, Store
from tests.hooks.recorder import Recorder, failing
from tests.relay.desks import OWNER, TEXT, all_of, die, text_of, until_text, workers_of
from tests.relay.redis_servers import RedisServer, needs_redis, redis_server
from tests.telemetry.exporters import Telemetry, context_of, is_child

pytestmark = needs_redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


NO_SPAN: Any = nullcontext()


async def text_of_two_workers(server: RedisServer, *hooks: Any, asking: Any = NO_SPAN, looking: Any = NO_SPAN) -> tuple[str, str]:
    """The stream's id, and the text that a viewer sees of an answer with which the second worker goes on as the first one dies.

    Each worker has its own of the two `hooks`; who asks and who looks does so within a span.
    """
    each = [{"backplane": RedisBackplane(server.url, lease_seconds=0.3), "hooks": one} for one in hooks]
    async with workers_of(*each) as (first, second):
        with asking:
            stream = await first.ask([Deltas(["Высота "]), Store(TEXT), Stall()])
        with looking:
            viewer = second.look(stream)
            begun = await until_text(viewer)
            die(first, stream)
            return stream, text_of(begun + await all_of(viewer))


async def test_an_answer_that_is_taken_up_stays_in_the_trace_of_who_asked(server: RedisServer) -> None:
    """Though a viewer's request made the other worker look for it: that has a trace of its own."""
    asking, going_on = Telemetry.new(), Telemetry.new()
    _, text = await text_of_two_workers(
        server,
        asking.hooks,
        going_on.hooks,
        asking=asking.tracer.start_as_current_span("POST /answers"),
        looking=going_on.tracer.start_as_current_span("GET /events"),
    )

    asked, taken_up, looking = asking.one("POST /answers"), going_on.one("chat"), going_on.one("GET /events")
    assert TEXT == text
    assert (True, False) == (is_child(taken_up, asked), is_child(taken_up, looking))
    assert context_of(asked)[0] == context_of(taken_up)[0] != context_of(looking)[0]


async def test_an_answer_asked_for_without_a_trace_has_one_of_its_own(server: RedisServer) -> None:
    """Not that of the viewer who happened to look first."""
    going_on = Telemetry.new()
    looking = going_on.tracer.start_as_current_span("GET /events")
    _, text = await text_of_two_workers(server, None, going_on.hooks, looking=looking)

    assert (TEXT, None) == (text, going_on.one("chat").parent)


class Remembering(Recorder):
    """Gives what can be kept, and what no header can be."""

    def context_headers(self) -> Mapping[str, str]:
        bad: dict[Any, Any] = {"X-Bad": "a\r\nb", "X-None": None}
        return {"traceparent": "00-1", **bad}


async def test_hooks_are_told_what_those_of_the_other_worker_gave(server: RedisServer) -> None:
    """Whose answer it is and which; hooks that raise, there or here, break nothing."""
    hooks = Recorder()
    stream, text = await text_of_two_workers(server, [failing(), Remembering()], [failing(), hooks])

    taken_up = hooks.one(AnswerTakenUp)
    assert TEXT == text
    assert (stream, OWNER, {"traceparent": "00-1"}) == (taken_up.stream_id, taken_up.owner, taken_up.context)
    assert taken_up.chat_id == hooks.one(AnswerEnded).answer.chat_id
