"""The invariants of every simulation: functions that return a description of the violation, or None.

The numbers are those of docs/reliability.md. I9 (nothing is left open) is checked here only for streams; I10 and I11 are about
processes and have tests of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, ErrorEvent, LLMFinal, LLMToken

from .model_server import ModelServer, Run
from .question_record import QuestionRecord
from .schedule import Opening, Post, Schedule

WORTH_WAITING = 15.0
"""Seconds after a drop within which a stored answer must be found instead of running the model again."""


@attrs.frozen
class Simulation:
    """A finished simulation: its schedule, the server's final state, and the records of the questions."""

    schedule: Schedule
    server: ModelServer
    records: Sequence[QuestionRecord]


def i1_the_result_is_a_runs_text(simulation: Simulation, record: QuestionRecord) -> str | None:
    """The result is the final text of a run of our message."""
    if record.outcomes != ["answer"] or record.message is None:
        return None
    texts = {run.script.final for run in simulation.server.runs if run.question is record.message and run.script.stores}
    return None if record.state.text in texts else f"{record.state.text!r} is none of {sorted(texts)}"


def i2_the_folded_events_are_the_text(_: Simulation, record: QuestionRecord) -> str | None:
    """Folding the events gives the draft at every moment, and in the end the final text."""
    draft = _folded(record.events)
    if record.mismatch is not None or draft != record.state.text:
        return f"the events, folded, are not the draft: {record.mismatch}"
    final = record.state.final
    return f"{draft!r} is not {final.content!r}" if final is not None and final.content != draft else None


def i3_nothing_is_taken_back_without_cause(_: Simulation, record: QuestionRecord) -> str | None:
    """While all texts received are prefixes of one text, each delta is delivered once, in order, and nothing is taken back."""
    restarts = [event for event in record.events if isinstance(event, AnswerRestarted)]
    if not restarts:
        pieces = "".join(event.token for event in record.events if isinstance(event, LLMToken))
        return None if pieces == record.state.text else "no answer_restarted, but the joined deltas are not the text"
    texts = list[str]()
    for stream in record.streams:
        said = [text for text in stream.run.script.texts[: stream.sent] if text is not None]
        if any(len(text) < len(before) for before, text in itertools.pairwise(said)):
            return None
        texts += said
    longest = max(texts, key=len, default="") if record.state.final is None else record.state.final.content
    return f"taken back without cause: {restarts}" if all(longest.startswith(text) for text in texts) else None


def i4_the_message_is_sent_once(simulation: Simulation, record: QuestionRecord) -> str | None:
    """No post follows one whose outcome is unknown, and at most one message of a question is stored."""
    stored = [message.id for asker, message in simulation.server.posted if asker == record.number]
    if record.asked_by is not None and (stored or record.posts):
        return "posted by an answer that was taken up"
    if len(stored) > 1:
        return f"stored {len(stored)} times: {stored}"
    unknown_outcomes = [index for index, post in enumerate(record.posts) if _may_be_stored(post)]
    return (
        "posted again after a post whose outcome was unknown"
        if unknown_outcomes and unknown_outcomes[0] < len(record.posts) - 1
        else None
    )


def i5_no_older_message_is_ours(simulation: Simulation, record: QuestionRecord) -> str | None:
    """The message that the client takes for its own was stored by this question, after it was posted."""
    if record.message is None:
        return None
    if any(message is record.message for message in simulation.server.messages[: record.before]):
        return f"{record.message.id} was there before"
    author = simulation.server.authors.get(record.message.id)  # None: the chat had it before
    asker = record.number if record.asked_by is None else record.asked_by
    return None if author == asker else f"{record.message.id} is somebody else's"


def i6_the_model_runs_no_more_than_it_may(simulation: Simulation, record: QuestionRecord) -> str | None:
    """There are at most 1 + `max_reruns` runs, each but the first after the history showed our message without an answer.

    An answer that is taken up begins with a look into the history, and is made by no run where that is forbidden.
    """
    runs = simulation.server.runs_started_by(record.number)
    if runs > 1 + simulation.schedule.max_reruns:
        return f"{runs} runs"
    if record.asked_by is not None and record.ask.resumed == "without a run" and runs:
        return "the model ran although that was forbidden"
    started = record.runs_started if record.asked_by is None else [0, *record.runs_started]
    for before, after in itertools.pairwise(started):
        if not any(record.message in history.messages for history in record.looks[before:after]):
            return "the model ran again without a read of the history before"
    return None


