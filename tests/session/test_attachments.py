"""Files for the model, on servers that accept them in different ways; each file is uploaded once."""

from __future__ import annotations

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import ConfigurationError, FileInfo, FilesIgnoredWarning, ServerError, UploadLimits
from aizoomdoc_client.testing import Moment, Reply, Reset, ServerBehavior, internal_error
from tests.client_and_server import ClientAndServer, client_and_server

PLAN = b"%PDF-1.7 plan"
LLM_CONTRACT = attrs.evolve(ServerBehavior.CONTRACT, upload_for_llm=True)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "План.pdf"
    path.write_bytes(PLAN)
    return path


def change(path: Path) -> None:
    path.write_bytes(PLAN + b", changed")


async def ask(pair: ClientAndServer, **options: Any) -> None:
    await pair.client.ask(await pair.chat(), "Что на плане?", **options)


def uploads(pair: ClientAndServer) -> list[str]:
    """The uploads that the server received, in order."""
    names = {True: "llm", False: "plain"}
    return [names[file.for_llm] for file in pair.server.store.files.values()]


def google_files(pair: ClientAndServer, run: int = -1) -> list[dict[str, str]]:
    """The parameters of the stream's query."""
    query = pair.server.model_runs[run].question.query
    return list(json.loads(query["google_files"][0])) if "google_files" in query else []


async def test_production_gets_the_file_for_its_model(plan: Path) -> None:
    """The file is uploaded to the model's store; its URI, type and path are in the stream's query; no other upload."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        await ask(pair, files=[plan])
        [stored] = pair.server.store.files.values()
        [named] = google_files(pair)

        assert ["llm"] == uploads(pair)
        assert ("application/pdf", stored.storage_path) == (named["mime_type"], named.get("storage_path"))
        assert stored.sha256[:12] in named["uri"]
        assert [named["uri"]] == pair.server.posts[0].body["google_file_uris"]


async def test_the_contract_gets_the_files_id(plan: Path) -> None:
    """A server without a store for its model gets a plain upload, whose id is in the message."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await ask(pair, files=[plan])
        [stored] = pair.server.store.files.values()

        assert ["plain"] == uploads(pair)
        assert (stored.id,) == pair.server.model_runs[0].question.attached_file_ids
        assert [] == google_files(pair)


async def test_what_a_server_lacks_is_asked_for_once(plan: Path) -> None:
    """After one 404 no more files are uploaded to a missing store."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await ask(pair, files=[plan])
        await ask(pair, files=[b"%PDF- another", b"%PDF- third"])

        assert 1 == len(pair.server.requests_to("POST", "/files/upload-for-llm"))
        assert ["plain"] * 3 == uploads(pair)


@pytest.mark.parametrize("behavior", ["production", "contract"])
@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
async def test_every_kind_of_source_arrives_whole(kind: str, behavior: str, plan: Path) -> None:
    """The whole file arrives, also an open file that was first uploaded to a missing store."""
    async with client_and_server(ServerBehavior.PRESETS[behavior]) as pair:
        with plan.open("rb") as file:
            sources: dict[str, Any] = {"path": plan, "bytes": PLAN, "file": file}
            await ask(pair, files=[sources[kind]])
        [stored] = pair.server.store.files.values()

        assert PLAN == stored.content


async def test_a_file_is_uploaded_once_a_client(plan: Path) -> None:
    """The same path or bytes in several questions, even at once, and by a client with other options."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        await asyncio.gather(*(ask(pair, files=[plan, b"%PDF- bytes"]) for _ in range(5)))
        await pair.client.with_options(timeout=9).ask(await pair.chat(), "И ещё?", files=[str(plan)])

        assert ["llm", "llm"] == sorted(uploads(pair))
        assert [2] * 5 + [1] == [len(google_files(pair, run)) for run in range(6)]


async def test_a_changed_file_is_another_file(plan: Path) -> None:
    """A path whose content changed is uploaded again."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        await ask(pair, files=[plan])
        change(plan)
        await ask(pair, files=[plan])

        assert 2 == len(uploads(pair))


async def test_another_user_has_other_files(plan: Path) -> None:
    """One user's upload is not used for another user."""
    async with client_and_server(server={"static_tokens": ("one", "two")}, static_token="one") as pair:
        await ask(pair, files=[plan])
        other = pair.client.with_options(static_token="two")
        await other.ask(await other.create_chat("Второй"), "Что на плане?", files=[plan])

        assert 2 == len(uploads(pair))


