"""Headers that no handler could use."""

from __future__ import annotations

import gzip
import io

import pytest

from tests.local.support import Reply, User, raw_reply


@pytest.mark.parametrize("path", ["/chats", "/files/upload", "/auth/exchange"])
@pytest.mark.parametrize("body", [gzip.compress(b" " * 50_000_000), b"not compressed at all"], ids=["bomb", "garbage"])
async def test_a_compressed_body_is_415_and_not_unpacked(user: User, path: str, body: bytes) -> None:
    """Whatever it unpacks to; the server goes on."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=b"}
    reply = await user.ask("POST", path, data=io.BytesIO(body), headers=headers)

    assert Reply(415, {"detail": "A request's body must not be compressed"}) == reply
    assert 200 == (await user.get("/me")).status


@pytest.mark.parametrize("name", ["Authorization", "Host", "Idempotency-Key", "Origin"])
async def test_a_header_that_is_no_text_is_400(user: User, name: str) -> None:
    """Bytes that are not UTF-8 can neither be compared nor stored nor sent back."""
    headers = {"Host": "127.0.0.1", "Content-Length": "2"} | user.bearer | {name: "Bearer \xff\xfe"}
    status, body = await raw_reply(user, "POST /chats HTTP/1.1", headers)

    assert (400, True) == (status, f"The header {name} is not in UTF-8".encode() in body)
