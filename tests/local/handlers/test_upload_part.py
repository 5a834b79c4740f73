"""The file of a multipart body."""

from __future__ import annotations

import io

import pytest

from tests.local.support import User

_FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext'
_OTHER = b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n'
_CHARSET = b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"\r\n" * 1000 + _FILE + b"\r\n--b--\r\n",
        _OTHER * 1000 + _FILE + b"\r\n--b--\r\n",
        b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n or 0, n + 1) for n in range(1000)),
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n" + _FILE + b"\r\n--b--\r\n",
        _CHARSET + b"a" * 100 + b"\r\n" + _FILE + b"\r\n--b--\r\n",
        _FILE,
        _FILE + b"\r\n--",
    ],
    ids=["a long preamble", "many fields", "nested deep", "nested", "a long encoding", "no end", "half an end"],
)
async def test_a_body_that_is_too_odd_to_have_a_file_is_422(user: User, body: bytes) -> None:
    """Each part takes the server time in which it does nothing else; of a file without an end a part may be missing."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = await user.ask("POST", "/files/upload", data=io.BytesIO(body.replace(b"--b0\r\n", b"--b\r\n", 1)), headers=headers)

    assert (422, ["body"]) == (reply.status, reply.body["detail"][0]["loc"])
    assert 201 == (await user.upload("a.txt", b"text")).status
    assert 1 == len(list((user.server.settings.data_dir / "files").iterdir()))


async def test_some_fields_may_come_before_the_file(user: User) -> None:
    """And a file may have any number of lines."""
    body = _OTHER * 20 + _FILE + b"\r\n" * 10_000 + b"\r\n--b--\r\n"
    reply = await user.ask(
        "POST", "/files/upload", data=io.BytesIO(body), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert (201, 20_004) == (reply.status, reply.body["size_bytes"])
