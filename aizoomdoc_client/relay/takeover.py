"""How a worker goes on with an answer that nobody reads any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING

import attrs

from ..catalog import text
from ..exceptions import DeliveryUnknownError
from ..hooks import AnswerTakenUp
from .continuation import Continuation
from .control_events import AnswerStopped
from .error_codes import error_event
from .relayed_answer import RelayedAnswer

if TYPE_CHECKING:
    from .. import AsyncAIZoomDocClient
    from ..hooks.notifier import Notifier
    from .stream_facts import StreamFacts

__all__ = ["go_on", "tell_of_takeover"]

_log = logging.getLogger(__package__)


def tell_of_takeover(notifier: Notifier | None, stream_id: str, facts: StreamFacts) -> Context:
    """Tells hooks that an answer is taken up, in a context that they may change, and returns it: the answer is read in that."""
    context = copy_context()
    if notifier is not None:
        taken_up = AnswerTakenUp(stream_id=stream_id, chat_id=facts.chat_id, owner=facts.owner, context=facts.context)
        context.run(notifier.tell, "answer_taken_up", taken_up)
    return context


def go_on(answer: RelayedAnswer, client_of: Callable[[str], AsyncAIZoomDocClient], *, stop_wanted: bool) -> None:
    """Begins to read an answer of which the caller has the lease, or ends it where that cannot be.

    `client_of` gives its owner's client. The model runs again as often as its settings allow and others did not let it before.
    """
    facts = answer.facts
    if stop_wanted:
        answer.log.append(AnswerStopped("requested"))
        return
    if facts.message_id is None:
        answer.log.append(error_event(DeliveryUnknownError(text("relay_delivery_unknown"))))
        return
    try:
        client = client_of(facts.owner)
        retry = client.config.retry
        left = retry.max_reruns - facts.reruns if facts.can_rerun else 0
        client = client.with_options(retry=attrs.evolve(retry, max_reruns=max(left - 1, 0)))  # besides the one of `rerun`
        stream = client.resume_answer(facts.chat_id, facts.message_id, rerun=left > 0, **facts.scope)
    except Exception as error:  # noqa: BLE001 - from a backend's own function
        _log.exception("There is no client to go on with an answer")
        answer.log.append(error_event(error))
    else:
        answer.read(stream, Continuation(answer.log.text))
        answer.expect_viewer()
