"""Mutants of the client's decisions: each breaks an invariant of the model."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, Completed, LLMToken
from aizoomdoc_client.exceptions import APIError, ServerError
from aizoomdoc_client.models import ChatHistory
from aizoomdoc_client.protocol.answering import Receive
from aizoomdoc_client.protocol.delivery import Stored
from aizoomdoc_client.protocol.eventsource import SSEFrame
from aizoomdoc_client.protocol.recovery import Action, Adopt, Done, GiveUp, Look, Reopen

from .mutant import Mutant

# Each function gets the original attribute; most call it and change the result.


def blind_resend(original: Any) -> Any:
    return lambda error: "unprocessed" if original(error) == "unknown" else original(error)


def resend_after_500(original: Any) -> Any:
    return lambda error: "unprocessed" if type(error) is ServerError else original(error)


def other_transport_at_once(_: Any) -> Any:
    return lambda _error: False


def joined_tokens(original: Any) -> Any:
    return lambda self, token, _: original(self, token, None)


def end_is_success(_: Any) -> Any:
    def broke(self: Any, error: APIError, *, may_have_run: bool) -> None:
        self.step = Done() if may_have_run else GiveUp(error)

    return broke


def adopt_newest(original: Any) -> Any:
    def looked(self: Any, history: ChatHistory, draft: str) -> Action:
        answers = [message for message in history.messages if message.role == "assistant"]
        action: Action = Adopt(answers[-1]) if answers else original(self, history, draft)
        return action

    return looked


def question_by_text(_: Any) -> Any:
    def looked(self: Any, history: ChatHistory | None) -> Any:
        found = [message for message in history.messages if self._may_be_ours(message)] if history else []
        return Stored(found[0]) if found else self._next_look()

    return looked


def reopen_first(original: Any) -> Any:
    def broke(self: Any, error: APIError, *, may_have_run: bool) -> None:
        original(self, error, may_have_run=may_have_run)
        if isinstance(self.step, Look) and self._recovery._reruns_left:
            self._recovery._reruns_left -= 1
            self._transcript.begin_rerun()
            self.step = Receive()

    return broke


def prefix_again(_: Any) -> Any:
    def begin_rerun(self: Any) -> None:
        self._run.begin_again()
        self._deltas.forget()

    return begin_rerun


def no_conflict(original: Any) -> Any:
    def verified(self: Any, history: ChatHistory) -> Action:
        action: Action = original(self, history)
        return Done() if isinstance(action, GiveUp) else action

    return verified


def endless_reruns(original: Any) -> Any:
    def run_again(self: Any, unproven: Any) -> Action:
        self.calls = getattr(self, "calls", 0) + 1
        self._reruns_left = 1 if self.calls <= 5 else 0
        action: Action = original(self, unproven)
        return action

    return run_again


def completed_is_success(original: Any) -> Any:
    def accept(self: Any, event: AnswerEvent) -> list[AnswerEvent]:
        if isinstance(event, Completed):
            self.completed = True
            return [event]
        return list(original(self, event))

    return accept


def half_an_event(original: Any) -> Any:
    def feed(self: Any, chunk: bytes) -> list[SSEFrame]:
        frames = original(self, chunk)
        if [line[:6] for line in self._lines] == [b"event:", b"data: "]:
            [name, data], self._lines = self._lines, []
            frames = [*frames, (name, data)]
        return list(frames)

    return feed


def lost_backslash(original: Any) -> Any:
    def series(cls: Any, draft: Any, tokens: Any, *rest: Any) -> list[LLMToken]:
        return [attrs.evolve(event, token=event.token.lstrip("\\")) for event in original.__func__(cls, draft, tokens, *rest)]

    return classmethod(series)


def backslash_at_once(_: Any) -> Any:
    return lambda said: (said, "")


def stale_prediction(_: Any) -> Any:
    return lambda _self: None


def no_restart(original: Any) -> Any:
    def move(self: Any, to: Any, reason: Any, like: LLMToken) -> list[AnswerEvent]:
        return [event for event in original(self, to, reason, like) if not isinstance(event, AnswerRestarted)]

    return move


def any_answer_is_ours(_: Any) -> Any:
    return lambda _self, _shown: False


def forget_old_runs(original: Any) -> Any:
    def init(self: Any, *args: Any, no_pending_runs: bool, **options: Any) -> None:
        _ = no_pending_runs
        original(self, *args, no_pending_runs=True, **options)

    return init


def no_proof(original: Any) -> Any:
    def init(self: Any, *args: Any, needs_proof: bool = False, **options: Any) -> None:
        _ = needs_proof
        original(self, *args, needs_proof=False, **options)

    return init


def trust_a_full_window(_: Any) -> Any:
    return property(lambda _: False)


def forget_the_lost(_: Any) -> Any:
    return lambda _: None


def all_answered_is_settled(_: Any) -> Any:
    def mark_finished(self: Any, message_id: str, pending: str) -> None:
        if pending == "anything":
            self.pending_questions.add(message_id)
        self.finished_questions.add(message_id)

    return mark_finished


def give_up_early(_: Any) -> Any:
    return property(lambda self: self._looks == 1)


def text_after_the_final(original: Any) -> Any:
    def on_token(self: Any, event: LLMToken) -> list[AnswerEvent]:
        final, self.final = self.final, None
        try:
            return list(original(self, event))
        finally:
            self.final = final

    return on_token


def rerun_without_end(original: Any) -> Any:
    def looked(self: Any, history: ChatHistory, draft: str) -> Action:
        action: Action = original(self, history, draft)
        return Reopen() if isinstance(action, Look) and self._looks > 3 else action

    return looked


def ignore_the_deadline(_: Any) -> Any:
    return lambda _: None


def as_written(_: Any) -> Any:
    return str


def opening_is_no_run(_: Any) -> Any:
    def requested(self: Any) -> None:
        self._existed = self.may_exist

    return requested


DECISIONS: Sequence[Mutant] = (
    Mutant(
        "blind resend",
        "sends a message again although its outcome is unknown",
        "protocol.retry:request_outcome",
        blind_resend,
        ("I4",),
    ),
    Mutant(
        "resend after 500",
        "takes a 500 to a POST for 'not processed'",
        "protocol.retry:request_outcome",
        resend_after_500,
        ("I4",),
    ),
    Mutant(
        "joined tokens",
        "takes the joined deltas for the text and ignores `accumulated`",
        "protocol.run_text:RunText.follow",
        joined_tokens,
        ("I3",),
    ),
    Mutant(
        "end is success", "takes any end of the stream for success", "protocol.answering:Answering.broke", end_is_success, ("I7",)
    ),
    Mutant(
        "adopt the newest",
        "adopts the history's newest answer at any position",
        "protocol.recovery:Recovery.looked",
        adopt_newest,
        ("I8", "I1"),
    ),
    Mutant(
        "question by text",
        "takes the first message with our text for ours, new or old",
        "protocol.delivery:Delivery.looked",
        question_by_text,
        ("I5",),
    ),
    Mutant(
        "reopen first",
        "runs the model again before the history is read",
        "protocol.answering:Answering.broke",
        reopen_first,
        ("I6",),
    ),
    Mutant(
        "other transport at once",
        "opens the other transport although a handshake may have started a run",
        "protocol.transport_choice:_may_have_begun",
        other_transport_at_once,
        ("I6",),
        "transports",
    ),
    Mutant(
        "prefix again",
        "delivers again the text that a re-run repeats",
        "protocol.transcript:Transcript.begin_rerun",
        prefix_again,
        ("I3",),
    ),
    Mutant("no conflict", "accepts a re-run's answer without proof", "protocol.recovery:Recovery.verified", no_conflict, ("I8",)),
    Mutant("endless reruns", "runs the model without limit", "protocol.recovery:Recovery._run_again", endless_reruns, ("I6",)),
    Mutant(
        "completed is success",
        "takes `completed` for success without a final text",
        "protocol.transcript:Transcript.accept",
        completed_is_success,
        ("I7", "I14"),
    ),
    Mutant("half an event", "reads an incomplete event", "protocol.eventsource:EventSourceParser.feed", half_an_event, ("I13",)),
    Mutant(
        "lost backslash",
        "loses a backslash that was held back",
        "events:LLMToken.series",
        lost_backslash,
        ("I2",),
    ),
    Mutant(
        "backslash at once",
        "delivers an incomplete escape",
        "protocol.run_text:split",
        backslash_at_once,
        ("I3",),
    ),
    Mutant(
        "stale prediction",
        "predicts frames although the text they go on from does not hold",
        "protocol.delta_frames:DeltaFrameReader.forget",
        stale_prediction,
        ("I2", "I3"),
    ),
    Mutant(
        "no restart",
        "changes the text without `answer_restarted`",
        "protocol.transcript:Transcript._move",
        no_restart,
        ("I2",),
    ),
    Mutant(
        "blind to older questions",
        "adopts an answer that an older question's run may have stored",
        "protocol.recovery:Recovery._may_be_unanswered",
        any_answer_is_ours,
        ("I8",),
    ),
    Mutant(
        "forget old runs",
        "forgets that an abandoned answer may still be stored",
        "protocol.answering:Answering.__init__",
        forget_old_runs,
        ("I8",),
    ),
    Mutant(
        "no proof",
        "accepts a first answer although a lost message may precede it",
        "protocol.answering:Answering.__init__",
        no_proof,
        ("I8",),
    ),
    Mutant(
        "full window",
        "takes a truncated history for the whole one",
        "models.chats:ChatHistory.truncated",
        trust_a_full_window,
        ("I5", "I8"),
    ),
    Mutant(
        "forget the lost",
        "forgets a message that may still be stored",
        "session.chat_queue:ChatState.mark_delivery_unknown",
        forget_the_lost,
        ("I5", "I8"),
    ),
    Mutant(
        "all questions are finished",
        "assumes that an answer that was read is stored",
        "session.chat_queue:ChatState.mark_finished",
        all_answered_is_settled,
        ("I8",),
    ),
    Mutant(
        "give up early",
        "gives up after one read of the history",
        "protocol.recovery:Recovery._is_last_look",
        give_up_early,
        ("I14",),
    ),
    Mutant(
        "rerun without end",
        "runs the model again after some reads, each time",
        "protocol.recovery:Recovery.looked",
        rerun_without_end,
        ("I6",),
    ),
    Mutant(
        "text after the final",
        "accepts tokens after the final text",
        "protocol.transcript:Transcript._on_token",
        text_after_the_final,
        ("I2",),
    ),
    Mutant(
        "deadline ignored",
        "goes on after the deadline",
        "protocol.answering:Answering.expired",
        ignore_the_deadline,
        ("I7", "I12"),
    ),
    Mutant(
        "chats keyed by the text of their id",
        "knows each spelling of a chat's id as a chat of its own",
        "session.chat_queue:id_key",
        as_written,
        ("I8",),
    ),
    Mutant(
        "a pending opening is no run",
        "forgets a run whose stream was still opening when it was given up",
        "protocol.answering:PossibleRun.requested",
        opening_is_no_run,
        ("I8",),
        "given up",
    ),
)
