"""Uploaded files and the project tree, by the production server and by the contract."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import aiohttp
import attrs
import pytest


def form(disposition: str, content: bytes = b"%PDF-1.7\r\n-x") -> tuple[bytes, dict[str, str]]:
    head = f"--x\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n".encode()
    return head + content + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("План этажа №1.pdf", "План этажа №1.pdf"),
        ("%D0%9F.pdf", "%D0%9F.pdf"),
        (r"a \"b\" \\c.pdf", r'a "b" \c.pdf'),
        ("a; b; c=d.pdf", "a; b; c=d.pdf"),
        ("/tmp/a.pdf", "/tmp/a.pdf"),
    ],
)
async def test_a_file_name_is_stored_as_it_was_sent(caller: Any, sent: str, stored: str) -> None:
    """UTF-8, percent-encoding, slashes and semicolons are kept; escaped quotes and backslashes are decoded."""
    content = b"%PDF-1.7 \r\n-x"
    body, headers = form(f'form-data; name="file"; filename="{sent}"', content)
    status, file = await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers})

    assert (201, stored, len(content), "application/pdf") == (status, file["filename"], file["size_bytes"], file["mime_type"])
    assert content == caller.server.store.files[file["id"]].content
    _, known = await caller.call("GET", f"/files/{file['id']}")
    assert {**file, "source_type": "user_upload", "external_url": known["external_url"]} == known


async def test_a_file_can_be_downloaded_where_the_server_says(caller: Any) -> None:
    """Its `external_url` gives the content without a token; a copy that only the model has is told no place of."""
    urls = []
    for path, name in (("upload", "а.txt"), ("upload-for-llm", "б.txt"), ("upload-for-llm", "в.pdf")):
        body, headers = form(f'form-data; name="file"; filename="{name}"', b"x")
        kind = b"text/plain" if name.endswith("txt") else b"application/pdf"
        sent = body.replace(b"application/pdf", kind)
        _, file = await caller.call("POST", f"/files/{path}", data=sent, headers={**caller.headers, **headers})
        urls.append((await caller.call("GET", f"/files/{file['id']}"))[1]["external_url"])

    assert [(200, "x"), (200, "x"), None] == [url and await caller.call("GET", url, headers={}) for url in urls]
    assert 404 == (await caller.call("GET", "/aizoomdoc/uploads/user-1/other.txt"))[0]


async def test_the_contract_tells_no_place_of_files(contract: Any) -> None:
    """Their `external_url` is null."""
    body, headers = form('form-data; name="file"; filename="a.pdf"')
    _, file = await contract.call("POST", "/files/upload", data=body, headers={**contract.headers, **headers})

    assert None is (await contract.call("GET", f"/files/{file['id']}"))[1]["external_url"]


async def test_a_file_for_the_model_gets_an_uri(caller: Any) -> None:
    """The response has the URI, and the state as production spells it."""
    with aiohttp.MultipartWriter("form-data") as writer:
        writer.append(b"text").set_content_disposition("form-data", name="file", filename="a.txt")
        status, file = await caller.call("POST", "/files/upload-for-llm", data=writer)

    assert (201, "FileState.ACTIVE") == (status, file["state"])
    assert file["google_file_uri"].startswith("https://")


async def test_a_file_over_the_limit_is_413(caller: Any) -> None:
    """The limit is a flag of the behavior."""
    caller.server.behavior = attrs.evolve(caller.server.behavior, upload_limit=10)
    body, headers = form('form-data; name="file"; filename="a.pdf"', b"x" * 11)

    assert 413 == (await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers}))[0]


async def test_an_upload_without_credentials_is_refused_after_its_body(caller: Any) -> None:
    """The 403 comes only after the whole body was read."""
    body, headers = form('form-data; name="file"; filename="a.pdf"', b"x" * 300_000)
    status, _ = await caller.call("POST", "/files/upload", data=body, headers=headers)

    assert (403, body) == (status, caller.server.requests[-1].body)


FORM = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        form('form-data; name="document"; filename="a.pdf"'),
        form('form-data; name="file"'),
        (b"", FORM),
        (FILE + b"\r\nabc", FORM),
        (FILE + b"no header\r\n\r\nabc\r\n--x--\r\n", FORM),
        (b"abc", {"Content-Type": "multipart/form-data"}),
        (b"{}", {"Content-Type": "application/json"}),
    ],
    ids=["other field", "no file name", "empty", "no end", "malformed headers", "no boundary", "no form"],
)
async def test_an_upload_without_a_file_is_422(caller: Any, body: bytes, headers: dict[str, str]) -> None:
    """A form without a file in the field `file`, a form that cannot be read, another content type."""
    status, error = await caller.call("POST", "/files/upload", data=body, headers={**caller.headers, **headers})

    assert (422, ["body", "file"]) == (status, error["detail"][0]["loc"])


async def test_the_file_may_be_any_part_of_a_form(caller: Any) -> None:
    """Other fields are ignored."""
    with aiohttp.MultipartWriter("form-data") as writer:
        writer.append("1").set_content_disposition("form-data", name="file_id")
        writer.append(b"text").set_content_disposition("form-data", name="file", filename="a.txt")
        writer.append("2").set_content_disposition("form-data", name="client_id")
        status, file = await caller.call("POST", "/files/upload", data=writer)

    assert (201, "a.txt", 4) == (status, file["filename"], file["size_bytes"])


async def test_the_contract_has_no_upload_for_the_model(contract: Any) -> None:
    """By the contract the endpoint is 404."""
    assert 404 == (await contract.call("POST", "/files/upload-for-llm"))[0]


async def test_the_tree_shows_all_clients_in_production(caller: Any) -> None:
    """`client_id` is ignored; without `all_nodes` only the children of `parent_id` are shown."""
    _, roots = await caller.call("GET", "/projects/tree?client_id=mycompany")
    _, nodes = await caller.call("GET", "/projects/tree?all_nodes=true&node_type=document&include_files=true")
    _, folders = await caller.call("GET", f"/projects/tree?parent_id={roots[0]['id']}")

    assert ["Жилой дом №1", "Склад"] == [node["name"] for node in roots]
    assert [("План этажа №1.pdf", "ocr_html")] == [(node["name"], node["files"][0]["file_type"]) for node in nodes]
    assert ["Вентиляция"] == [node["name"] for node in folders]


async def test_the_contract_filters_the_tree_by_client(contract: Any) -> None:
    """By the contract `client_id` is honoured."""
    assert ["Склад"] == [node["name"] for node in (await contract.call("GET", "/projects/tree?client_id=othercompany"))[1]]


async def test_only_documents_have_results(caller: Any) -> None:
    """A document's files, with no external url; 400 for a folder, 404 for an unknown one."""
    nodes = caller.server.store.nodes.values()
    document, folder = (next(node.id for node in nodes if node.node_type == kind) for kind in ("document", "folder"))
    _, results = await caller.call("GET", f"/projects/documents/{document}/results")

    assert (document, None) == (results["document_node_id"], results["files"][0]["external_url"])
    assert ["ocr.html", "ocr_html", 2048] == [results["files"][0][name] for name in ("filename", "source_type", "size_bytes")]
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
    """In upper or lower case."""
    assert ["План этажа №1.pdf"] == [
        node["name"] for node in (await caller.call("GET", "/projects/search?client_id=a&query=план"))[1]
    ]


async def test_a_search_finds_by_code(caller: Any) -> None:
    """A part of it, in upper or lower case."""
    assert ["План этажа №1.pdf"] == [
        node["name"] for node in (await caller.call("GET", "/projects/search?client_id=a&query=ов-1"))[1]
    ]
