"""The plain endpoints, with production's habits beside the contract's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import attrs
import pytest


async def test_production_drops_most_settings(caller: Any) -> None:
    """A PATCH of any setting is 200; only the profile and the role are kept and shown."""
    status, settings = await caller.call("PATCH", "/me/settings", json={"model_profile": "complex", "temperature": 0.1})

    assert (200, {"model_profile": "complex", "selected_role_prompt_id": None}) == (status, settings)
    assert settings == (await caller.call("GET", "/me"))[1]["settings"]


async def test_null_unsets_no_role_in_production(caller: Any) -> None:
    """Sending null leaves the role as it was."""
    await caller.call("PATCH", "/me/settings", json={"selected_role_prompt_id": 1})

    assert 1 == (await caller.call("PATCH", "/me/settings", json={"selected_role_prompt_id": None}))[1]["selected_role_prompt_id"]


async def test_the_contract_keeps_all_settings(contract: Any) -> None:
    """Every setting is kept there, and null unsets the role."""
    wanted = {"temperature": 0.5, "top_p": 0.5, "thinking_budget": 100, "thinking_enabled": False, "media_resolution": "low"}
    await contract.call("PATCH", "/me/settings", json={**wanted, "selected_role_prompt_id": 1})
    _, settings = await contract.call("PATCH", "/me/settings", json={"selected_role_prompt_id": None})

    assert {**wanted, "selected_role_prompt_id": None, "model_profile": "simple"} == settings


@pytest.mark.parametrize(
    "setting",
    [
        {"temperature": 2.1},
        {"top_p": -1},
        {"thinking_budget": 24577},
        {"model_profile": "best"},
        {"selected_role_prompt_id": "one"},
    ],
)
async def test_a_setting_out_of_range_is_422(caller: Any, setting: dict[str, Any]) -> None:
    """The bounds hold even for settings that are dropped."""
    status, error = await caller.call("PATCH", "/me/settings", json=setting)

    assert (422, ["body", *setting]) == (status, error["detail"][0]["loc"])


async def test_the_contracts_role_is_there(caller: Any) -> None:
    """Anybody may read the roles, and the contract's own example finds its role."""
    status, roles = await caller.call("GET", "/prompts/roles", headers={})

    assert (200, 1) == (status, len([role for role in roles if role["name"] == "Инженер"]))


async def test_a_new_chat_has_a_title_and_the_users_name(caller: Any) -> None:
    """201; an empty title gets the server's own; `user_id` is the user's name."""
    status, chat = await caller.call("POST", "/chats", json={"title": ""})

    assert (201, "Новый чат", "user-1") == (status, chat["title"], chat["user_id"])


async def test_the_contracts_user_id_is_an_id(contract: Any) -> None:
    """`user_id` is the user's id there."""
    assert contract.server.user.id == (await contract.call("POST", "/chats", json={}))[1]["user_id"]


async def test_chats_are_fifty_newest_first_whatever_the_limit(caller: Any) -> None:
    """Of 51 chats production lists 50, newest first, and ignores `limit`."""
    made = [await caller.chat() for _ in range(51)]
    _, listed = await caller.call("GET", "/chats?limit=2")

    assert made[:0:-1] == [chat["id"] for chat in listed]


async def test_the_contract_honours_the_limit(contract: Any) -> None:
    """`limit` counts there."""
    for _ in range(3):
        await contract.chat()

    assert 2 == len((await contract.call("GET", "/chats?limit=2"))[1])


async def test_a_history_shows_the_oldest_hundred_messages(caller: Any) -> None:
    """Of 101 messages the newest is not shown."""
    chat_id = await caller.chat()
    stored = [caller.server.chats[chat_id].add("user", str(number)) for number in range(101)]
    _, history = await caller.call("GET", f"/chats/{chat_id}")

    assert [message.id for message in stored[:100]] == [message["id"] for message in history["messages"]]
    assert chat_id == history["chat"]["id"]


async def test_a_deleted_chat_is_gone_a_moment_later(caller: Any) -> None:
    """202 at once; the chat is still there, and soon it is not."""
    chat_id = await caller.chat()
    status, body = await caller.call("DELETE", f"/chats/{chat_id}")
    there_still = chat_id in caller.server.chats
    await caller.server.until(lambda: chat_id not in caller.server.chats)

    assert (202, chat_id, True) == (status, body["chat_id"], there_still)
    assert 404 == (await caller.call("GET", f"/chats/{chat_id}"))[0]