def i7_there_is_one_end(_: Simulation, record: QuestionRecord) -> str | None:
    """There is exactly one outcome: the final text, the server's error, an exception, or the consumer left."""
    if len(record.outcomes) != 1:
        return f"outcomes: {record.outcomes}"
    finals = sum(isinstance(event, LLMFinal) for event in record.events)
    if record.outcomes == ["answer"] and (finals != 1 or record.error is not None):
        return f"success with {finals} final texts"
    return "events after the server's error" if any(isinstance(event, ErrorEvent) for event in record.events[:-1]) else None


def i8_the_answer_is_to_our_message(simulation: Simulation, record: QuestionRecord) -> str | None:
    """The run whose final text was delivered, or whose stored answer was adopted, answered our message.

    Also after questions that were given up in the middle of an exchange, and by whatever spelling of the chat's id we asked.
    """
    run = _source(simulation, record) if record.outcomes == ["answer"] else None
    if run is None or run.question is record.message:
        return None
    return f"the answer is to {run.question.id}, ours is {record.message.id if record.message else 'unknown'}"


def i9_no_stream_stays_open(simulation: Simulation, record: QuestionRecord) -> str | None:
    """At most one stream is open at a time, and none at the end."""
    if any(stream.overlaps for stream in record.streams):
        return "a stream was opened while another was open"
    return "a stream is still open" if simulation.server.live is not None else None


def i12_it_ends_in_time(_: Simulation, record: QuestionRecord) -> str | None:
    """No exchange begins after the deadline of the whole answer."""
    if record.end is None or record.latest <= record.end + 0.5:
        return None
    return f"went on for {record.latest - record.end:.1f} s after its deadline"


def i13_an_incomplete_event_is_ignored(_: Simulation, record: QuestionRecord) -> str | None:
    """The parser returns exactly the events that were sent completely."""
    halves = [stream for stream in record.streams if stream.received != stream.whole]
    return "half an event was read" if halves else None


def i14_an_available_answer_is_delivered(simulation: Simulation, record: QuestionRecord) -> str | None:
    """Without other clients and with a readable history, a dropped answer is found in the history or generated again."""
    if not _is_harmless(simulation, record):
        return None
    if record.outcomes != ["answer"]:
        return f"gave up although the answer was available: {record.error!r}"
    first = simulation.server.runs[0]
    was_waited_for = first.left_at is None or first.stored_at is None or first.stored_at > first.left_at + WORTH_WAITING
    return None if was_waited_for or len(record.runs_started) == 1 else "ran the model again although the answer was stored soon"


def _is_harmless(simulation: Simulation, record: QuestionRecord) -> bool:
    """Whether at most one drop occurs between the question and its answer."""
    schedule, ask = simulation.schedule, record.ask
    quiet = not schedule.others and not schedule.past and schedule.made_here and schedule.max_reruns and schedule.total is None
    only = record.number == 0 and record.asked_by is None and ask.leaves_after is None and not ask.reads
    posts = all(post.outcome in {"ok", "refused", "stored", "garbled", "500 stored"} for post in ask.posts)
    first, *others = ask.openings or (Opening(),)
    dropped = not first.failure and first.breaks not in {"garbage", "1008", "4403", "4401", "1009"} and first.ending != "error"
    good = all(
        not plan.failure and not plan.breaks and not plan.handshake and plan.ending in {"completed", "no_completed"}
        for plan in others
    )
    return bool(quiet and only and posts and dropped and good)


INVARIANTS: Mapping[str, Callable[[Simulation, QuestionRecord], str | None]] = {
    name.partition("_")[0].upper(): check for name, check in list(globals().items()) if name[:1] == "i" and name[1:2].isdigit()
}


def broken(simulation: Simulation) -> list[str]:
    """The violations, one line each, with the invariant and the question."""
    return [
        f"{name} (question {record.number}): {complaint}"
        for record in simulation.records
        for name, check in INVARIANTS.items()
        if (complaint := check(simulation, record)) is not None
    ]


def _folded(events: Sequence[AnswerEvent]) -> str:
    text = ""
    for event in events:
        if isinstance(event, LLMToken):
            text += event.token
        elif isinstance(event, AnswerRestarted):
            text = text[: event.keep]
    return text


def _may_be_stored(post: Post) -> bool:
    return post.outcome in {"ok", "lost", "stored", "garbled", "slow", "500", "500 stored", "502"}


def _source(simulation: Simulation, record: QuestionRecord) -> Run | None:
    """The run whose text was delivered."""
    final = record.state.final
    if final is None:
        return None
    adopted = final.data.get("message_id")
    return simulation.server.stored_by.get(adopted) if adopted is not None else record.streams[-1].run
