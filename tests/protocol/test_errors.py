"""The errors of failed responses, closed sockets and `error` events."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import example, given, strategies as st

from aizoomdoc_client import exceptions as exc
from aizoomdoc_client.protocol.errors import Failure, from_close, from_error_event, from_response, retry_after
from tests.protocol.samples import JSON

CANARY = "canary-7Hk2pQ"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


def failure(status: int, body: Any = b"", **headers: str) -> Failure:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Failure(status=status, headers=named, body=content, method="GET", path="/me")


def everything(error: exc.APIError) -> str:
    """All texts of an error."""
    return repr((str(error), vars(error), error.args))


STATUSES = [
    # status, body, class, message
    (403, {"detail": "Not authenticated"}, exc.PermissionDeniedError, "Not authenticated"),
    (401, {"detail": "Token has expired"}, exc.AuthenticationError, "Token has expired"),
    (401, {"detail": "Invalid static token"}, exc.AuthenticationError, "Invalid static token"),
    (403, {"detail": "User account is not active"}, exc.PermissionDeniedError, "User account is not active"),
    (403, {"detail": "Access denied"}, exc.PermissionDeniedError, "Access denied"),
    (404, {"detail": "Chat not found"}, exc.NotFoundError, "Chat not found"),
    (404, {"detail": "User message not found"}, exc.NotFoundError, "User message not found"),
    (400, {"detail": "Node is not a document"}, exc.ValidationError, "Node is not a document"),
    (409, {"detail": "Already there"}, exc.ConflictError, "Already there"),
    (
        413,
        b"<html><head><title>413 Request Entity Too Large</title></head></html>",
        exc.PayloadTooLargeError,
        "413 Request Entity Too Large",
    ),
    (413, {"detail": "File too large"}, exc.PayloadTooLargeError, "File too large"),
    (422, {"detail": [{"loc": ["body", "title"], "msg": "Field required"}]}, exc.ValidationError, "title: Field required"),
    (429, {"detail": "Slow down"}, exc.RateLimitError, "Slow down"),
    (500, {"error": "internal_server_error", "message": "An error", "details": {"x": 1}}, exc.ServerError, "An error"),
    (501, b"", exc.ServerError, "Not Implemented"),
    (502, b"<html><body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>", exc.GatewayError, "502 Bad Gateway"),
    (503, b"", exc.GatewayError, "Service Unavailable"),
    (504, b"upstream timed out", exc.GatewayError, "upstream timed out"),
    (405, {"detail": "Method Not Allowed"}, exc.APIError, "Method Not Allowed"),
    (418, b"", exc.APIError, "I'm a Teapot"),
    (599, b"", exc.ServerError, "The server gave no reason"),
    (499, b"", exc.APIError, "The server gave no reason"),
]


@pytest.mark.parametrize(("status", "body", "kind", "message"), STATUSES)
def test_status_is_an_error_of_its_class(status: int, body: Any, kind: type[exc.APIError], message: str) -> None:
    """Each response gives its error, with the server's message, the status and the request."""
    error = from_response(failure(status, body))

    assert (kind, message, status, "GET", "/me") == (type(error), error.message, error.status_code, error.method, error.path)


def test_error_has_the_servers_word_for_it() -> None:
    """The server's own type of error is kept beside its message."""
    error = from_response(failure(500, {"error": "internal_server_error", "message": "An error"}))

    assert "internal_server_error" == error.error_type


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
@pytest.mark.parametrize("body", [b"", b"<html><title>Moved</title>", b'{"detail": "Moved"}'])
def test_redirect_is_an_error_that_says_what_to_do(status: int, body: bytes) -> None:
    """No redirect is followed: the error says where to it leads, without user, query and fragment, and to correct the address."""
    location = f"https://{CANARY}:x@other.example:8443/login?token={CANARY}#{CANARY}"
    error = from_response(failure(status, body, location=location))

    assert (exc.APIError, status) == (type(error), error.status_code)
    assert (
        "The server redirects to https://other.example:8443/login, which is not followed: correct the server URL" == error.message
    )
    assert CANARY not in everything(error)


@pytest.mark.parametrize("location", ["", "?token=x", "http://[::1", "#x"])
def test_redirect_to_no_place_is_an_error_without_one(location: str) -> None:
    """The error then only says that there was a redirect."""
    error = from_response(failure(302, b"", location=location))

    assert "The server redirects, which is not followed: correct the server URL" == error.message


@pytest.mark.parametrize("status", [414, 431])
def test_too_long_request_names_the_parameter(status: int) -> None:
    """Ids and files are in the query: the error names the longest parameter, without its values."""
    query = (("client_id", CANARY * 3), *(("document_ids", CANARY) for _ in range(9)), ("google_files", CANARY * 4))
    error = from_response(attrs.evolve(failure(status, b"<html>"), query=query))

    assert "The request is too long for the server: pass less in document_ids" == error.message
    assert CANARY not in everything(error)


