"""Files for the model, on servers that accept them in different ways; each file is uploaded once."""

from __future__ import annotations

import asyncio
import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from aizoomdoc_client import ConfigurationError, FileInfo, FilesIgnoredWarning, ServerError, UploadLimits
from aizoomdoc_client.session import known_files, model_copies
from aizoomdoc_client.session.downloads import Downloads
from aizoomdoc_client.testing import Moment, RawReply, Reply, Reset, ServerBehavior, Slow, internal_error
from tests.client_and_server import ClientAndServer, client_and_server, client_of

PLAN = b"%PDF-1.7 plan"
WITHOUT_PLACES = attrs.evolve(ServerBehavior.PRODUCTION, tells_file_urls=False)
"""Production, where it does not tell from where stored files can be fetched."""
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


class InCapitals:
    """Spells the file's id in capitals in an upload's usual response."""

    async def react(self, request: Any) -> Any:
        response = await request.process()
        stored = json.loads(response.body)
        return Reply(body=stored | {"id": stored["id"].upper()}, status=response.status).response()


async def test_spellings_of_a_files_id_are_one_file(plan: Path) -> None:
    """A server writes ids in capitals: the file that was uploaded is known by its id, and twice attached it is one."""
    async with client_and_server(WITHOUT_PLACES) as pair:
        pair.server.respond("POST", "/files/upload", InCapitals())
        stored = await pair.client.upload_file(plan)
        await ask(pair, files=[stored], attached_file_ids=[stored.id, stored.id.lower()])

        assert stored.id.isupper()
        assert ["plain", "llm"] == uploads(pair)
        assert 1 == len(google_files(pair))
        assert [stored.id.lower()] == json.loads(pair.server.requests_to("POST", "/chats/*/messages")[0].body)[
            "attached_file_ids"
        ]


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
    """An id without a local file, or a place to fetch it from, cannot be passed to production's model: a warning names it."""
    async with client_and_server(WITHOUT_PLACES) as pair:
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


def offer(pair: ClientAndServer, file_id: str, url: str = "/content/plan", *reactions: Any) -> None:
    """Lets the server name a place to fetch a file from."""
    pair.server.store.files[file_id].external_url = url
    pair.server.respond("GET", "/content/**", *(reactions or [Reply(200, PLAN)] * 3))


@pytest.mark.parametrize("given", ["UploadedFile", "FileInfo", "id"])
async def test_a_file_of_another_client_reaches_productions_model(given: str, plan: Path) -> None:
    """Where the server names a place to fetch it from, it is fetched and handed to the model, once; with its name."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair, client_of(pair.server) as other:
        stored = await other.upload_file(plan)
        offer(pair, stored.id)
        info = await pair.client.get_file(stored.id)
        for _ in range(2):
            options: dict[str, Any] = {"attached_file_ids": [stored.id]} if given == "id" else {"files": [stored]}
            await ask(pair, **({"files": [info]} if given == "FileInfo" else options))
        copies = [file for file in pair.server.store.files.values() if file.for_llm]

        assert [("План.pdf", PLAN)] == [(file.filename, file.content) for file in copies]
        assert [1, 1] == [len(google_files(pair, run)) for run in range(2)]
        assert all(request.token for request in pair.server.requests_to("GET", "/content/**"))


async def test_a_stored_file_is_copied_once_for_questions_at_the_same_time() -> None:
    """Five questions at once rest on the same stored file: it is fetched and handed over once."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        stored = await pair.client.upload_file(PLAN)
        await asyncio.gather(*(ask(pair, attached_file_ids=stored) for _ in range(5)))

        assert ["plain", "llm"] == uploads(pair)
        assert [1] * 5 == [len(google_files(pair, run)) for run in range(5)]


