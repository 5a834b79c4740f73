"""What a chaos run calls a hang: silence beyond what the client's own policy allows, on a clock that knows of slow machines."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AnswerUnknownError, APITimeoutError, DeliveryUnknownError, Message, RetryPolicy, StreamTimeouts
from aizoomdoc_client.config import UploadLimits
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.protocol.recovery import RESTART_DELAY
from aizoomdoc_client.protocol.requests import Request, StreamScope
from aizoomdoc_client.session.attachments import FileUploader
from aizoomdoc_client.session.caller import Caller
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState
from aizoomdoc_client.session.question import Question
from aizoomdoc_client.session.question_sender import QuestionSender
from aizoomdoc_client.session.retrier import Retrier
from aizoomdoc_client.session.stream_connection import StreamConnection
from aizoomdoc_client.session.stream_opener import StreamOpener
from aizoomdoc_client.session.stream_reader import StreamReader
from aizoomdoc_client.transport.base import FrameStream, Response
from aizoomdoc_client.transport.websocket import CLOSE_TIMEOUT
from tests.chaos import fair_clock
from tests.chaos.asking import Asker
from tests.chaos.fair_clock import FairClock
from tests.chaos.judging import ServersTruth, Verdict
from tests.chaos.outcomes import Outcome
from tests.chaos.patience import GRACE, Patience
from tests.chaos.schedules import Blow, Schedule, Sitting, sittings
from tests.model.actual import Login
from tests.model.virtual import VirtualLoop

REQUEST = 60.0
PATIENCE = Patience(request=REQUEST, policy=RetryPolicy(), streams=StreamTimeouts())


@attrs.define
class Time:
    """Time that passes when everybody waits."""

    now: float = 0.0

    def advance(self, until: float) -> None:
        self.now = until


class Slowest:
    """RandomSource that make every wait as long as it can be."""

    def uniform(self, _: float, b: float) -> float:
        return b


class Dead:
    """A server that lets connections be made and says nothing."""

    async def send(self, request: Request[Any], *, timeout: float, **_: Any) -> Response:
        await asyncio.sleep(timeout)
        raise APITimeoutError("The server took too long", deadline="request", request_sent=True)

    async def open(self, _request: Request[Any], **_: Any) -> FrameStream:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # nothing ever comes of it


def client() -> tuple[QuestionSender, StreamReader]:
    """The session as it is, at the dead server: what posts a message, and what reads an answer."""
    dead: Any = Dead()
    login: Any = Login()
    dice: Any = Slowest()
    caller = Caller(dead, login, Retrier(PATIENCE.policy, rng=dice), timeout=REQUEST)
    transports = StreamOpener("websocket", websocket=dead, eventsource=dead)
    record = ChatState("chat", made_here=True)
    turn = ChatSlot(record)
    turn.record.slot, record.last_posted = turn, "message"
    message = Message(id="message", chat_id="chat", role="user", content="?")

    def open_connection(timeouts: StreamTimeouts) -> StreamConnection:
        request = requests.stream("chat", StreamScope())
        retrier = Retrier(PATIENCE.policy, rng=dice)
        return StreamConnection(request, transports=transports, auth=login, retrier=retrier, timeouts=timeouts)

    reader = StreamReader(message, turn, open_connection=open_connection, caller=caller, timeouts=PATIENCE.streams, max_reruns=1)
    question = Question(chat_id="other", content="?", scope=StreamScope())
    other = ChatState("other", made_here=True)
    shelf = FileUploader(caller, UploadLimits())

    def open_reader(*_: Any) -> StreamReader:
        return reader

    return QuestionSender(question, record=other, caller=caller, uploader=shelf, open_reader=open_reader), reader


async def seconds_until(error: type[Exception], *, reading: bool) -> float:
    """How long it takes to give up."""
    asking, reader = client()
    with pytest.raises(error):
        await (reader.read() if reading else asking.post())
    now = asyncio.get_running_loop().time()
    await reader.close()
    return now


def in_no_time(work: Any) -> float:
    """Runs it in time that passes by itself."""
    time: Any = Time()
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(time)) as runner:
        seconds: float = runner.run(work)
        return seconds


def test_the_longest_silence_of_a_reader_is_what_the_policy_adds_up_to() -> None:
    """At a server that is dead but for its kernel: the first event's time-out, then seven looks of three sendings each."""
    apart = CLOSE_TIMEOUT + RESTART_DELAY  # this connection closes at once, and nobody says that the server restarts

    assert PATIENCE._event - apart == pytest.approx(in_no_time(seconds_until(AnswerUnknownError, reading=True)))


