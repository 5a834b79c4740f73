"""The state machine of one answer: what each observation makes the next step."""

from __future__ import annotations

import pytest

from aizoomdoc_client.exceptions import APIConnectionError, APIError, GatewayError, PermissionDeniedError, StreamInterruptedError
from aizoomdoc_client.protocol.answering import Answering, GiveUp, Look, Receive
from tests.protocol.histories import history

DROPPED = StreamInterruptedError("The connection was dropped")
REFUSED = APIConnectionError("The connection was refused", request_sent=False)
AWAY = GatewayError("503 Service Unavailable", status_code=503, retry_after=2.0)


def answering() -> Answering:
    """The answer to the message ``ours``, whose stream was not opened yet."""
    return Answering("ours", max_reruns=1, no_pending_runs=True)


def running_again() -> Answering:
    """An answer whose first run was dropped and is not stored, so that the stream is to be opened again."""
    one = answering()
    one.broke(DROPPED, may_have_run=True)
    one.closed(may_have_run=True)
    while isinstance(one.step, Look):
        one.looked(history("user ours"))
    assert isinstance(one.step, Receive)
    return one


@pytest.mark.parametrize("refusal", [REFUSED, AWAY])
def test_a_refused_first_opening_is_the_end(refusal: APIError) -> None:
    """Nothing can have run, so there is nothing to look for."""
    one = answering()
    one.broke(refusal, may_have_run=False)

    assert GiveUp(refusal) == one.step


@pytest.mark.parametrize("refusal", [REFUSED, AWAY])
def test_after_a_refused_second_opening_the_history_is_read(refusal: APIError) -> None:
    """The first run may have stored its answer meanwhile: it is adopted."""
    one = running_again()
    one.broke(refusal, may_have_run=False)
    assert isinstance(one.step, Look)
    events = one.looked(history("user ours", "assistant answer"))

    assert (["stream_resumed", "llm_token", "llm_final"], "answer") == ([event.event for event in events], one.text)


def test_a_denied_second_opening_is_the_end() -> None:
    """The history would be denied, too."""
    one, denied = running_again(), PermissionDeniedError("Access denied", status_code=403)
    one.broke(denied, may_have_run=False)

    assert GiveUp(denied) == one.step
