"""The English templates of relays: what their callers and their viewers are told."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "relay_stream_not_found": "there is no such stream",
    "relay_backplane_away": "the storage that the workers of this backend share cannot be reached",
    "relay_rerun_not_counted": "the answer broke off, and another run of the model cannot be counted, so there is none",
    "relay_closed": "the relay is closed; it takes no more questions",
    "relay_seconds": "{name} must be 0 seconds or more, not {value:quoted}",
    "relay_owner_empty": "owner must name a user; it is empty",
    "relay_redis_url": "the url of Redis cannot be read; special characters in its password have to be quoted, as `/` as `%2F`",
    "relay_redis_decodes": "a client with decode_responses cannot be used: events are bytes",
    "relay_not_authenticated": "The login of this backend at the AIZoomDoc server does not work",
    "relay_forbidden": "The AIZoomDoc server does not allow this",
    "relay_not_found": "The chat, or something that the question names, does not exist",
    "relay_invalid_request": "The question cannot be asked in this way",
    "relay_too_large": "A file is too large",
    "relay_rate_limited": "There were too many requests; try again later",
    "relay_queue_full": "The queue is full; try again later",
    "relay_queue_timeout": "The question waited in the queue for too long; try again later",
    "relay_answer_failed": "The model could not answer",
    "relay_chat_conflict": "Another question was asked in this chat meanwhile",
    "relay_delivery_unknown": "Nobody can tell whether the question arrived; look at the chat before you ask again",
    "relay_timeout": "The AIZoomDoc server took too long",
    "relay_interrupted": "The connection to the AIZoomDoc server broke off before the answer was complete",
    "relay_unreachable": "The AIZoomDoc server cannot be reached",
    "relay_server_error": "The AIZoomDoc server reports an error",
    "relay_internal": "An error in this backend ended the answer",
    "relays_over_redis": "A relay over Redis",
}