async def test_the_same_post_twice_makes_two_messages(caller: Any) -> None:
    """Production knows no idempotency key."""
    chat_id = await caller.chat()
    headers = {**caller.headers, "Idempotency-Key": "one"}
    for _ in range(2):
        await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "Где?"}, headers=headers)

    assert ["Где?", "Где?"] == [message.content for message in caller.server.messages(chat_id)]
    assert ["one", "one"] == [post.idempotency_key for post in caller.server.posts]


async def test_a_guise_may_honour_idempotency_keys(caller: Any) -> None:
    """With the flag set, the same key gives the same message again."""
    caller.server.behavior = attrs.evolve(caller.server.behavior, honours_idempotency_keys=True)
    chat_id, headers = await caller.chat(), {**caller.headers, "Idempotency-Key": "one"}
    replies = [await caller.call("POST", f"/chats/{chat_id}/messages", json={"content": "?"}, headers=headers) for _ in range(2)]

    assert replies[0] == replies[1]
    assert 1 == len(caller.server.messages(chat_id))


async def test_production_says_nothing_of_attachments(caller: Any) -> None:
    """The attachment fields are accepted, and the message shows none of them."""
    body = {"content": "?", "attached_file_ids": ["1"], "attached_document_ids": ["2"], "google_file_uris": ["3"]}
    status, message = await caller.call("POST", f"/chats/{await caller.chat()}/messages", json=body)

    assert 201 == status
    assert {"id", "chat_id", "role", "content", "message_type", "created_at", "images"} == set(message)


async def test_the_contract_echoes_attachments(contract: Any) -> None:
    """`attached_file_ids` comes back with the message and stays in the history."""
    chat_id = await contract.chat()
    _, message = await contract.call("POST", f"/chats/{chat_id}/messages", json={"content": "?", "attached_file_ids": ["1"]})
    _, history = await contract.call("GET", f"/chats/{chat_id}")

    assert ["1"] == message["attached_file_ids"] == history["messages"][0]["attached_file_ids"]


@pytest.mark.parametrize("endpoint", ["/chats/{}", "/chats/{}/stream"])
async def test_somebody_elses_chat_is_forbidden(caller: Any, endpoint: str) -> None:
    """403 "Access denied" for another user."""
    chat_id = await caller.chat("Где?")
    caller.token = caller.server.issue_token(caller.server.store.add_user("other", "other"))

    assert (403, {"detail": "Access denied"}) == await caller.call("GET", endpoint.format(chat_id))


async def test_an_unknown_chat_is_404_and_a_malformed_one_422(caller: Any) -> None:
    """Both in the server's own shapes."""
    assert (404, {"detail": "Chat not found"}) == await caller.call("GET", f"/chats/{uuid4()}")
    status, error = await caller.call("GET", "/chats/one")
    assert (422, ["path", "chat_id"], "one") == (status, error["detail"][0]["loc"], error["detail"][0]["input"])


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"content": 1}'])
async def test_a_body_that_cannot_be_used_is_422(caller: Any, body: str) -> None:
    """Bad JSON, no object, a missing field, a field of the wrong type."""
    assert 422 == (await caller.call("POST", f"/chats/{await caller.chat()}/messages", data=body))[0]


async def test_unknown_paths_and_methods_are_refused_as_by_production(caller: Any) -> None:
    """404 and 405 with a `detail`."""
    assert (404, {"detail": "Not Found"}) == await caller.call("GET", "/nothing")
    assert (405, {"detail": "Method Not Allowed"}) == await caller.call("PUT", "/me")


async def test_dates_are_utc_with_and_without_z(caller: Any) -> None:
    """A chat's date ends with Z and loses a zero fraction; a user's is naive."""
    chat_id = await caller.chat()
    caller.server.chats[chat_id].created_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    caller.server.user.created_at = datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)

    assert "2026-01-02T03:04:05Z" == (await caller.call("GET", f"/chats/{chat_id}"))[1]["chat"]["created_at"]
    assert "2026-01-02T03:04:05.000060" == (await caller.call("GET", "/me"))[1]["user"]["created_at"]


