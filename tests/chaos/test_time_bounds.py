"""What a chaos run reports as a hang: inactivity beyond what the client's own policy allows, event loop lag excluded."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import attrs
import pytest

from aizoomdoc_client import AnswerUnknownError, APITimeoutError, DeliveryUnknownError, Message, RetryPolicy, StreamTimeouts
from aizoomdoc_client.config import UploadLimits
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.protocol.recovery import RESTART_DELAY
from aizoomdoc_client.protocol.requests import Request, StreamScope
from aizoomdoc_client.protocol.transport_choice import TransportChoice
from aizoomdoc_client.session.attachments import FileUploader
from aizoomdoc_client.session.caller import Caller
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.question import Question
from aizoomdoc_client.session.question_resumer import AskedBefore, QuestionResumer
from aizoomdoc_client.session.question_sender import QuestionSender
from aizoomdoc_client.session.retrier import Retrier
from aizoomdoc_client.session.stream_connection import StreamConnection
from aizoomdoc_client.session.stream_opener import StreamOpener
from aizoomdoc_client.session.stream_reader import StreamReader
from aizoomdoc_client.transport.base import FrameStream, Response
from tests.chaos import lag_free_clock
from tests.chaos.asking import Asker
from tests.chaos.lag_free_clock import LagFreeClock
from tests.chaos.outcomes import Outcome
from tests.chaos.schedules import Injection, Scenario, Schedule, scenarios
from tests.chaos.time_bounds import GRACE, TimeBounds
from tests.chaos.verification import ServerRecords, Verification
from tests.model.real_session import Login
from tests.model.virtual_loop import VirtualLoop

REQUEST = 60.0
BOUNDS = TimeBounds(request=REQUEST, policy=RetryPolicy(), streams=StreamTimeouts())


@attrs.define
class VirtualClock:
    """A clock that the virtual loop advances."""

    now: float = 0.0

    def advance(self, until: float) -> None:
        self.now = until


class MaximumWaits:
    """RandomSource that makes every wait as long as possible."""

    def uniform(self, _: float, b: float) -> float:
        return b


class UnresponsiveServer:
    """A server that accepts connections and sends nothing."""

    async def send(self, request: Request[Any], *, timeout: float, **_: Any) -> Response:
        await asyncio.sleep(timeout)
        raise APITimeoutError("The server took too long", deadline="request", request_sent=True)

    async def open(self, _request: Request[Any], **_: Any) -> FrameStream:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never resolved


def client() -> tuple[QuestionSender, QuestionResumer, StreamReader]:
    """The real session at an unresponsive server: one object posts a message, one takes an answer up, one reads an answer."""
    server: Any = UnresponsiveServer()
    login: Any = Login()
    rng: Any = MaximumWaits()
    caller = Caller(server, login, Retrier(BOUNDS.policy, rng=rng), timeout=REQUEST)
    transports = StreamOpener(TransportChoice("websocket"), websocket=server, eventsource=server)
    state = ChatState("chat", made_here=True)
    slot = ChatSlot(state)
    slot.chat.slot, state.last_posted = slot, "message"
    message = Message(id="message", chat_id="chat", role="user", content="?")

    def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
        request = requests.stream("chat", StreamScope())
        retrier = Retrier(BOUNDS.policy, rng=rng)
        return StreamConnection(request, opener=transports, auth=login, retrier=retrier, timeouts=timeouts)

    reader = StreamReader(message, slot, open_connection=open_connection, caller=caller, timeouts=BOUNDS.streams, max_reruns=1)
    question = Question(chat_id="other", content="?", scope=StreamScope())
    other = ChatState("other", made_here=True)
    uploader = FileUploader(caller, UploadLimits())

    def open_reader(*_: Any) -> StreamReader:
        return reader

    asking: dict[str, Any] = {"chat": other, "caller": caller, "uploader": uploader, "open_reader": open_reader}
    resumer = QuestionResumer(question, asked=AskedBefore("other", message_id="message"), **asking)
    return QuestionSender(question, **asking), resumer, reader


async def seconds_until(error: type[Exception], what: Literal["sending", "taking up", "reading"]) -> float:
    """Seconds until it gives up with `error`."""
    sender, resumer, reader = client()
    with pytest.raises(error):
        await {"sending": sender.post, "taking up": resumer.post, "reading": reader.read}[what]()
    now = asyncio.get_running_loop().time()
    await reader.close()
    return now


def in_virtual_time(work: Any) -> float:
    """Runs it on a loop with virtual time."""
    time: Any = VirtualClock()
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(time)) as runner:
        seconds: float = runner.run(work)
        return seconds


def test_the_longest_silence_of_a_reader_is_what_the_policy_adds_up_to() -> None:
    """At a server that accepts and never answers: the first event's time-out, then seven reads of three attempts each."""
    excluded = RESTART_DELAY  # no close code announces a restart

    assert BOUNDS._event - excluded == pytest.approx(in_virtual_time(seconds_until(AnswerUnknownError, "reading")))


