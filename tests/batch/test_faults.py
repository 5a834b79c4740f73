"""What an error says about a unit, the server and the job."""

from __future__ import annotations

import pytest

from aizoomdoc_client.batch.faults import failure
from aizoomdoc_client.batch.steps import CreateChat, Fault, Post, Read
from aizoomdoc_client.catalog import text
from aizoomdoc_client.exceptions import (
    AIZoomDocError,
    AnswerError,
    APIConnectionError,
    AuthenticationError,
    ConflictError,
    DeliveryUnknownError,
    GatewayError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    QueueFullError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    ValidationError,
)

POST, READ = Post("c"), Read("c", "m")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (AuthenticationError("revoked", status_code=401), Fault.JOB),
        (ServerError("The server's disk is full", status_code=507), Fault.JOB),
        (PermissionDeniedError("no", status_code=403), Fault.OWN),
        (NotFoundError("no", status_code=404), Fault.OWN),
        (AnswerError("it failed"), Fault.OWN),
        (QueueFullError("full"), Fault.SERVER),
        (RateLimitError("slow down", status_code=429), Fault.SERVER),
        (GatewayError("away", status_code=502), Fault.SERVER),
        (ConflictError("the same key is being processed", status_code=409), Fault.SERVER),
        (DeliveryUnknownError("perhaps"), Fault.SERVER),
        (ValidationError("too long", status_code=422), Fault.FINAL),
    ],
)
def test_whose_fault_an_error_is(error: AIZoomDocError, fault: Fault) -> None:
    """What belongs to one document never pauses the job, what belongs to the server does not poison a document."""
    assert fault is failure(error, POST).fault


@pytest.mark.parametrize("step", [POST, CreateChat("t")])
@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (APIConnectionError("refused", request_sent=False), False),
        (APIConnectionError("reset", request_sent=True), True),
        (ServerError("failed", status_code=500), True),
        (ProtocolError("not JSON", status_code=201), True),
        (ConflictError("the same key is being processed", status_code=409), True),
        (DeliveryUnknownError("perhaps"), True),
        (RateLimitError("slow down", status_code=429), False),
        (AuthenticationError("revoked", status_code=401), False),
        (ServerError("The server's disk is full", status_code=507), False),
    ],
)
def test_what_may_have_had_its_effect_is_looked_for(step: Post, error: AIZoomDocError, uncertain: bool) -> None:
    """Repeating it unseen could post a message twice."""
    assert uncertain is failure(error, step).is_uncertain


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (AnswerError("it failed"), True),
        (QueueFullError("full"), False),
        (StreamInterruptedError("cut"), False),
        (StreamInterruptedError(text("rerun_forbidden")), True),
        (NotFoundError("deleted", status_code=404), True),
    ],
)
def test_which_answers_need_another_chat(error: AIZoomDocError, lost: bool) -> None:
    """A stream that broke off is taken up again in its chat; what the server gave up, or cannot run without the file, is not."""
    assert lost is failure(error, READ).lost