async def test_an_upload_that_failed_is_tried_again_by_the_next_question(plan: Path) -> None:
    """A failed upload is not cached; the question that failed was not posted."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        pair.server.respond("POST", "/files/upload-for-llm", internal_error())
        with pytest.raises(ServerError):
            await ask(pair, files=[plan])
        assert [] == pair.server.posts
        await ask(pair, files=[plan])

        assert ["llm"] == uploads(pair)


async def test_results_of_uploads_can_be_passed_on(plan: Path) -> None:
    """Results of `upload_file`, `upload_file_for_llm` and `get_file` are not uploaded again if the model can read them."""
    async with client_and_server(LLM_CONTRACT) as pair:
        stored = await pair.client.upload_file(plan)
        model_file = await pair.client.upload_file_for_llm(plan)
        info = await pair.client.get_file(stored)
        assert isinstance(info, FileInfo)
        await ask(pair, files=[stored, model_file, info])

        assert ["plain", "llm"] == uploads(pair)
        assert (stored.id, model_file.id) == pair.server.model_runs[0].question.attached_file_ids
        assert [model_file.google_file_uri] == [file["uri"] for file in google_files(pair)]


async def test_the_contracts_way_reaches_productions_model(plan: Path) -> None:
    """`upload_file` and `attached_file_ids`, as documented: production ignores the ids, so the model gets a copy, once."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        stored = await pair.client.upload_file(plan)
        await ask(pair, attached_file_ids=[stored.id])
        await ask(pair, attached_file_ids=[stored])

        assert ["plain", "llm"] == uploads(pair)
        assert [1, 1] == [len(google_files(pair, run)) for run in range(2)]


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, LLM_CONTRACT], ids=["contract", "with-llm"])
async def test_ids_that_a_server_takes_are_enough(behavior: ServerBehavior, plan: Path) -> None:
    """A server that echoes `attached_file_ids` has them: no second upload."""
    async with client_and_server(behavior) as pair:
        stored = await pair.client.upload_file(plan)
        await ask(pair, attached_file_ids=[stored.id])

        assert ["plain"] == uploads(pair)
        assert 1 == len(pair.server.requests_to("POST", "/files/**"))
        assert (stored.id,) == pair.server.model_runs[0].question.attached_file_ids


async def test_ignored_files_are_told(plan: Path) -> None:
    """An id without a local file cannot be passed to production's model: a warning names it."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        stored = await pair.client.upload_file(b"%PDF- by bytes")
        with pytest.warns(FilesIgnoredWarning, match=stored.id):
            await ask(pair, attached_file_ids=[stored.id])


async def test_a_file_too_large_for_the_model_is_told(plan: Path) -> None:
    """A file beyond the model's limit is stored but not uploaded for the model, and production's caller is warned."""
    small = UploadLimits(llm_file=5)
    async with client_and_server(ServerBehavior.PRODUCTION, upload_limits=small) as pair:
        with pytest.warns(FilesIgnoredWarning, match="give it files of at most 5 bytes"):
            await ask(pair, files=[plan])

        assert ["plain"] == uploads(pair)
    async with client_and_server(ServerBehavior.CONTRACT, upload_limits=small) as pair:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await ask(pair, files=[plan])

        assert 1 == len(pair.server.model_runs[0].question.attached_file_ids)


async def test_a_file_in_both_places_is_named_once(plan: Path) -> None:
    """`files` and `google_files` with the same copy, `attached_file_ids` with the same id: one entry each."""
    async with client_and_server(LLM_CONTRACT) as pair:
        copy = await pair.client.upload_file_for_llm(plan)
        await ask(pair, files=[copy], google_files=[copy], attached_file_ids=[copy.id])

        assert 1 == len(google_files(pair))
        assert (copy.id,) == pair.server.model_runs[0].question.attached_file_ids


B = "00000000-0000-0000-0000-00000000000b"


@pytest.mark.parametrize("name", ["document_ids", "attached_document_ids"])
async def test_everything_else_travels_in_the_query(name: str) -> None:
    """Documents, by either name, groups to compare, result files of the tree, and the client's id."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        [document] = await pair.client.search_documents("План", "mycompany")
        results = await pair.client.get_document_results(document)
        await ask(
            pair,
            **{name: [document]},
            client_id="мой клиент & co",
            tree_files=results.files,
            google_files=[{"uri": "u", "mime_type": "m"}],
        )
        await ask(pair, compare_document_ids_a=[document, B], compare_document_ids_b=[B])
        first, second = (run.question.query for run in pair.server.model_runs)

        assert [document.id] == first["document_ids"] == pair.server.posts[0].body["attached_document_ids"]
        assert ["мой клиент & co"] == first["client_id"]
        assert [{"r2_key": results.files[0].storage_path, "file_type": "ocr_html"}] == json.loads(first["tree_files"][0])
        assert [{"uri": "u", "mime_type": "m"}] == json.loads(first["google_files"][0])
        assert ([document.id, B], [B]) == (second["compare_document_ids_a"], second["compare_document_ids_b"])


@pytest.mark.parametrize("file", ["/no/such/file.pdf", "/tmp", 17, None])
async def test_a_file_that_is_none_is_named_before_anything_is_sent(file: Any) -> None:
    """The question is not posted without its file."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        with pytest.raises(ConfigurationError):
            await ask(pair, files=[file])

        assert [] == pair.server.posts
        assert {} == pair.server.store.files


@pytest.mark.parametrize("reaction", [Reset(), Reset(when=Moment.AFTER_PROCESSING), Reply(413, {"detail": "too large"})])
async def test_a_failed_upload_posts_nothing(reaction: Any, plan: Path) -> None:
    """A question whose file cannot be uploaded is not posted."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        await pair.client.get_me()
        pair.server.respond("POST", "/files/upload-for-llm", reaction)
        with pytest.raises(Exception, match="upload-for-llm"):
            await ask(pair, files=[plan])

        assert [] == pair.server.posts
