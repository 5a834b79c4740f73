"""What is kept of a question so that another worker can go on with its answer."""

from __future__ import annotations

import json
from uuid import UUID

from aizoomdoc_client.relay.stream_facts import StreamFacts

ID = "4c1f9b56-0000-4000-8000-000000000001"


def test_ids_of_every_form_are_kept() -> None:
    """As texts, alone or several; they come back from JSON as they were."""
    facts = StreamFacts.of(
        "user", "chat", {"document_ids": [UUID(ID), ID], "attached_file_ids": ID, "client_id": "alfa"}, {"traceparent": "00-1"}
    )

    assert {"document_ids": [ID, ID], "attached_file_ids": [ID], "client_id": "alfa"} == facts.scope
    assert facts == StreamFacts.from_json(facts.to_json().encode())
    assert facts.can_rerun


def test_facts_of_a_newer_version_allow_no_other_run() -> None:
    """During a deployment workers of two versions share answers: what the older one does not know may count runs."""
    written = json.loads(StreamFacts.of("user", "chat", {}, {}).of_message("m-1").to_json())
    facts = StreamFacts.from_json(json.dumps(written | {"budget": 1}).encode())

    assert (facts.owner, facts.message_id, facts.can_rerun) == ("user", "m-1", False)
    assert StreamFacts.from_json(json.dumps(written).encode()).can_rerun


def test_files_cannot_be_given_again() -> None:
    """Another process has none of their bytes: the model must not run without them."""
    assert not StreamFacts.of("user", "chat", {"files": "план.pdf"}, {}).can_rerun
    assert StreamFacts.of("user", "chat", {"files": None, "document_ids": []}, {}).can_rerun


def test_the_message_is_known_once_it_is_posted() -> None:
    """The rest stays."""
    facts = StreamFacts.of("user", "chat", {}, {})

    assert (None, "m-1", "user") == (facts.message_id, facts.of_message("m-1").message_id, facts.of_message("m-1").owner)