UVICORN = b"Invalid HTTP request received."
IDS = tuple(("document_ids", f"00000000-0000-4000-8000-{number:012}") for number in range(2000))


@pytest.mark.parametrize(
    "body", [UVICORN, b"", b"<html><title>400 Bad Request</title></html>", b"Got more than 65536 bytes: \x00"]
)
def test_a_server_that_could_not_read_so_much_is_told_from_a_refusal(body: bytes) -> None:
    """A 400 to a long query that is not the application's own JSON: the error names what to shorten, and quotes nothing."""
    error = from_response(attrs.evolve(failure(400, body), query=(("client_id", "mycompany"), *IDS)))

    assert (exc.ValidationError, 400) == (type(error), error.status_code)
    assert "The request is too long for the server: pass less in document_ids" == error.message


@pytest.mark.parametrize(
    ("body", "query", "said"),
    [
        (UVICORN, IDS[:10], "Invalid HTTP request received."),
        (UVICORN, (), "Invalid HTTP request received."),
        (b'{"detail": "Node is not a document"}', IDS, "Node is not a document"),
    ],
)
def test_a_400_of_another_cause_keeps_its_words(body: bytes, query: Any, said: str) -> None:
    """One to a short query, and one in the application's own JSON."""
    assert said == from_response(attrs.evolve(failure(400, body), query=query)).message


def test_too_long_request_without_a_query_is_told_so() -> None:
    """If there is no query, no parameter is named."""
    assert "its headers or its address are" in from_response(failure(431)).message


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "Internal Server Error"),
    "blank": (b" \n ", "Internal Server Error"),
    "plain text": (b"Internal Server Error", "Internal Server Error"),
    "several lines": (b"first\r\nsecond\tthird", "first second third"),
    "Cyrillic": ("Нет места".encode(), "Нет места"),
    "terminal controls": (b"\x1b[31mred\x1b[0m\x07", "[31mred [0m"),
    "bidi controls": ("a\u202eb\u2066c".encode(), "a b c"),
    "binary": (
        bytes(range(256)),
        " ".join(
            ["!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~", "\ufffd" * 128]
        ),
    ),
    "an empty object": (b"{}", "Internal Server Error"),
    "an empty list": (b"[]", "Internal Server Error"),
    "null": (b"null", "Internal Server Error"),
    "a text": (b'"oops"', "Internal Server Error"),
    "an empty detail": (b'{"detail": ""}', "Internal Server Error"),
    "a blank detail": (b'{"detail": " \\u0000\\n "}', "Internal Server Error"),
    "a blank detail beside a message": (b'{"detail": " ", "message": "Real"}', "Real"),
    "a detail that is an object": (b'{"detail": {"a": 1}}', "Internal Server Error"),
    "a detail that is an empty list": (b'{"detail": []}', "Internal Server Error"),
    "a detail with lone surrogates": (b'{"detail": "a\\ud800b"}', "a\ufffdb"),
    "a detail that is a page": (b'{"detail": "<html><title>Oops</title><p>long"}', "Oops"),
    "a message only": (b'{"message": "Oops"}', "Oops"),
    "an error only": (b'{"error": "oops"}', "oops"),
    "an error that is an object": (b'{"error": {"code": 1}, "message": "Oops"}', "Oops"),
    "a page": (b"<html><head><title>Oops &amp; more\n</title></head><body>long</body></html>", "Oops & more"),
    "a page with a heading": (b"<h1 class='x'>Oops <b>now</b></h1>", "Oops now"),
    "a page in capitals": (b"<!DOCTYPE HTML><HTML><TITLE>Oops</TITLE>", "Oops"),
    "a page after a byte order mark": (b"\xef\xbb\xbf\n<html><title>Oops</title>", "Oops"),
    "a page after some words": (b"Error <html><title>Oops</title>", "Oops"),
    "a page without a title": (b"<html><body>long</body></html>", "Internal Server Error"),
    "a page with an empty title": (b"<title> </title>", "Internal Server Error"),
    "a page with an open title": (b"<title>long", "Internal Server Error"),
    "a comment": (b"<!-- secret -->", "Internal Server Error"),
}


