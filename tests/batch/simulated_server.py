"""A server in memory that stores chats, messages and answers, at once, late or never, whatever it says."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import attrs

from aizoomdoc_client.answer import Answer, Timings
from aizoomdoc_client.batch.steps import (
    Answered,
    ChatFound,
    ChatMissing,
    CreateChat,
    Failure,
    FindChat,
    FindMessage,
    MessageFound,
    MessageMissing,
    Observation,
    Post,
    Read,
    Step,
    Unfit,
)
from aizoomdoc_client.catalog import LocalizedText
from aizoomdoc_client.models import Message

MESSAGE = Message(id="m", chat_id="c", role="user", content="?")
PROBLEM = LocalizedText("unit_crashed", {"count": 0})


@attrs.define
class Question:
    id: str
    unit: str
    is_correction: bool
    answer: str | None = None


@attrs.define
class Chat:
    id: str
    title: str
    questions: list[Question] = attrs.field(factory=list)


class SimulatedServer:
    """Performs steps; a fault strikes before the effect, after it, or lets it happen later."""

    def __init__(self, rng: random.Random, *, unfit_rate: float) -> None:
        self._rng = rng
        self._unfit_rate = unfit_rate
        self.chats: list[Chat] = []
        self._late: list[Callable[[], object]] = []
        self._made = 0

    def pass_time(self) -> None:
        """What was delayed may happen now."""
        if self._late and self._rng.random() < 0.3:
            self._late.pop(self._rng.randrange(len(self._late)))()

    def perform(self, unit: str, step: Step, fault: Failure | None, checkpoint: Callable[[], None]) -> Observation:
        """What comes of a step; the process may be killed at `checkpoint`, also while a request is on its way."""
        match step:
            case CreateChat(title):
                return self._sent(lambda: ChatFound(self._create(title).id), fault, checkpoint)
            case Post(chat_id, correction):
                return self._sent(lambda: MessageFound(self._post(chat_id, unit, correction).id), fault, checkpoint)
            case _ if fault is not None and not isinstance(step, Read):
                return attrs.evolve(fault, lost=False)
            case FindChat(title):
                found = [chat for chat in self.chats if chat.title == title]
                return ChatFound(self._rng.choice(found).id) if found else ChatMissing()
            case FindMessage(chat_id, number):
                asked = self._chat(chat_id).questions
                return MessageFound(asked[number - 1].id) if len(asked) >= number else MessageMissing()
            case Read():
                return self._read(step, unit, fault, checkpoint)

    def _sent(self, effect: Callable[[], Observation], fault: Failure | None, checkpoint: Callable[[], None]) -> Observation:
        """A request with an effect: uncertain failures have it at once, later, or never; certain ones never."""
        if fault is None:
            if self._rng.random() < 0.5:
                self._late.append(effect)  # on its way, should the process be killed now
                checkpoint()
                self._late.pop()
            return effect()
        if fault.is_uncertain:
            chance = self._rng.random()
            if chance < 0.4:
                effect()
            elif chance < 0.7:
                self._late.append(effect)
        return fault

    def _create(self, title: str) -> Chat:
        self._made += 1
        chat = Chat(f"chat{self._made}", title)
        self.chats.append(chat)
        return chat

    def _chat(self, chat_id: str) -> Chat:
        return next(chat for chat in self.chats if chat.id == chat_id)

    def _post(self, chat_id: str, unit: str, correction: str | None) -> Question:
        self._made += 1
        question = Question(f"message{self._made}", unit, correction is not None)
        self._chat(chat_id).questions.append(question)
        return question

    def _read(self, step: Read, unit: str, fault: Failure | None, checkpoint: Callable[[], None]) -> Observation:
        chat = self._chat(step.chat_id)
        question = next(each for each in chat.questions if each.id == step.message_id)
        if fault is not None and question.answer is not None:
            fault = attrs.evolve(fault, lost=False)  # it is found in the history
        if fault is not None and (fault.lost or self._rng.random() < 0.5):
            return attrs.evolve(fault, is_uncertain=False)  # given up: nothing is stored
        assert question is chat.questions[-1], "a server answers the last question"
        if question.answer is None:
            assert not self._fit_answers(unit), "a finished run was repeated"
            checkpoint()
            fit = "unfit" if self._rng.random() < self._unfit_rate else "fit"
            question.answer = f"{fit} answer to {question.unit}"
        checkpoint()
        if fault is not None:
            return attrs.evolve(fault, is_uncertain=False)  # the server finished, and nobody heard it
        answer = Answer(text=question.answer, question=MESSAGE, timings=Timings(posted=0.0))
        if self.is_fit(question.answer, unit):
            return Answered(answer)
        return Unfit(answer, "once more", PROBLEM)

    def is_fit(self, text: str, unit: str) -> bool:
        """Whether a text is an answer to the unit with the fields asked for."""
        return text == f"fit answer to {unit}"

    def _fit_answers(self, unit: str) -> int:
        questions = [question for chat in self.chats for question in chat.questions]
        return sum(question.answer is not None and self.is_fit(question.answer, unit) for question in questions)

    def judge(self, units: Sequence[str]) -> None:
        """What is stored at the end, also of what comes late: each chat is one unit's, each message stands there once."""
        while self._late:
            self._late.pop()()
        for chat in self.chats:
            kinds = [question.is_correction for question in chat.questions]
            assert kinds in ([], [False], [False, True]), "a message was posted twice"
            assert all(question.unit == chat.title.partition("-")[0] for question in chat.questions), "another's chat"
        assert all(self._fit_answers(unit) <= 1 for unit in units), "a finished run was repeated"
