"""What a worker goes on with when nobody reads an answer any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from ..catalog import text
from ..exceptions import DeliveryUnknownError
from .backplane import StreamState
from .continuation import Continuation
from .control_events import AnswerStopped
from .error_codes import error_event
from .relayed_answer import RelayedAnswer

if TYPE_CHECKING:
    from .. import AsyncAIZoomDocClient
    from ..events import ErrorEvent

__all__ = ["UNPUBLISHED_IDS", "Takeover"]

UNPUBLISHED_IDS = 1 << 20
"""More ids than a worker can have given to events that it had not published when another one took its answer up.

Each fencing token skips so many more, because those who took the answer up one after another may all begin behind the same event.
"""

_log = logging.getLogger(__name__)


class Takeover:
    """Goes on with `answer`, of which `state` is known, once the caller has its lease; `client_of` gives its owner's client."""

    def __init__(self, answer: RelayedAnswer, state: StreamState, client_of: Callable[[str], AsyncAIZoomDocClient]) -> None:
        self._answer = answer
        self._state = state
        self._client: AsyncAIZoomDocClient | None = None
        self._problem: ErrorEvent | None = None
        self._may_rerun = False
        self.reruns: int = max(state.reruns, state.facts.reruns, answer.log.reruns)
        """How often the model may have run again, with the run for which this worker may ask."""
        facts = state.facts
        try:
            self._client = client_of(facts.owner)
            is_allowed = self.reruns < self._client.config.retry.max_reruns
        except Exception as error:  # noqa: BLE001 - from a backend's own function
            _log.exception("There is no client to go on with an answer")
            self._problem = error_event(error)
        else:
            self._may_rerun = is_allowed and facts.can_rerun and facts.message_id is not None and not state.stop_wanted
        self.reruns += self._may_rerun

    def begin(self) -> None:
        """Begins to read the answer, or ends it where that cannot be."""
        answer, facts = self._answer, self._state.facts
        if self._state.stop_wanted:
            answer.log.append(AnswerStopped("requested"))
        elif self._client is None or self._problem is not None:
            answer.log.append(self._problem or error_event(RuntimeError()))
        elif facts.message_id is None:
            answer.log.append(error_event(DeliveryUnknownError(text("relay_delivery_unknown"))))
        else:
            # At most one run: each is counted before it begins.
            client = self._client.with_options(retry=attrs.evolve(self._client.config.retry, max_reruns=0))
            stream = client.resume_answer(facts.chat_id, facts.message_id, rerun=self._may_rerun, **facts.scope)
            answer.read(stream, Continuation(answer.log.text))
            answer.expect_viewer()