def test_the_longest_silence_of_a_sender_is_what_the_policy_adds_up_to() -> None:
    """One sending, since its outcome is open, and five looks of three sendings each; a new chat need not be read first."""
    apart = 2 * PATIENCE._call - REQUEST

    assert PATIENCE._posting - apart == pytest.approx(in_no_time(seconds_until(DeliveryUnknownError, reading=False)))


def test_shorter_waits_make_a_shorter_silence() -> None:
    """In a chaos run a client is given up for hanging after half a minute, not after half an hour."""
    short = Patience(request=1.0, policy=RetryPolicy(), streams=StreamTimeouts(first_event=1.0, idle=0.7), waiting=0.03)

    assert (True, True) == (short.silence < 30, PATIENCE.silence > 60 * 20)


def test_a_clock_that_is_fair_stands_still_with_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the event loop was late by is no time, neither while it is late nor afterwards."""
    now, clock = [100.0], FairClock()
    monkeypatch.setattr(fair_clock, "monotonic", lambda: now[0])
    with asyncio.Runner() as runner:
        watch = runner.run(_begun(clock))
        began = clock.now()
        now[0] += fair_clock.TICK + 30.0
        meanwhile = clock.now()
        runner.run(asyncio.sleep(2 * fair_clock.TICK))
        watch.cancel()

    assert (True, True) == (meanwhile - began <= fair_clock.TICK, clock.now() - began <= fair_clock.TICK)


async def _begun(clock: FairClock) -> asyncio.Task[None]:
    watch = asyncio.create_task(clock._watch())
    await asyncio.sleep(0)
    return watch


class Mute(Asker):
    """Asks and hears nothing."""

    async def _read(self, outcome: Outcome) -> None:
        await asyncio.Event().wait()


async def test_a_client_that_hangs_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    """Silence beyond the bound is a fault, and the stacks of all show where it hangs."""
    dealer: Any = None
    asker = Mute(dealer, some_sitting(), FairClock(), 0.05)
    outcome = Outcome(asker.sitting, asker.sitting.schedules[0], heard=asker.clock.now())
    await asker._ended(outcome)

    assert (["silent for 0.1 s"], True) == (outcome.faults, "test_patience.py" in capfd.readouterr().err)


def some_sitting(*blows: Blow, total: float | None = None) -> Sitting:
    sitting = next(sittings("any", 1))
    return attrs.evolve(sitting, storminess=0.0, total=total, schedules=(Schedule(0, own_chat=True, blows=blows),))


def judged(*outcomes: Outcome) -> Verdict:
    return Verdict().judge(outcomes, ServersTruth({}, {}, {}, {}))


@pytest.mark.parametrize(("late", "faults"), [(GRACE - 0.01, 0), (GRACE + 0.01, 1)])
def test_an_end_after_the_deadline_is_found(late: float, faults: int) -> None:
    """Whoever gave a deadline hears of it within half a second (I12)."""
    outcome = Outcome(sitting := some_sitting(total=3.0), sitting.schedules[0], opened=10.0)
    outcome.over(13.0 + late)

    assert faults == len(judged(outcome).faults)


def unknown(chat: str = "chat", **noted: Any) -> Outcome:
    outcome = Outcome(sitting := some_sitting(), sitting.schedules[0], chat, **noted)
    outcome.failed(AnswerUnknownError("Nobody knows"))
    return outcome


def test_doubt_without_reason_is_found() -> None:
    """An answer may be said to be unknown only where the history was out of reach, or an older question's run may go on."""
    blind = APITimeoutError("slow", deadline="request")
    interrupted = unknown("other", blindness=type(blind), outages=1)

    assert 1 == len(judged(unknown()).faults)
    assert 1 == len(judged(unknown(blindness=DeliveryUnknownError)).faults)
    assert [] == judged(unknown(blindness=DeliveryUnknownError, outages=1)).faults
    assert [] == judged(interrupted, unknown("other")).faults
    assert 1 == len(judged(interrupted, unknown("another")).faults)
