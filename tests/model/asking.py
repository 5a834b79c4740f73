"""One question of our client, as session/question_sender.py asks it."""

from __future__ import annotations

from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.delivery import Delivery, may_post_unseen
from aizoomdoc_client.protocol.recovery import GiveUp, Look
from aizoomdoc_client.session.chat_queue import ChatState

from .client import Client, EndlessError, LeftError
from .reading import Reader
from .world import WORDS


class QuestionSender:
    """Posts one question, reads its answer, and notes how it ended."""

    def __init__(self, client: Client, record: ChatState, *, max_reruns: int, total: float | None) -> None:
        self._client = client
        self._record = record
        self._max_reruns = max_reruns
        self._total = total
        self._run_and_notify = client.told
        self._ask = client.told.ask
        self._assumptions = client.world.assumptions

    def ask(self) -> None:
        """Does it all."""
        try:
            message = self._posted()
            self._assumptions.asked(self._run_and_notify.number)
            self._client.wait(self._ask.dawdle)
            Reader(self._client, message, self._record, max_reruns=self._max_reruns, total=self._total).read()
        except APIError as error:
            self._run_and_notify.failed(error)
        except LeftError:
            self._run_and_notify.left()
        except EndlessError:
            self._run_and_notify.never_ended()
        finally:
            self._assumptions.speak()

    def _posted(self) -> Message:
        """As `QuestionSender.post`."""
        record, self._sent = self._record, False
        try:
            message = self._run_and_notify.message = self._delivered()
        except (APIError, LeftError):
            if self._sent:
                record.mark_delivery_unknown()
            raise
        record.add_posted(message)
        return message

    def _delivered(self) -> Message:
        """As `QuestionSender._delivered`."""
        record = self._record
        if not record.has_baseline:
            self._read_baseline(record)
        delivery = Delivery(WORDS[self._ask.text], record.known)
        self._assumptions.asking(self._run_and_notify.number)
        self._sent = True
        try:
            return self._client.retrying(self._send, keyed=True)
        except APIError as error:
            self._sent = retry.request_outcome(error) == "unknown"
            step = delivery.failed(error)
        record.delivery_unknown |= self._sent
        while isinstance(step, Look):
            self._client.wait(step.seconds)
            step = delivery.looked(self._history_if_readable())
        if isinstance(step, GiveUp):
            raise step.error
        return step.message

    def _read_baseline(self, record: ChatState) -> None:
        """As `QuestionSender._read_baseline`."""
        try:
            record.set_baseline(self._client.history())
        except APIError as error:
            if not may_post_unseen(error):
                raise

    def _history_if_readable(self) -> ChatHistory | None:
        try:
            return self._client.history()
        except APIError:
            return None

    def _send(self) -> Message:
        self._client.breathe()
        plan = self._client.plans.post()
        self._run_and_notify.posting(plan, self._client.world)
        message = self._client.world.post(plan, WORDS[self._ask.text], self._run_and_notify.number)
        if not self._record.delivery_unknown:
            self._assumptions.hush()
        return message