async def test_another_host_that_stores_files_gets_no_token(plan: Path) -> None:
    """A place on another host, and one that a redirect leads to, is asked without any credential."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair, client_and_server() as storage:
        stored = await pair.client.upload_file(b"%PDF- by bytes", filename="a.pdf")
        there = f"{storage.server.url}/bucket/plan?X-Signature=a%2Fb"
        offer(pair, stored.id, "/content/plan", Reply(302, b"", {"Location": there}))
        storage.server.respond("GET", "/bucket/plan", Reply(200, PLAN))
        await ask(pair, attached_file_ids=[stored.id])
        [request] = storage.server.requests

        assert (None, "a/b") == (request.token, request.query["X-Signature"])
        assert not {"authorization", "cookie"} & {name.lower() for name in request.headers}
        assert 1 == len(google_files(pair))


UNFETCHABLE: dict[str, tuple[str, list[Any]]] = {
    "no place": ("", []),
    "not there": ("/content/plan", [Reply(404, {"detail": "gone"})]),
    "cut off": ("/content/plan", [RawReply(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")]),
    "endless redirects": ("/content/0", [Reply(302, b"", {"Location": "/content/1"})] * 9),
    "another scheme": ("ftp://storage.example/plan.pdf", []),
    "a file": ("file:///etc/passwd", []),
    "plain http elsewhere": ("http://storage.example/plan.pdf", []),
    "no URL": ("http://[::1", []),
    "redirect to a file": ("/content/plan", [Reply(302, b"", {"Location": "file:///etc/passwd"})]),
}


@pytest.mark.parametrize("case", UNFETCHABLE)
async def test_a_file_that_cannot_be_fetched_is_told_with_the_right_advice(case: str) -> None:
    """The question is answered without it; the warning names it and what to pass instead, not a limit that it keeps."""
    url, reactions = UNFETCHABLE[case]
    async with client_and_server(WITHOUT_PLACES) as pair:
        stored = await pair.client.upload_file(b"%PDF-1.7 abc", filename="a.pdf")
        offer(pair, stored.id, url, *reactions)
        with pytest.warns(FilesIgnoredWarning, match=rf"{stored.id}; pass the path or the bytes in files=$"):
            await ask(pair, files=[stored])

        assert 4 >= len(pair.server.requests_to("GET", "/content/**"))
        assert 1 == len(pair.server.model_runs)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_too_large_for_the_model_is_not_fetched_whole(announced: bool) -> None:
    """What the server says to be too large is not asked for, what turns out to be is cut off; the warning names the limit."""
    async with client_and_server(ServerBehavior.PRODUCTION, upload_limits=UploadLimits(llm_file=2000)) as pair:
        stored = await pair.client.upload_file(b"%PDF-" + b"x" * (2000 if announced else 5), filename="a.pdf")
        offer(pair, stored.id, "/content/plan", *[Reply(200, PLAN * 1000)] * 3)
        with pytest.warns(FilesIgnoredWarning, match=r"give it files of at most 1\.95 KB"):
            await ask(pair, attached_file_ids=[stored.id])

        assert (0 if announced else 1) == len(pair.server.requests_to("GET", "/content/**"))
        assert ["plain"] == uploads(pair)


async def test_a_slow_place_does_not_hold_up_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetching has a limit of time."""
    monkeypatch.setattr(model_copies, "FETCH_SECONDS", 0.05)
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        stored = await pair.client.upload_file(b"%PDF-1.7 abc", filename="a.pdf")
        offer(pair, stored.id, "/content/plan", Slow(5, 0.1, Reply(200, PLAN * 100)))
        with pytest.warns(FilesIgnoredWarning, match=stored.id):
            await ask(pair, files=[stored])


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:1", "[::1]:1", "169.254.169.254", "0.0.0.0", "[::ffff:127.0.0.1]"])
async def test_a_remote_server_cannot_name_a_place_on_this_machine(host: str) -> None:
    """What is fetched is given to the server, so it must not come from where only this machine can read."""

    class NoTransport:
        async def download(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("asked")

    downloads = Downloads(cast("Any", NoTransport()), cast("Any", None), "https://docs.example.org", 1, allow_insecure=True)
    for scheme in ("http", "https"):
        with pytest.raises(ConfigurationError):
            await downloads.fetch(FileInfo(id="1", filename="a", external_url=f"{scheme}://{host}/x"), 10)


async def test_a_file_that_changed_on_the_disk_is_not_taken_for_the_one_that_was_stored(plan: Path) -> None:
    """The model gets what was uploaded, from the server, or nothing and a warning; never another version."""
    async with client_and_server(WITHOUT_PLACES) as pair:
        stored = await pair.client.upload_file(plan)
        change(plan)
        with pytest.warns(FilesIgnoredWarning, match=stored.id):
            await ask(pair, files=[stored])
        offer(pair, stored.id)
        await ask(pair, files=[stored])
        [copy] = [file for file in pair.server.store.files.values() if file.for_llm]

        assert PLAN == copy.content


@attrs.define
class Clocks:
    """Both clocks of a computer."""

    monotonic: float = 5.0
    wall: float = 1e9

    def __call__(self) -> tuple[float, float]:
        return self.monotonic, self.wall

    def go_on(self, hours: float, *, asleep: bool = False) -> None:
        self.wall += hours * 3600
        self.monotonic += 0 if asleep else hours * 3600


@pytest.mark.parametrize("asleep", [False, True])
@pytest.mark.parametrize("way", ["path", "bytes", "stored", "fetched", "LLMFile", "google_files", "LLMFile of bytes"])
async def test_a_copy_is_made_again_before_it_ends(way: str, asleep: bool, plan: Path) -> None:
    """The model's copies live for 48 hours, also while the computer sleeps: within 46 they are used, after 47 made anew."""
    clocks = Clocks()
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        client = pair.client
        client._parts.account.files.clocks = clocks
        options: dict[str, Any] = {}
        match way:
            case "path" | "bytes":
                options["files"] = plan if way == "path" else PLAN
            case "stored":
                options["files"] = await client.upload_file(plan)
            case "fetched":
                stored = await client.upload_file(PLAN)
                offer(pair, stored.id)
                options["attached_file_ids"] = stored
            case _:
                copy = await client.upload_file_for_llm(PLAN if way == "LLMFile of bytes" else plan)
                if way == "LLMFile of bytes":
                    offer(pair, str(copy.id))
                options["google_files" if way == "google_files" else "files"] = copy
        made = list[int]()
        for hours in (0, 46, 1.5, 0, 46, 1.5):
            clocks.go_on(hours, asleep=asleep)
            await ask(pair, **options)
            made.append(uploads(pair).count("llm"))

        assert [1] * 6 == [len(google_files(pair, run)) for run in range(6)]
        assert [1, 1, 2, 2, 2, 3] == made
        assert {PLAN} == {file.content for file in pair.server.store.files.values()}


async def test_a_copy_that_ended_and_cannot_be_made_again_is_told() -> None:
    """A warning names the file: the server no longer has it, nor is it on the disk."""
    clocks = Clocks()
    async with client_and_server(WITHOUT_PLACES) as pair:
        pair.client._parts.account.files.clocks = clocks
        copy = await pair.client.upload_file_for_llm(PLAN, "План.pdf")
        clocks.go_on(47)
        with pytest.warns(FilesIgnoredWarning, match=r"План\.pdf; pass the path or the bytes"):
            await ask(pair, files=copy)


async def test_what_is_remembered_of_files_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Open files are not remembered at all; of paths, bytes, stored files and copies the most recently used ones are."""
    monkeypatch.setattr(known_files, "FILES_OF_ALL_KEPT", 5)
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        known = pair.client._parts.account.files
        await ask(pair, files=[io.BytesIO(bytes([number])) for number in range(30)])
        assert 0 == len(known.attached)
        for number in range(30):
            path = tmp_path / f"{number}.pdf"
            path.write_bytes(bytes([number]))
            await ask(pair, files=[path, bytes([number, number])], attached_file_ids=await pair.client.upload_file(path))

        assert (5, 5, 5) == (len(known.attached), len(known.versions), len(known.llm_copies))
        assert 10 >= len(known.origins)
        assert not known.uploads._running


async def test_the_most_recently_used_is_kept() -> None:
    """What is used again is not dropped."""
    recent = known_files.Recent[int](3)
    for number in range(5):
        recent.put(number, number)
        recent.get(0)

    assert [0, None, None, 3, 4] == [recent.get(number) for number in range(5)]


PAIR = ("Лист 1.pdf", PLAN)
ONE_OR_SEVERAL: dict[str, Callable[[Path], tuple[Any, list[str]]]] = {
    "text": lambda plan: (str(plan), ["План.pdf"]),
    "Path": lambda plan: (plan, ["План.pdf"]),
    "bytes": lambda _: (PLAN, ["document.pdf"]),
    "BytesIO": lambda _: (io.BytesIO(PLAN), ["document.pdf"]),
    "pair": lambda _: (PAIR, ["Лист 1.pdf"]),
    "pair of BytesIO": lambda _: (("Лист 1.pdf", io.BytesIO(PLAN)), ["Лист 1.pdf"]),
    "pairs": lambda plan: ([PAIR, ("Лист 2.pdf", plan.with_name("2.pdf"))], ["Лист 1.pdf", "Лист 2.pdf"]),
    "two paths in a tuple": lambda plan: ((str(plan), str(plan.with_name("2.pdf"))), ["План.pdf", "2.pdf"]),
    "generator": lambda plan: ((file for file in [plan]), ["План.pdf"]),
    "none": lambda _: ([], []),
}


@pytest.mark.parametrize("way", ["files", "upload_files"])
@pytest.mark.parametrize("kind", ONE_OR_SEVERAL)
async def test_one_file_is_taken_where_several_are(kind: str, way: str, plan: Path) -> None:
    """A path, bytes, an open file, a pair of name and source, alone or in any iterable."""
    plan.with_name("2.pdf").write_bytes(b"%PDF- 2")
    given, names = ONE_OR_SEVERAL[kind](plan)
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        if way == "files":
            await ask(pair, files=given)
            assert len(names) == len(google_files(pair))
        else:
            assert names == [file.filename for file in await pair.client.upload_files(given)]

        assert sorted(names) == sorted(file.filename for file in pair.server.store.files.values())


async def test_one_id_or_reference_is_taken_where_several_are(plan: Path) -> None:
    """Every parameter of a question that takes several takes one."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        [document] = await pair.client.search_documents("План", "mycompany")
        copy = await pair.client.upload_file_for_llm(plan)
        file = await pair.client.upload_file(plan)
        tree_file = {"r2_key": "k", "file_type": "ocr_html"}
        await ask(pair, attached_file_ids=file, document_ids=document.id, google_files=copy, tree_files=tree_file)
        await ask(pair, files=copy, attached_document_ids=UUID(document.id), google_files={"uri": "u", "mime_type": "m"})
        await ask(pair, files=file, compare_document_ids_a=document, compare_document_ids_b=document.id)
        first, second, third = (run.question.query for run in pair.server.model_runs)

        assert [document.id] == first["document_ids"] == second["document_ids"]
        assert [tree_file] == json.loads(first["tree_files"][0])
        assert [copy.google_file_uri, "u"] == [google_files(pair, run)[0]["uri"] for run in (0, 1)]
        assert ([document.id], [document.id]) == (third["compare_document_ids_a"], third["compare_document_ids_b"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"google_files": "files/abc"}, "google_files cannot be str"),
        ({"google_files": ["files/abc"]}, "google_files cannot hold str"),
        ({"google_files": {"mime_type": "m"}}, "google_files: an entry has no uri"),
        ({"google_files": {"uri": 5, "mime_type": "m"}}, r"google_files\.uri must be text"),
        ({"tree_files": "key"}, "tree_files cannot be str"),
        ({"tree_files": {"file_type": "k"}}, "tree_files: an entry has no r2_key"),
        ({"tree_files": [5]}, "tree_files cannot hold int"),
        ({"files": 5}, "files cannot be int"),
        ({"files": {"a": b"x"}}, "files cannot be dict"),
        ({"files": [("a", b"x", "text/plain")]}, "Cannot upload tuple"),
        ({"document_ids": ""}, "document_ids is empty"),
        ({"client_id": 5}, "client_id must be an id"),
        ({"client_id": "a\nb"}, "client_id"),
    ],
)
async def test_what_is_neither_one_nor_several_is_named_at_the_call(options: dict[str, Any], said: str) -> None:
    """A `ConfigurationError` of one line when `send_message` is called, before anything is sent."""
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        with pytest.raises(ConfigurationError, match=said):
            pair.client.send_message("c1", "Что?", **options)

        assert [] == pair.server.requests


@pytest.mark.parametrize("message", ["", "  \n\t"])
async def test_an_empty_question_is_not_sent(message: str) -> None:
    """One line says so."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=r"^The question is empty$"):
            await pair.client.ask("c1", message)

        assert [] == pair.server.requests
