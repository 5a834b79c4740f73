"""Uploads and downloads."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest
from PIL import Image

from tests.local.reading.test_ocr import posix, stand_in
from tests.local.support import Reply, Serve, User


async def test_an_upload_can_be_downloaded_again(user: User) -> None:
    """`external_url` gives the same bytes under the same name, to its owner."""
    data = "План".encode() * 100_000
    stored = await user.upload("План этажа №1.txt", data)
    info = await user.get(f"/files/{stored.body['id']}")
    async with user.session.get(info.body["external_url"], headers=user.bearer) as response:
        content, disposition = await response.read(), unquote(response.headers["Content-Disposition"])

    assert (201, 200, data) == (stored.status, info.status, content)
    assert (len(data), "text/plain", "План этажа №1.txt") == (
        info.body["size_bytes"],
        info.body["mime_type"],
        info.body["filename"],
    )
    assert "attachment; filename*=UTF-8''План этажа №1.txt" == disposition


@posix
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
async def test_an_image_in_a_chat_answers(user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Its text is recognized, and the answer says so."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(stand_in(tmp_path / "bin")))
    Image.new("L", (20, 20), "white").save(tmp_path / f"scan.{suffix}")
    file = (await user.upload(f"Скан.{suffix}", (tmp_path / f"scan.{suffix}").read_bytes())).body["id"]
    chat = await user.chat()
    await user.say(chat, "Какая мощность котельной?", attached_file_ids=[file])
    [answer] = [event.data for event in await user.events(chat) if event.name == "llm_final"]

    assert (True, 1) == ("Мощность котельной" in answer["content"], answer["sources"][0]["page"])
    assert [f"В «Скан.{suffix}» текст 1 из 1 страницы распознан по изображению, в нём возможны ошибки."] == answer["notes"]


async def test_a_file_is_for_its_owner_only(user: User, second: Callable[[User], Awaitable[User]]) -> None:
    """Another user gets neither its metadata nor its bytes."""
    file, other = (await user.upload("а.txt", b"text")).body["id"], await second(user)

    assert 403 == (await other.get(f"/files/{file}")).status
    assert 403 == (await other.get(f"/files/{file}/content")).status
    async with user.session.get(f"{user.server.url}/files/{file}/content") as response:
        assert 403 == response.status


@pytest.mark.parametrize(
    "name", ["План этажа №1.pdf", "a;b;c.txt", 'say "hi".txt', "100%.txt", "%D0%9F.txt", "emoji 🏗.md", "План\u00a0этажа\u200d.md"]
)
# aiohttp's own reader warns of the semicolons; ours is the one that counts.
@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
async def test_a_name_arrives_as_it_was_sent(user: User, name: str) -> None:
    """Raw UTF-8, semicolons, escaped quotes; percent signs mean themselves, as on all servers."""
    assert name == (await user.upload(name, b"text")).body["filename"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [("../../etc/passwd", "passwd"), ("..", "file"), ("dir/", "file"), ("x" * 300 + ".pdf", "x" * 251 + ".pdf")],
)
async def test_a_hostile_name_is_reduced_to_a_safe_one(user: User, given: str, stored: str) -> None:
    """It is stored as its last component of 255 characters at most, as ``file`` where nothing is left."""
    assert stored == (await user.upload(given, b"text")).body["filename"]


async def test_a_file_for_the_model_has_a_uri(user: User) -> None:
    """The body has what `google_files` of a question needs."""
    reply = await user.upload("а.txt", b"text", "/files/upload-for-llm")

    assert (201, "FileState.ACTIVE", 4) == (reply.status, reply.body["state"], reply.body["size_bytes"])
    assert reply.body["google_file_uri"]
    assert "llm_upload" == (await user.get(f"/files/{reply.body['id']}")).body["source_type"]


@pytest.mark.parametrize("path", ["/files/upload", "/files/upload-for-llm"])
@pytest.mark.parametrize("size", [2_000, 200_000])
async def test_a_file_over_the_limit_is_413_and_leaves_nothing(serve: Serve, path: str, size: int) -> None:
    """Whether the Content-Length alone proves it or the limit is passed while the body is read."""
    user = await serve(max_upload_bytes=1_000, max_llm_upload_bytes=1_000)

    assert 413 == (await user.upload("а.txt", b"a" * size, path)).status
    assert 201 == (await user.upload("а.txt", b"a" * 1_000, path)).status
    assert 1 == len(list((user.server.settings.data_dir / "files").iterdir()))


async def test_a_body_without_a_file_is_422(user: User) -> None:
    """Another field, no field, or no multipart at all."""
    form = aiohttp.FormData()
    form.add_field("other", b"text", filename="a.txt")
    bodies = [form, aiohttp.FormData({"file": "no file"}, default_to_multipart=True), b"raw"]
    replies = [await user.ask("POST", "/files/upload", data=body) for body in bodies]

    assert [(422, ["body", "file"])] * 3 == [(reply.status, reply.body["detail"][0]["loc"]) for reply in replies]


async def test_a_broken_multipart_body_is_422(user: User) -> None:
    """It is the sender's fault, not the server's."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    reply = await user.ask("POST", "/files/upload", data=io.BytesIO(b"--y\r\nnonsense"), headers=headers)

    assert 422 == reply.status