@pytest.mark.parametrize(("body", "message"), BODIES.values(), ids=BODIES)
def test_any_body_gives_one_clean_line(body: bytes, message: str) -> None:
    """The server's message if there is one, else that of the status; of a page only its title."""
    assert message == from_response(failure(500, body)).message


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml; html"])
def test_page_is_known_by_its_type(content_type: str) -> None:
    """A body with an HTML content type is a page, whatever it begins with."""
    error = from_response(failure(502, b"oops <b>502</b> <h1>Bad</h1>", content_type=content_type))

    assert "Bad" == error.message


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "body",
    [
        b"<title>" * 100_000,
        b"<title " * 100_000,
        b"<h1><" * 100_000,
        b"<html>" + b"<title><h1>" * 100_000,
        b"[" * 1_000_000,
        b'{"detail":"' + b"a" * 1_000_000 + b'"}',
        b"token=" * 200_000,
        b"eyJ" * 300_000,
    ],
)
def test_hostile_body_takes_linear_time(body: bytes) -> None:
    """A megabyte made to be slow to parse gives one short line in linear time."""
    assert len(from_response(failure(502, body)).message) <= 300


@pytest.mark.parametrize(
    "text",
    [
        f"Bad token: {JWT}",
        f"Authorization: Bearer {CANARY}",
        f"bearer {CANARY}",
        f"static_token={CANARY}&x=1",
        f'{{"access_token": "{CANARY}"}}',
        f"refresh_token='{CANARY}'",
        f"password: {CANARY}",
        f"api_key={CANARY}",
        f"GET /stream?token={CANARY} HTTP/1.1",
        JWT[:30],
        "Nobody has canary" + "0123456789abcdef" * 3,
    ],
)
def test_words_of_a_server_are_shown_without_credentials(text: str) -> None:
    """Tokens that a server repeats are masked in every kind of error."""
    shown = everything(from_response(failure(500, {"detail": text, "error": text}))) + everything(
        from_response(failure(500, text.encode()))
    )
    shown += everything(from_error_event(text)) + everything(from_close(1008, text)) + everything(from_close(1000, text))

    assert not any(secret in shown for secret in (CANARY, "eyJ", "0123456789abcdef"))


@pytest.mark.parametrize(
    "text",
    [
        "Chat 0f8fad5b-d9cb-469f-a165-70867728950e not found",
        "Invalid static token",
        "Токен недействителен",
        "Token has expired",
        "No such file: План этажа №1 (копия).pdf",
    ],
)
def test_words_without_credentials_are_shown_as_they_are(text: str) -> None:
    """Masking leaves ids, names and plain words alone."""
    assert text == from_response(failure(404, {"detail": text})).message


DATE = "Wed, 21 Oct 2015 07:28:00 GMT"

RETRY_AFTER: list[tuple[str | None, str | None, float | None]] = [
    (None, None, None),
    ("", None, None),
    ("120", None, 120.0),
    (" 120 ", None, 120.0),
    ("1.5", None, 1.5),
    ("0", None, None),
    ("0.0", None, None),
    ("-1", None, None),
    ("+5", None, None),
    ("1e3", None, None),
    ("0x10", None, None),
    ("1_000", None, None),
    ("5 s", None, None),
    ("5, 6", None, None),
    ("nan", None, None),
    ("inf", None, None),
    ("Infinity", None, None),
    ("9" * 400, None, None),
    ("99999999999", None, 99_999_999_999.0),
    ("٣", None, None),
    ("１２", None, None),
    ("²", None, None),
    ("soon", None, None),
    ("\x00", None, None),
    ("Wed, 21 Oct 2015 07:30:00 GMT", DATE, 120.0),
    ("Wed, 21 Oct 2015 09:30:00 +0200", DATE, 120.0),
    ("Wednesday, 21-Oct-15 07:30:00 GMT", DATE, 120.0),
    ("Wed, 21 Oct 2015 07:28:00 GMT", DATE, None),
    ("Wed, 21 Oct 2015 07:26:00 GMT", DATE, None),
    ("Wed, 21 Oct 2015 07:30:00 GMT", None, None),
    ("Wed, 21 Oct 2015 07:30:00 GMT", "", None),
    ("Wed, 21 Oct 2015 07:30:00 GMT", "yesterday", None),
    ("Wed, 21 Oct 2015 07:30:00 -0000", DATE, None),
    ("Wed, 21 Oct 99999 07:30:00 GMT", DATE, None),
    ("Wed, 99 Oct 2015 07:30:00 GMT", DATE, None),
    ("Wed, 21 Oct 2015 99:99:99 GMT", DATE, None),
    ("Wed, 21 Oct 2015 07:30:00 +9999999999", DATE, None),
    ("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", 252_424_166_279.0),
]


@pytest.mark.parametrize(("value", "date", "expected"), RETRY_AFTER)
def test_retry_after_is_seconds_or_nothing(value: str | None, date: str | None, expected: float | None) -> None:
    """Seconds, or a date relative to the response's own; past, infinite or unreadable values give None."""
    headers = {name: text for name, text in (("retry-after", value), ("date", date)) if text is not None}

    assert expected == retry_after(headers)


