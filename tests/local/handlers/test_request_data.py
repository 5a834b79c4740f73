"""What is in a request: its user, its body, its query and its path."""

from __future__ import annotations

import io

import jwt
import pytest
from yarl import URL

from tests.local.support import UNKNOWN_ID, Reply, User, anonymous, raw_reply


async def test_without_a_header_it_is_403(user: User) -> None:
    """As the wire has it."""
    assert Reply(403, {"detail": "Not authenticated"}) == await anonymous(user, "GET", "/me")


@pytest.mark.parametrize(
    "token", ["garbage", "a.b.c", jwt.encode({"sub": "x"}, "another secret, long enough for HS256", "HS256")]
)
async def test_a_token_from_elsewhere_is_401(user: User, token: str) -> None:
    """Garbage and foreign signatures are no internal error here."""
    reply = await user.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert Reply(401, {"detail": "Could not validate credentials"}) == reply


async def test_an_ended_token_is_401(user: User) -> None:
    """The detail is the one that clients know."""
    secret = (user.server.settings.data_dir / "jwt-secret").read_text(encoding="utf-8").strip()
    claims = jwt.decode(user.login["access_token"], secret, algorithms=["HS256"])
    ended = jwt.encode(claims | {"exp": claims["iat"] - 1}, secret, "HS256")

    assert Reply(401, {"detail": "Token has expired"}) == await user.get("/me", headers={"Authorization": f"Bearer {ended}"})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("{}", ["body", "content"]),
        ('{"content": "  "}', ["body", "content"]),
        ('{"content": 1}', ["body", "content"]),
        ('{"content": "a", "attached_file_ids": ["x"]}', ["body", "attached_file_ids", 0]),
        ("not json", ["body"]),
        ('{"content": 1, "x": }', ["body", "content"]),
        ('{"content": 1, "x": "\udcff"}', ["body", "content"]),
        ('{"content": ' + "[" * 100_000, ["body", "content"]),
        ('{"content": 1e999}', ["body", "content"]),
        ("[]", ["body"]),
        ('"\\ud800"', ["body"]),
        ('{"content": "a\\u0000b"}', ["body", "content"]),
        ('{"content": "a", "google_file_uris": ["\\u0000"]}', ["body", "google_file_uris"]),
    ],
)
async def test_a_body_that_does_not_fit_is_422_that_says_where(user: User, body: str, where: list[str | int]) -> None:
    """And nothing is stored."""
    chat = await user.chat()
    reply = await user.ask("POST", f"/chats/{chat}/messages", data=body.encode(errors="surrogateescape"))

    assert (422, where) == (reply.status, reply.body["detail"][0]["loc"])
    assert [] == await user.history(chat)


@pytest.mark.parametrize(
    "body", ['{"statictoken": "SECRET"}', '{"static_token": {"SECRET": 1}}', '{"static_token": "SECRET"', '["SECRET"]']
)
async def test_a_body_that_does_not_fit_is_422_and_is_not_shown_again(user: User, body: str) -> None:
    """It could hold the static token."""
    async with user.session.post(f"{user.server.url}/auth/exchange", data=body) as response:
        text = await response.text()

    assert (422, False) == (response.status, "SECRET" in text)
    assert '"loc":["body"' in text


async def test_a_static_token_in_the_wrong_place_is_not_shown_again(user: User) -> None:
    """A 422 repeats what was sent, but not that."""
    reply = await user.ask("PATCH", "/me/settings", json={"temperature": "first-token"})

    assert (422, "***") == (reply.status, reply.body["detail"][0]["input"])


async def test_a_body_of_megabytes_is_413(user: User) -> None:
    """Questions are not that long."""
    body = io.BytesIO(b'{"content": "' + b"a" * 5_000_000 + b'"}')
    reply = await user.ask("POST", f"/chats/{await user.chat()}/messages", data=body)

    assert Reply(413, {"detail": "Request body too large"}) == reply


@pytest.mark.parametrize("path", ["/chats/{}", "/chats/{}/stream", "/files/{}", "/projects/documents/{}/results"])
async def test_an_unknown_id_is_404_and_a_malformed_one_422(user: User, path: str) -> None:
    """For every noun."""
    malformed = await user.get(path.format("not-a-uuid"))

    assert 404 == (await user.get(path.format(UNKNOWN_ID))).status
    assert (422, "uuid_parsing", "not-a-uuid") == (
        malformed.status,
        malformed.body["detail"][0]["type"],
        malformed.body["detail"][0]["input"],
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/chats", {"title": "a\0b"}),
        ("POST", "/chats", {"description": "\0"}),
        ("GET", "/projects/tree?client_id=a%00b", None),
        ("GET", "/projects/search?client_id=a&query=%00", None),
        ("GET", "/chats?limit=%00", None),
        ("GET", f"/chats/{UNKNOWN_ID}%00", None),
        ("GET", "/files/%00", None),
    ],
)
async def test_a_nul_character_is_422(user: User, method: str, path: str, body: object) -> None:
    """In a text that is to be stored, in the path and in the query."""
    reply = await user.ask(method, URL(path, encoded=True), json=body)

    assert 422 == reply.status
    assert reply.body["detail"][0]["loc"]


async def test_a_nul_character_in_the_query_closes_a_socket_with_4422(user: User) -> None:
    """As all that does not fit."""
    chat = await user.chat()
    async with user.socket(chat, client_id="a\0b") as socket:
        message = await socket.receive()

    assert 4422 == message.data


@pytest.mark.parametrize("target", ["/chats?limit=\xff", "/chats/\xff", "/projects/tree?client_id=\xff&parent_id=\xfe"])
async def test_bytes_that_are_no_text_are_no_internal_error(user: User, target: str) -> None:
    """In a path or a query they are a request that does not fit."""
    status, _ = await raw_reply(user, f"GET {target} HTTP/1.1", {"Host": "127.0.0.1"} | user.bearer)

    assert status in (400, 404, 422)
