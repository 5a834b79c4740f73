"""What must hold after every game, each a function that says what is wrong, or None.

The numbers are those of docs/reliability.md. I9 (nothing is left open) is held here as far as the pure part goes; I10 and I11 are
about processes, and tested there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, ErrorEvent, LLMFinal, LLMToken

from .schedule import Opening, Post, Schedule
from .told import Told
from .world import Run, World

WORTH_WAITING = 15.0
"""Seconds after a drop within which an answer may be stored and is to be waited for."""


@attrs.frozen
class Game:
    """A game that was played: what was planned, the truth, and what the consumer was told."""

    schedule: Schedule
    world: World
    tolds: Sequence[Told]


def i1_the_result_was_said(game: Game, told: Told) -> str | None:
    """The result is a text that a run of our message told."""
    if told.outcomes != ["answer"] or told.message is None:
        return None
    texts = {run.story.final for run in game.world.runs if run.question is told.message and run.story.stores}
    return None if told.state.text in texts else f"{told.state.text!r} is none of {sorted(texts)}"


def i2_folding_gives_it(_: Game, told: Told) -> str | None:
    """Folding the events gives the draft at every moment, and in the end the final text."""
    draft = _folded(told.events)
    if told.strayed is not None or draft != told.state.text:
        return f"the events, folded, are not the draft: {told.strayed}"
    final = told.state.final
    return f"{draft!r} is not {final.content!r}" if final is not None and final.content != draft else None


def i3_nothing_is_taken_back_without_cause(_: Game, told: Told) -> str | None:
    """While all that was told are beginnings of one text, pieces are given in order, each once, and nothing is taken back."""
    restarts = [event for event in told.events if isinstance(event, AnswerRestarted)]
    if not restarts:
        pieces = "".join(event.token for event in told.events if isinstance(event, LLMToken))
        return None if pieces == told.state.text else "there is no restart, and the pieces are not the text"
    texts = list[str]()
    for stream in told.streams:
        said = [text for text in stream.run.story.texts[: stream.sent] if text is not None]
        if any(len(text) < len(before) for before, text in itertools.pairwise(said)):
            return None
        texts += said
    longest = max(texts, key=len, default="") if told.state.final is None else told.state.final.content
    return f"taken back without cause: {restarts}" if all(longest.startswith(text) for text in texts) else None


def i4_the_message_is_sent_once(game: Game, told: Told) -> str | None:
    """After a sending whose outcome was open no other follows, and at most one message of a question is stored."""
    stored = [message.id for asker, message in game.world.posted if asker == told.number]
    if len(stored) > 1:
        return f"stored {len(stored)} times: {stored}"
    open_fates = [place for place, post in enumerate(told.posts) if _may_be_stored(post)]
    return "sent again after a sending whose outcome was open" if open_fates and open_fates[0] < len(told.posts) - 1 else None


def i5_no_older_message_is_ours(game: Game, told: Told) -> str | None:
    """The message that is taken for ours was stored after it was sent, by us."""
    if told.message is None:
        return None
    if any(message is told.message for message in game.world.messages[: told.before]):
        return f"{told.message.id} was there before"
    author = game.world.authors[told.message.id]
    return None if author == told.number else f"{told.message.id} is somebody else's"


def i6_the_model_runs_no_more_than_it_may(game: Game, told: Told) -> str | None:
    """There are at most 1 + `max_reruns` runs, each but the first after the history showed our message without an answer."""
    if len(told.runs_began) > 1 + game.schedule.max_reruns:
        return f"{len(told.runs_began)} runs"
    for before, after in itertools.pairwise(told.runs_began):
        if not any(told.message in history.messages for history in told.looks[before:after]):
            return "the model ran again, and the history had not been looked into"
    return None


def i7_there_is_one_end(_: Game, told: Told) -> str | None:
    """There is exactly one outcome: the final text, the server's error, an exception, or the consumer left."""
    if len(told.outcomes) != 1:
        return f"outcomes: {told.outcomes}"
    finals = sum(isinstance(event, LLMFinal) for event in told.events)
    if told.outcomes == ["answer"] and (finals != 1 or told.error is not None):
        return f"success with {finals} final texts"
    return "events after the server's error" if any(isinstance(event, ErrorEvent) for event in told.events[:-1]) else None


def i8_it_is_not_anothers_answer(game: Game, told: Told) -> str | None:
    """The run whose final text was given, or whose stored answer was adopted, answered our message."""
    run = _source(game, told) if told.outcomes == ["answer"] else None
    if run is None or run.question is told.message:
        return None
    return f"the answer is to {run.question.id}, ours is {told.message.id if told.message else 'unknown'}"


def i9_no_stream_stays_open(game: Game, told: Told) -> str | None:
    """There is never more than one stream at a time, and in the end none."""
    if any(stream.overlaps for stream in told.streams):
        return "a stream was opened while another was open"
    return "a stream is still open" if game.world.live is not None else None


def i12_it_ends_in_time(_: Game, told: Told) -> str | None:
    """Nothing is begun after the time for the whole answer is over."""
    if told.end is None or told.latest <= told.end + 0.5:
        return None
    return f"went on for {told.latest - told.end:.1f} s after its deadline"


def i13_half_an_event_is_none(_: Game, told: Told) -> str | None:
    """What the parser gives are the events that were sent whole."""
    halves = [stream for stream in told.streams if stream.received != stream.whole]
    return "half an event was read" if halves else None


def i14_what_can_be_had_is_had(game: Game, told: Told) -> str | None:
    """With nobody else in the chat and a history that can be read, a dropped answer is found, or else made again."""
    if not _is_harmless(game, told):
        return None
    if told.outcomes != ["answer"]:
        return f"given up for nothing: {told.error!r}"
    first = game.world.runs[0]
    was_waited_for = first.left_at is None or first.stored_at is None or first.stored_at > first.left_at + WORTH_WAITING
    return None if was_waited_for or len(told.runs_began) == 1 else "ran again, and the answer was about to come"


def _is_harmless(game: Game, told: Told) -> bool:
    """Whether one drop at the most stands between the question and its answer."""
    schedule, ask = game.schedule, told.ask
    quiet = not schedule.others and not schedule.past and schedule.made_here and schedule.max_reruns and schedule.total is None
    only = told.number == 0 and ask.leaves_after is None and not ask.reads
    posts = all(post.outcome in {"ok", "refused", "stored", "garbled", "500 stored"} for post in ask.posts)
    first, *others = ask.openings or (Opening(),)
    dropped = not first.failure and first.breaks not in {"garbage", "1008", "4403", "4401", "1009"} and first.ending != "error"
    good = all(
        not plan.failure and not plan.breaks and not plan.handshake and plan.ending in {"completed", "no_completed"}
        for plan in others
    )
    return bool(quiet and only and posts and dropped and good)


INVARIANTS: Mapping[str, Callable[[Game, Told], str | None]] = {
    name.partition("_")[0].upper(): check for name, check in list(globals().items()) if name[:1] == "i" and name[1:2].isdigit()
}


def broken(game: Game) -> list[str]:
    """What does not hold, as lines that name the invariant and the question."""
    return [
        f"{name} (question {told.number}): {complaint}"
        for told in game.tolds
        for name, check in INVARIANTS.items()
        if (complaint := check(game, told)) is not None
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


def _source(game: Game, told: Told) -> Run | None:
    """The run whose text was given."""
    final = told.state.final
    if final is None:
        return None
    adopted = final.data.get("message_id")
    return game.world.stored_by.get(adopted) if adopted is not None else told.streams[-1].run