def test_retry_after_is_on_the_error() -> None:
    """The error has `retry_after`."""
    error = from_response(failure(429, {"detail": "Slow down"}, retry_after="7"))

    assert 7.0 == error.retry_after


DATES = st.lists(
    st.sampled_from(
        ["Wed", ",", " ", "21", "Oct", "2015", "07:28:00", ":", "GMT", "+0200", "-", "99999999", "0", "Z", "(", ")", "\\"]
    )
).map("".join)


@given(st.text() | DATES, st.just(DATE) | st.text() | DATES)
@example("0 Oct 0 0:0", DATE)
def test_any_text_as_retry_after_is_seconds_or_nothing(value: str, date: str) -> None:
    """Any text gives seconds or None, never an exception."""
    seconds = retry_after({"retry-after": value, "date": date})

    assert seconds is None or 0 < seconds < float("inf")


@given(
    st.integers(300, 599),
    st.binary(max_size=400)
    | JSON.map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps({"detail": value}).encode()),
    st.dictionaries(st.sampled_from(["content-type", "retry-after", "date", "location", "server"]), st.text(max_size=40)),
)
def test_any_response_is_an_api_error_in_one_line(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Any status, bytes and headers give an error with the status and a short printable message."""
    error = from_response(Failure(status=status, headers=headers, body=body, method="POST", path="/chats"))

    assert (status, "POST", "/chats") == (error.status_code, error.method, error.path)
    assert 0 < len(error.message) <= 300
    assert str(error).isprintable()
    assert all(part.isprintable() and len(part) <= 300 for field in getattr(error, "fields", ()) for part in field)


EVENTS = [
    (
        "Queue is full (12 requests). Please try again later.",
        exc.QueueFullError,
        "Queue is full (12 requests). Please try again later.",
    ),
    ("Request timed out in queue", exc.QueueTimeoutError, "Request timed out in queue"),
    ("Model\nfailed", exc.AnswerError, "Model failed"),
    ("The queue is full of words", exc.AnswerError, "The queue is full of words"),
    ("", exc.AnswerError, "The server ended the answer with an error and no reason"),
    (" \x00 ", exc.AnswerError, "The server ended the answer with an error and no reason"),
]


@pytest.mark.parametrize(("said", "kind", "message"), EVENTS)
def test_error_event_is_an_answer_error(said: str, kind: type[exc.AnswerError], message: str) -> None:
    """The two messages of the queue have their own errors; they hold the text so far."""
    error = from_error_event(said, partial="half", path="/chats/c1/stream")

    assert (kind, message, "half", "/chats/c1/stream") == (type(error), error.message, error.partial, error.path)


CLOSES = [
    (None, exc.StreamInterruptedError, "without a closing handshake"),
    (1006, exc.StreamInterruptedError, "without a closing handshake"),
    (1000, exc.StreamInterruptedError, "with code 1000"),
    (1001, exc.StreamInterruptedError, "with code 1001"),
    (1005, exc.StreamInterruptedError, "with code 1005"),
    (1011, exc.StreamInterruptedError, "with code 1011"),
    (1012, exc.StreamInterruptedError, "with code 1012"),
    (1013, exc.StreamInterruptedError, "with code 1013"),
    (4999, exc.StreamInterruptedError, "with code 4999"),
    (1008, exc.PermissionDeniedError, "refuses the stream"),
    (4403, exc.PermissionDeniedError, "refuses the stream"),
    (1009, exc.ProtocolError, "max_frame_bytes"),
    (4401, exc.AuthenticationError, "does not accept the access token"),
    (4404, exc.NotFoundError, "no such chat"),
]


@pytest.mark.parametrize("reason", ["", "because\x1b[31m\n", " \x00"])
@pytest.mark.parametrize(("code", "kind", "words"), CLOSES)
def test_close_code_is_an_error_of_its_class(code: int | None, kind: type[exc.APIError], words: str, reason: str) -> None:
    """Each close code gives its error; none is success, and the code is kept."""
    error = from_close(code, reason)

    assert (kind, code) == (type(error), error.details["close_code"])
    assert words in error.message
    assert error.message.isprintable()
    assert (": " in error.message) == ("because" in reason and "because [31m" in error.message)


@given(st.text(max_size=400), st.sampled_from([code for code, _, _ in CLOSES]))
def test_any_reason_of_a_close_is_one_line(reason: str, code: int | None) -> None:
    """Any close reason gives one line."""
    assert from_close(code, reason).message.isprintable()
