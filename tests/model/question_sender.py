"""One question of our client, a synchronous copy of session/question_sender.py."""

from __future__ import annotations

from aizoomdoc_client.exceptions import APIError, AuthenticationError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol import retry
from aizoomdoc_client.protocol.delivery import Delivery, may_post_unseen
from aizoomdoc_client.protocol.recovery import GiveUp, Look
from aizoomdoc_client.session.chat_queue import ChatState

from .client import Client, ConsumerLeftError, TooManyExchangesError
from .stream_reader import Reader
from .texts import QUESTION_TEXTS


class QuestionSender:
    """Posts one question, reads its answer, and records how it ended."""

    def __init__(self, client: Client, chat_state: ChatState, *, max_reruns: int, total: float | None) -> None:
        self._client = client
        self._chat_state = chat_state
        self._max_reruns = max_reruns
        self._total = total
        self._record = client.record
        self._ask = client.record.ask
        self._assumptions = client.server.assumptions

    def ask(self) -> None:
        """Posts the question and reads the answer."""
        try:
            message = self._posted()
            self._assumptions.after_post(self._record.number)
            self._wait_before_reading(message)
            Reader(self._client, message, self._chat_state, max_reruns=self._max_reruns, total=self._total).read()
        except APIError as error:
            self._record.failed(error)
        except ConsumerLeftError:
            self._record.left()
        except TooManyExchangesError:
            self._record.never_ended()
        finally:
            self._assumptions.release_others()

    def _wait_before_reading(self, message: Message) -> None:
        """As `QuestionSender.leave` if the consumer leaves."""
        try:
            self._client.wait(self._ask.read_delay)
        except ConsumerLeftError:
            self._chat_state.mark_finished(message.id, "nothing")
            raise

    def _posted(self) -> Message:
        """As `QuestionSender.post`."""
        chat_state, self._sent = self._chat_state, False
        try:
            message = self._record.message = self._deliver()
        except (APIError, ConsumerLeftError):
            if self._sent:
                chat_state.mark_delivery_unknown()
            raise
        chat_state.add_posted(message)
        return message

    def _deliver(self) -> Message:
        """As `QuestionSender._deliver`."""
        chat_state = self._chat_state
        if not chat_state.has_baseline:
            self._read_baseline(chat_state)
        delivery = Delivery(QUESTION_TEXTS[self._ask.text], chat_state.known)
        self._assumptions.before_post(self._record.number)
        self._sent = True
        try:
            return self._client.retrying(self._send, keyed=True)
        except APIError as error:
            self._sent = retry.request_outcome(error) == "unknown"
            step = delivery.failed(error)
        chat_state.delivery_unknown |= self._sent
        while isinstance(step, Look):
            self._client.wait(step.seconds)
            step = delivery.looked(self._history_if_readable())
        if isinstance(step, GiveUp):
            raise step.error
        return step.message

    def _read_baseline(self, chat_state: ChatState) -> None:
        """As `QuestionSender._read_baseline`."""
        try:
            chat_state.set_baseline(self._client.history())
        except APIError as error:
            if not may_post_unseen(error):
                raise

    def _history_if_readable(self) -> ChatHistory | None:
        try:
            return self._client.history()
        except APIError:
            return None

    def _send(self) -> Message:
        """As `Caller._attempt`."""
        try:
            return self._send_once()
        except AuthenticationError:
            self._client.renew_token()
        return self._send_once()

    def _send_once(self) -> Message:
        client = self._client
        client.begin_exchange()
        plan, server = client.plans.post(), client.server
        self._record.note_post(plan, server)
        holds_others = not self._chat_state.delivery_unknown
        sent = server.post(plan, QUESTION_TEXTS[self._ask.text], self._record.number, holds_others=holds_others)
        try:
            client.pass_until(sent.due)
        except ConsumerLeftError:
            sent.is_waited_for = False
            raise
        return server.posted_message(plan, sent)