def form(disposition: str, content: bytes = b"%PDF-1.7\r\n--x") -> tuple[bytes, dict[str, str]]:
    head = f"--x\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n".encode()
    return head + content + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("План этажа №1.pdf", "План этажа №1.pdf"),
        ("%D0%9F.pdf", "%D0%9F.pdf"),
        (r"a \"b\" \\c.pdf", r'a "b" \c.pdf'),
    ],
)
async def test_a_file_name_is_stored_as_it_arrives(caller: Any, sent: str, stored: str) -> None:
    """Raw UTF-8 arrives right, percent-encoding stays as it is, escaped quotes and backslashes are read."""
    content = b"%PDF-1.7 \r\n-x"
    body, headers = form(f'form-data; name="file"; filename="{sent}"', content)
    status, file = await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers})

    assert (201, stored, len(content), "application/pdf") == (status, file["filename"], file["size_bytes"], file["mime_type"])
    assert content == caller.server.store.files[file["id"]].content
    assert {**file, "source_type": "upload", "external_url": None} == (await caller.call("GET", f"/files/{file['id']}"))[1]


async def test_a_file_for_the_model_gets_an_uri(caller: Any) -> None:
    """`upload-for-llm` answers with the uri and the state as production spells it."""
    with aiohttp.MultipartWriter("form-data") as writer:
        writer.append(b"text").set_content_disposition("form-data", name="file", filename="a.txt")
        status, file = await caller.call("POST", "/files/upload-for-llm", data=writer)

    assert (201, "FileState.ACTIVE") == (status, file["state"])
    assert file["google_file_uri"].startswith("https://")


async def test_a_file_over_the_limit_is_413(caller: Any) -> None:
    """The limit is the behavior's."""
    caller.server.behavior = attrs.evolve(caller.server.behavior, upload_limit=10)
    body, headers = form('form-data; name="file"; filename="a.pdf"', b"x" * 11)

    assert 413 == (await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers}))[0]


async def test_an_upload_without_credentials_is_refused_after_its_body(caller: Any) -> None:
    """The 403 comes only when the whole body was read."""
    body, headers = form('form-data; name="file"; filename="a.pdf"', b"x" * 300_000)
    status, _ = await caller.call("POST", "/files/upload", data=body, headers=headers)

    assert (403, body) == (status, caller.server.requests[-1].body)


async def test_an_upload_without_a_file_is_422(caller: Any) -> None:
    """A form without the field `file`."""
    body, headers = form('form-data; name="document"; filename="a.pdf"')

    assert 422 == (await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers}))[0]


async def test_the_contract_has_no_upload_for_the_model(contract: Any) -> None:
    """404 there."""
    assert 404 == (await contract.call("POST", "/files/upload-for-llm"))[0]


async def test_the_tree_shows_all_clients_in_production(caller: Any) -> None:
    """`client_id` is ignored; without `all_nodes` only the children of `parent_id` are shown."""
    _, roots = await caller.call("GET", "/projects/tree?client_id=mycompany")
    _, nodes = await caller.call("GET", "/projects/tree?all_nodes=true&node_type=document&include_files=true")
    _, folders = await caller.call("GET", f"/projects/tree?parent_id={roots[0]['id']}")

    assert ["Жилой дом №1", "Склад"] == [node["name"] for node in roots]
    assert [("План этажа №1.pdf", "ocr_html")] == [(node["name"], node["files"][0]["file_type"]) for node in nodes]
    assert ["Вентиляция"] == [node["name"] for node in folders]


async def test_the_contracts_tree_is_the_clients(contract: Any) -> None:
    """`client_id` counts there."""
    assert ["Склад"] == [node["name"] for node in (await contract.call("GET", "/projects/tree?client_id=othercompany"))[1]]


async def test_only_documents_have_results(caller: Any) -> None:
    """A document's files, with no external url; 400 for a folder, 404 for an unknown one."""
    nodes = caller.server.store.nodes.values()
    document, folder = (next(node.id for node in nodes if node.node_type == kind) for kind in ("document", "folder"))
    _, results = await caller.call("GET", f"/projects/documents/{document}/results")

    assert (document, None) == (results["document_node_id"], results["files"][0]["external_url"])
    assert 400 == (await caller.call("GET", f"/projects/documents/{folder}/results"))[0]
    assert 404 == (await caller.call("GET", f"/projects/documents/{uuid4()}/results"))[0]


@pytest.mark.parametrize(
    ("query", "status"),
    [("client_id=a&query=план", 200), ("query=план", 422), ("client_id=a", 422), ("client_id=a&query=план&limit=101", 422)],
)
async def test_a_search_needs_a_client_and_a_query(caller: Any, query: str, status: int) -> None:
    """Both are required, and `limit` is at most 100."""
    assert status == (await caller.call("GET", f"/projects/search?{query}"))[0]


async def test_a_search_finds_by_name(caller: Any) -> None:
    """Whatever the case."""
    assert ["План этажа №1.pdf"] == [
        node["name"] for node in (await caller.call("GET", "/projects/search?client_id=a&query=план"))[1]
    ]
