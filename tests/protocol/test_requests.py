"""Requests: one function per endpoint, and no injection by arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import pytest
from hypothesis import given, settings, strategies as st
from yarl import URL

from aizoomdoc_client import models
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import FileInfo, ProjectFile
from aizoomdoc_client.protocol import codec, requests
from aizoomdoc_client.protocol.requests import ChatWithoutMessages, Request, StreamScope, TokenGrant

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]


def tree(**more: Any) -> Request[Any]:
    return requests.get_projects_tree(
        **({"client_id": None, "parent_id": None, "node_type": None, "all_nodes": False, "include_files": False} | more)
    )


GONE = {"chat_id": "c1"}
ENDPOINTS: dict[str, tuple[Request[Any], dict[str, Any]]] = {
    # what is built, and what the wire wants: all that is left out here is the default
    "health": (
        requests.health(),
        {"method": "GET", "path": "/health", "response": models.Health, "auth": "none", "repeatable": True},
    ),
    "exchange": (
        requests.exchange("s"),
        {
            "method": "POST",
            "path": "/auth/exchange",
            "response": models.Session,
            "body": {"static_token": "s"},
            "auth": "none",
            "repeatable": True,
        },
    ),
    "refresh": (
        requests.refresh("r"),
        {"method": "POST", "path": "/auth/refresh", "response": TokenGrant, "body": {"refresh_token": "r"}, "auth": "none"},
    ),
    "logout": (requests.logout(), {"method": "POST", "path": "/auth/logout", "response": object, "repeatable": True}),
    "me": (requests.get_me(), {"method": "GET", "path": "/me", "response": models.Me, "repeatable": True}),
    "settings": (
        requests.update_settings({"temperature": 0.5, "selected_role_prompt_id": None}),
        {
            "method": "PATCH",
            "path": "/me/settings",
            "response": models.Settings,
            "body": {"temperature": 0.5, "selected_role_prompt_id": None},
        },
    ),
    "roles": (
        requests.get_roles(),
        {"method": "GET", "path": "/prompts/roles", "response": tuple[models.Role, ...], "auth": "none", "repeatable": True},
    ),
    "create chat": (
        requests.create_chat("Анализ", None),
        {"method": "POST", "path": "/chats", "response": models.Chat, "body": {"title": "Анализ"}},
    ),
    "create chat without anything": (
        requests.create_chat(None, None),
        {"method": "POST", "path": "/chats", "response": models.Chat, "body": {}},
    ),
    "list chats": (
        requests.list_chats(7),
        {"method": "GET", "path": "/chats", "response": tuple[models.Chat, ...], "query": (("limit", "7"),), "repeatable": True},
    ),
    "chat": (
        requests.get_chat("c1"),
        {"method": "GET", "path": "/chats/c1", "response": ChatWithoutMessages, "repeatable": True},
    ),
    "history": (
        requests.get_chat_history("c1"),
        {"method": "GET", "path": "/chats/c1", "response": models.ChatHistory, "repeatable": True},
    ),
    "delete chat": (
        requests.delete_chat("c1"),
        {
            "method": "DELETE",
            "path": "/chats/c1",
            "response": models.ChatDeletion,
            "repeatable": True,
            "gone": GONE,
            "known": GONE,
        },
    ),
    "message": (
        requests.post_message(
            "c1", "Где?", idempotency_key="k", attached_file_ids=["f1"], attached_document_ids=["d1"], google_file_uris=["g1"]
        ),
        {
            "method": "POST",
            "path": "/chats/c1/messages",
            "response": models.Message,
            "body": {"content": "Где?", "attached_file_ids": ["f1"], "attached_document_ids": ["d1"], "google_file_uris": ["g1"]},
            "headers": {"Idempotency-Key": "k"},
            "known": {"chat_id": "c1", "role": "user", "content": "Где?"},
        },
    ),
    "message alone": (
        requests.post_message("c1", "Где?", idempotency_key="k"),
        {
            "method": "POST",
            "path": "/chats/c1/messages",
            "response": models.Message,
            "body": {"content": "Где?"},
            "headers": {"Idempotency-Key": "k"},
            "known": {"chat_id": "c1", "role": "user", "content": "Где?"},
        },
    ),
    "stream": (requests.stream("c1", StreamScope()), {"method": "GET", "path": "/chats/c1/stream", "response": object}),
    "upload": (requests.upload_file(), {"method": "POST", "path": "/files/upload", "response": models.UploadedFile}),
    "upload for the model": (
        requests.upload_file_for_llm(),
        {"method": "POST", "path": "/files/upload-for-llm", "response": models.LLMFile},
    ),
    "file": (requests.get_file("f1"), {"method": "GET", "path": "/files/f1", "response": models.FileInfo, "repeatable": True}),
    "tree": (tree(), {"method": "GET", "path": "/projects/tree", "response": tuple[models.ProjectNode, ...], "repeatable": True}),
    "tree, narrowed": (
        tree(client_id="c", parent_id="p", node_type="document", all_nodes=True, include_files=True),
        {
            "method": "GET",
            "path": "/projects/tree",
            "response": tuple[models.ProjectNode, ...],
            "query": (
                ("client_id", "c"),
                ("parent_id", "p"),
                ("node_type", "document"),
                ("all_nodes", "true"),
                ("include_files", "true"),
            ),
            "repeatable": True,
        },
    ),
    "results": (
        requests.get_document_results("d1"),
        {"method": "GET", "path": "/projects/documents/d1/results", "response": models.DocumentResults, "repeatable": True},
    ),
    "search": (
        requests.search_documents("вентиляция", "c", 5),
        {
            "method": "GET",
            "path": "/projects/search",
            "response": tuple[models.ProjectNode, ...],
            "query": (("query", "вентиляция"), ("client_id", "c"), ("limit", "5")),
            "repeatable": True,
        },
    ),
}


@pytest.mark.parametrize(("built", "wanted"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_request_is_what_the_endpoint_wants(built: Request[Any], wanted: dict[str, Any]) -> None:
    """Method, path, query, body, headers, whether a login is needed and whether the request is repeatable."""
    assert Request(**wanted) == built


def test_every_endpoint_is_among_these() -> None:
    """No function of the module is left out above."""
    functions = {
        name for name, item in vars(requests).items() if getattr(item, "__module__", "") == requests.__name__ and name[0] != "_"
    }

    assert functions - {
        "T",
        "Request",
        "RequestContext",
        "ChatWithoutMessages",
        "StreamScope",
        "TokenGrant",
        "given_settings",
        "Auth",
        "tree_file",
    } == {
        *("health", "exchange", "refresh", "logout", "get_me", "update_settings", "get_roles", "create_chat", "list_chats"),
        *(
            "get_chat",
            "get_chat_history",
            "delete_chat",
            "post_message",
            "stream",
            "upload_file",
            "upload_file_for_llm",
            "get_file",
        ),
        *("get_projects_tree", "get_document_results", "search_documents"),
    }


@pytest.mark.parametrize("built", [built for built, _ in ENDPOINTS.values()], ids=ENDPOINTS)
def test_request_shows_no_body(built: Request[Any]) -> None:
    """A body may hold a token: it is in no `repr`."""
    assert "canary" not in repr(attrs.evolve(built, body={"static_token": "canary"}))


def test_token_grant_shows_no_token() -> None:
    """Neither of its tokens is in the `repr`."""
    assert "canary" not in repr(TokenGrant(access_token="canary", expires_in=1, refresh_token="canary"))


BY_ID: dict[str, tuple[Callable[[str], Request[Any]], str]] = {
    "chat": (requests.get_chat, "/chats/{}"),
    "history": (requests.get_chat_history, "/chats/{}"),
    "delete": (requests.delete_chat, "/chats/{}"),
    "message": (lambda chat: requests.post_message(chat, "x", idempotency_key="k"), "/chats/{}/messages"),
    "stream": (lambda chat: requests.stream(chat, StreamScope()), "/chats/{}/stream"),
    "file": (requests.get_file, "/files/{}"),
    "results": (requests.get_document_results, "/projects/documents/{}/results"),
}


@pytest.mark.parametrize("build", [build for build, _ in BY_ID.values()], ids=BY_ID)
@pytest.mark.parametrize(
    "segment", ["", " ", ".", "..", "...", " c1", "c1 ", "\n", "c\r\n1", "c\x00", "c\x7f", "c\x85", "c\ud800"], ids=ascii
)
def test_what_cannot_be_an_id_is_refused(build: Callable[[str], Request[Any]], segment: str) -> None:
    """Empty ids, dots, control characters and lone surrogates are rejected."""
    with pytest.raises(ConfigurationError) as caught:
        build(segment)

    assert str(caught.value).isprintable()


ODD_IDS = [
    "../../me",
    "c1/stream",
    "..%2f",
    "%2e%2e",
    "%2e",
    "c1?token=x",
    "c1#x",
    "a b",
    "план",
    "a\\b",
    "a;b",
    "c1%00",
    "a+b",
    "a:b",
    "@",
    "😀",
]


@pytest.mark.parametrize(("build", "path"), BY_ID.values(), ids=BY_ID)
@pytest.mark.parametrize("segment", ODD_IDS)
def test_odd_id_stays_one_segment(build: Callable[[str], Request[Any]], path: str, segment: str) -> None:
    """No id reaches another endpoint: URL parsers find it as exactly one path segment."""
    built = build(segment)
    url = urlsplit(f"https://x.example{built.path}")
    address = URL(f"https://x.example{built.path}", encoded=True)

    assert (path.format(segment), "", "") == (unquote(url.path), url.query, url.fragment)
    assert path.count("/") == built.path.count("/") == address.raw_path.count("/")
    assert built.path == address.raw_path


@given(st.text(min_size=1))
def test_any_id_stays_one_segment_or_is_refused(segment: str) -> None:
    """Whatever text is given for an id."""
    try:
        path = requests.get_document_results(segment).path
    except ConfigurationError:
        return
    assert ["", "projects", "documents", segment, "results"] == [unquote(part) for part in path.split("/")]
    assert path.isascii()


TEXT_PARAMETERS: dict[str, Callable[[str], Request[Any]]] = {
    "query": lambda text: requests.search_documents(text, "c", None),
    "client_id of a search": lambda text: requests.search_documents("q", text, None),
    "client_id of the tree": lambda text: tree(client_id=text),
    "parent_id": lambda text: tree(parent_id=text),
    "node_type": lambda text: tree(node_type=text),
    "client_id of a stream": lambda text: requests.stream("c", StreamScope(client_id=text)),
    "document_ids": lambda text: requests.stream("c", StreamScope(document_ids=("d", text))),
    "compare_document_ids_a": lambda text: requests.stream("c", StreamScope(compare_document_ids_a=(text,))),
    "compare_document_ids_b": lambda text: requests.stream("c", StreamScope(compare_document_ids_b=(text,))),
    "google_files": lambda text: requests.stream("c", StreamScope(google_files=({"uri": text, "mime_type": "m"},))),
    "tree_files": lambda text: requests.stream("c", StreamScope(tree_files=({"r2_key": "k", "file_type": text},))),
    "attached_file_ids": lambda text: requests.post_message("c", "x", idempotency_key="k", attached_file_ids=["f", text]),
    "attached_document_ids": lambda text: requests.post_message("c", "x", idempotency_key="k", attached_document_ids=[text]),
    "google_file_uris": lambda text: requests.post_message("c", "x", idempotency_key="k", google_file_uris=[text]),
    "idempotency_key": lambda text: requests.post_message("c", "x", idempotency_key=text),
    "static token": requests.exchange,
}


BY_HAND = st.text(st.characters(codec="utf-8")).filter(lambda text: "token" not in text)
"""Any text but the tokens of these tests, which hypothesis may take from their source."""


@pytest.mark.parametrize(("name", "build"), TEXT_PARAMETERS.items(), ids=TEXT_PARAMETERS)
@given(before=BY_HAND, unfit=st.sampled_from([*CONTROLS, "\ud800", "\udfff"]), after=BY_HAND)
@settings(max_examples=25)
def test_control_characters_are_refused_everywhere(
    name: str, build: Callable[[str], Request[Any]], before: str, unfit: str, after: str
) -> None:
    """No text parameter accepts control characters or lone surrogates; the error names it, in one line."""
    with pytest.raises(ConfigurationError, match=name.split(" ", maxsplit=1)[0]) as caught:
        build(f"x{before}{unfit}{after}")

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("value", [None, 5, ["x"], b"x"])
def test_value_that_is_no_text_is_refused(value: Any) -> None:
    """A value of another type in a list of ids is an error that names the parameter."""
    with pytest.raises(ConfigurationError, match="document_ids must be text"):
        requests.stream("c", StreamScope(document_ids=(value,)))


@pytest.mark.parametrize("token", ["", "  ", "canary\n", "canary\x00", "canary\ud800"])
def test_unusable_token_is_refused_and_not_shown(token: str) -> None:
    """An error about a token never quotes it."""
    with pytest.raises(ConfigurationError, match="static_token") as caught:
        requests.exchange(token)

    assert "canary" not in str(caught.value)


@given(st.text())
def test_message_may_hold_anything(content: str) -> None:
    """A question may hold line breaks and control characters; lone surrogates are replaced."""
    body = requests.post_message("c", content, idempotency_key="k").body

    assert {"content": content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")} == json.loads(codec.encode(body))


FIT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@given(
    FIT,
    st.lists(FIT),
    st.lists(st.dictionaries(st.sampled_from(["uri", "mime_type", "storage_path"]), FIT, min_size=1), max_size=3),
)
def test_query_comes_back_from_a_real_parser(client_id: str, documents: list[str], files: list[dict[str, str]]) -> None:
    """The query, encoded and parsed again, holds the same values: lists under repeated keys, files as JSON."""
    query = StreamScope(client_id=client_id, document_ids=tuple(documents), google_files=tuple(files)).query()
    parsed = parse_qsl(URL.build(query=query).raw_query_string, keep_blank_values=True, strict_parsing=True)

    expected = [("client_id", client_id), *(("document_ids", document) for document in documents)]
    assert expected == [pair for pair in parsed if pair[0] != "google_files"]
    assert ([files] if files else []) == [json.loads(value) for name, value in parsed if name == "google_files"]


def test_files_of_the_tree_are_named_as_the_query_wants_them() -> None:
    """A file of the tree, or of a document's results, goes as its key and type; a mapping as it is, without what is None."""
    of_tree = ProjectFile(id="1", file_type="annotation", r2_key="k/é", file_name="n")
    of_results = FileInfo(id="2", source_type="ocr_html", storage_path="я", filename="n")
    scope = StreamScope(
        tree_files=tuple(requests.tree_file(file) for file in (of_tree, of_results, {"r2_key": "k2", "file_type": "pdf"})),
        google_files=({"uri": "u", "storage_path": None},),
    )  # type: ignore[dict-item]  # users do

    assert (
        ("google_files", '[{"uri":"u"}]'),
        (
            "tree_files",
            '[{"r2_key":"k/é","file_type":"annotation"},{"r2_key":"я","file_type":"ocr_html"},{"r2_key":"k2","file_type":"pdf"}]',
        ),
    ) == scope.query()


def test_file_of_the_tree_needs_a_place() -> None:
    """A file of which the server does not tell where it is stored is refused by its id; an unknown type is left out."""
    with pytest.raises(ConfigurationError, match="The file f1 cannot be passed in tree_files"):
        requests.tree_file(FileInfo(id="f1", filename="n", source_type="crop"))
    assert {"r2_key": "k"} == requests.tree_file(FileInfo(id="f1", filename="n", storage_path="k"))


def test_empty_scope_asks_without_a_query() -> None:
    """Nothing given, nothing sent."""
    assert () == StreamScope().query()


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", True])
@pytest.mark.parametrize("build", [requests.list_chats, lambda limit: requests.search_documents("q", "c", limit)])
def test_impossible_limit_is_refused(build: Callable[[Any], Request[Any]], limit: Any) -> None:
    """A limit is a whole number from 1."""
    with pytest.raises(ConfigurationError, match="limit must be a whole number"):
        build(limit)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_setting_that_json_has_not_is_refused(value: float) -> None:
    """NaN would be sent as null, which unsets the value."""
    with pytest.raises(ConfigurationError, match="temperature must be a number"):
        requests.update_settings({"temperature": value})