def test_the_longest_silence_of_a_sender_is_what_the_policy_adds_up_to() -> None:
    """One attempt, since its outcome is unknown, and five reads of three attempts each; a new chat is not read first."""
    excluded = 2 * BOUNDS._call - REQUEST

    assert BOUNDS._posting - excluded == pytest.approx(in_virtual_time(seconds_until(DeliveryUnknownError, "sending")))


def test_the_longest_silence_before_an_answer_is_taken_up_is_what_the_policy_adds_up_to() -> None:
    """Seven reads of three attempts each, as after a drop."""
    assert BOUNDS._searching == pytest.approx(in_virtual_time(seconds_until(APITimeoutError, "taking up")))


def test_shorter_waits_make_a_shorter_silence() -> None:
    """In a chaos run a hang is reported after half a minute, not after half an hour."""
    short = TimeBounds(request=1.0, policy=RetryPolicy(), streams=StreamTimeouts(first_event=1.0, idle=0.7), waiting=0.03)

    assert (True, True) == (short.silence < 30, BOUNDS.silence > 60 * 20)


def test_event_loop_lag_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock excludes the lag both while the loop is late and afterwards."""
    now, clock = [100.0], LagFreeClock()
    monkeypatch.setattr(lag_free_clock, "monotonic", lambda: now[0])
    with asyncio.Runner() as runner:
        task = runner.run(_measuring(clock))
        began = clock.now()
        now[0] += lag_free_clock.TICK + 30.0
        meanwhile = clock.now()
        runner.run(asyncio.sleep(2 * lag_free_clock.TICK))
        task.cancel()

    assert (True, True) == (meanwhile - began <= lag_free_clock.TICK, clock.now() - began <= lag_free_clock.TICK)


async def _measuring(clock: LagFreeClock) -> asyncio.Task[None]:
    task = asyncio.create_task(clock._measure())
    await asyncio.sleep(0)
    return task


class SilentAsker(Asker):
    """Waits for an answer that never comes."""

    async def _read(self, outcome: Outcome) -> None:
        await asyncio.Event().wait()


async def test_a_client_that_hangs_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    """Inactivity beyond the bound is a fault, and the dumped stacks show where it hangs."""
    injector: Any = None
    asker = SilentAsker(injector, some_scenario(), LagFreeClock(), 0.05)
    outcome = Outcome(asker.scenario, asker.scenario.schedules[0], last_activity=asker.clock.now())
    await asker._ended(outcome)

    assert (["silent for 0.1 s"], True) == (outcome.faults, "test_time_bounds.py" in capfd.readouterr().err)


def some_scenario(*injections: Injection, total: float | None = None) -> Scenario:
    scenario = next(scenarios("any", 1))
    return attrs.evolve(scenario, fault_share=0.0, total=total, schedules=(Schedule(0, own_chat=True, injections=injections),))


def verified(*outcomes: Outcome) -> Verification:
    return Verification().verify(outcomes, ServerRecords({}, {}, {}, {}))


@pytest.mark.parametrize(("late", "faults"), [(GRACE - 0.01, 0), (GRACE + 0.01, 1)])
def test_an_end_after_the_deadline_is_found(late: float, faults: int) -> None:
    """The error must come within half a second after the deadline (I12)."""
    outcome = Outcome(scenario := some_scenario(total=3.0), scenario.schedules[0], opened=10.0)
    outcome.finish(13.0 + late)

    assert faults == len(verified(outcome).faults)


def unknown(chat: str = "chat", **noted: Any) -> Outcome:
    outcome = Outcome(scenario := some_scenario(), scenario.schedules[0], chat, **noted)
    outcome.failed(AnswerUnknownError("The history could not be read"))
    return outcome


def test_an_unknown_answer_without_reason_is_found() -> None:
    """`AnswerUnknownError` is allowed only if the history was unreadable, or an older question's run may be going on."""
    error = APITimeoutError("slow", deadline="request")
    interrupted = unknown("other", history_error=type(error), outages=1)

    assert 1 == len(verified(unknown()).faults)
    assert 1 == len(verified(unknown(history_error=DeliveryUnknownError)).faults)
    assert [] == verified(unknown(history_error=DeliveryUnknownError, outages=1)).faults
    assert [] == verified(interrupted, unknown("other")).faults
    assert 1 == len(verified(interrupted, unknown("another")).faults)