@pytest.mark.parametrize(
    "headers",
    [
        b'Content-Disposition: form-data; name="file"; filename="a\x00b.txt"',
        b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: a/\x00b',
        b"Content-Disposition form-data",
        b"X: " + b"a" * 100_000,
        b"X: y\r\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nno header\r\n\r\nx\r\n--c--",
    ],
    ids=["NUL in a name", "NUL in a type", "no colon", "too long", "too many", "nested"],
)
async def test_a_part_with_malformed_headers_is_422(user: User, headers: bytes) -> None:
    """A file name with a NUL among them; nothing is stored, and the next upload works."""
    body = b"--b\r\n" + headers + b"\r\n\r\nx\r\n--b--\r\n"
    reply = await user.ask(
        "POST", "/files/upload", data=io.BytesIO(body), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert (422, ["body"]) == (reply.status, reply.body["detail"][0]["loc"])
    assert 201 == (await user.upload("а.txt", b"text")).status
    assert 1 == len(list((user.server.settings.data_dir / "files").iterdir()))


async def test_a_type_that_is_no_mime_type_is_guessed_from_the_name(user: User) -> None:
    """Bytes that are no text are not stored as one."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: \xff\xfe\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = await user.ask("POST", "/files/upload", data=io.BytesIO(part), headers=headers)

    assert (201, "text/plain") == (reply.status, reply.body["mime_type"])


async def test_an_upload_that_breaks_off_leaves_nothing(user: User) -> None:
    """The connection is cut in the middle of the body; then all goes on."""
    reader, writer = await aiohttp_free_connection(user)
    head = "POST /files/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
    head += f"Authorization: {user.bearer['Authorization']}\r\n"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + "a" * 5000
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n{part}".encode())
    await writer.drain()
    writer.transport.abort()
    await reader.read()

    assert 201 == (await user.upload("а.txt", b"text")).status
    assert Reply(200, []) == await user.get("/chats")
    await user.server.__aexit__(None, None, None)
    assert 1 == len(list((user.server.settings.data_dir / "files").iterdir()))


async def aiohttp_free_connection(user: User) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = user.server.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(b"\xef\xeb\xe0\xed.txt", "_xef_xeb_xe0_xed.txt"), (b"C:\\\\\xef\xeb.txt", "_xef_xeb.txt"), (b"a\x85.txt", "a_x85.txt")],
)
async def test_bytes_of_a_name_that_are_no_text_are_shown(user: User, sent: bytes, stored: str) -> None:
    """They used to be left out, which made ``.txt`` of a name in Windows-1251."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + sent + b'"\r\n\r\ntext\r\n--b--\r\n'
    reply = await user.ask("POST", "/files/upload", data=part, headers={"Content-Type": "multipart/form-data; boundary=b"})

    assert (201, stored, "text/plain") == (reply.status, reply.body["filename"], reply.body["mime_type"])
