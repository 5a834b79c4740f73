"""Every method of the client, over real sockets, at both kinds of servers: today's production one and the local one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    UNSET,
    AsyncAIZoomDocClient,
    ConfigurationError,
    FileTokenStore,
    MemoryTokenStore,
    NotFoundError,
    PayloadTooLargeError,
    RetryPolicy,
    SettingNotKeptWarning,
    StreamTimeouts,
    TokenKey,
    TruncatedListWarning,
    UploadLimits,
)
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.notebook import Listing
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior
from tests.client_and_server import client_and_server, client_of

STATIC_TOKEN = "your-static-token"
SERVERS = ["production", "contract", "local"]


@attrs.define
class ClientUnderTest:
    """A client, and the data and features of its server."""

    client: AsyncAIZoomDocClient
    client_id: str
    document: str
    keeps_settings: bool
    takes_llm_files: bool = True


@asynccontextmanager
async def at_local(tmp_path: Path) -> AsyncIterator[ClientUnderTest]:
    projects = tmp_path / "projects"
    (projects / "mycompany").mkdir(parents=True)
    (projects / "mycompany" / "План этажа.md").write_text("# План\n\nВысота этажа 3,3 м.", encoding="utf-8")
    settings = LocalSettings(port=0, data_dir=tmp_path / "data", projects_dir=projects, tokens=(STATIC_TOKEN,), pace_seconds=0)
    async with (
        LocalServer(settings) as server,
        AsyncAIZoomDocClient(server.url, STATIC_TOKEN, token_store=MemoryTokenStore()) as client,
    ):
        yield ClientUnderTest(client, "mycompany", "План этажа", keeps_settings=True)


@asynccontextmanager
async def at_scripted(behavior: ServerBehavior) -> AsyncIterator[ClientUnderTest]:
    async with client_and_server(behavior) as pair:
        yield ClientUnderTest(pair.client, "mycompany", "План этажа", behavior.keeps_all_settings, behavior.upload_for_llm)


@pytest.fixture(params=SERVERS)
async def tested(request: Any, tmp_path: Path) -> AsyncIterator[ClientUnderTest]:
    at = at_local(tmp_path) if request.param == "local" else at_scripted(ServerBehavior.PRESETS[request.param])
    async with at as found:
        yield found


async def test_health_needs_no_login(tested: ClientUnderTest) -> None:
    """The health check needs no login and fetches no token."""
    health = await tested.client.health()

    assert ("healthy", False) == (health.status, tested.client.is_authenticated)


async def test_authenticate_gives_a_session(tested: ClientUnderTest) -> None:
    """The exchange gives the user and a token that a repr does not show."""
    session = await tested.client.authenticate()

    assert session.user.status == "active"
    assert tested.client.is_authenticated
    assert session.access_token not in repr(session)


async def test_logout_ends_the_login(tested: ClientUnderTest) -> None:
    """After a logout the next call logs in again."""
    await tested.client.get_me()
    await tested.client.logout()

    assert not tested.client.is_authenticated
    assert "active" == (await tested.client.get_me()).user.status


async def test_clear_tokens_forgets_them(tested: ClientUnderTest) -> None:
    """The contract's remedy for an invalid token: clear it and exchange again."""
    before = await tested.client.authenticate()
    await tested.client.clear_tokens()

    assert not tested.client.is_authenticated
    assert before.user == (await tested.client.authenticate()).user


async def test_me_has_user_and_settings(tested: ClientUnderTest) -> None:
    """The user with the settings in force."""
    me = await tested.client.get_me()

    assert ("active", "simple", None) == (me.user.status, me.settings.model_profile, me.settings.selected_role_prompt_id)
    assert me.user.created_at is not None
    assert me.user.created_at.tzinfo is not None


async def test_settings_are_kept(tested: ClientUnderTest) -> None:
    """Model and role, by id or as an object, are returned by the next read."""
    role = (await tested.client.get_available_roles())[0]
    await tested.client.update_settings(model_profile="complex")
    settings = await tested.client.update_settings(selected_role_prompt_id=role)

    assert settings == (await tested.client.get_me()).settings
    assert ("complex", role.id) == (settings.model_profile, settings.selected_role_prompt_id)


async def test_a_setting_that_is_not_kept_is_told(tested: ClientUnderTest) -> None:
    """Production answers 200 to a temperature and drops it: a warning names it; other servers keep it."""
    if tested.keeps_settings:
        assert 0.5 == (await tested.client.update_settings(temperature=0.5)).temperature
        return
    with pytest.warns(SettingNotKeptWarning, match="temperature"):
        await tested.client.update_settings(temperature=0.5)


async def test_a_role_that_cannot_be_unset_is_told(tested: ClientUnderTest) -> None:
    """Production cannot unset a role and says nothing; the caller is warned."""
    await tested.client.update_settings(selected_role_prompt_id=1)
    if tested.keeps_settings:
        assert (await tested.client.update_settings(selected_role_prompt_id=None)).selected_role_prompt_id is None
        return
    with pytest.warns(SettingNotKeptWarning, match="selected_role_prompt_id"):
        await tested.client.update_settings(selected_role_prompt_id=None)


async def test_what_is_not_given_is_not_sent() -> None:
    """UNSET is the same as leaving an argument out."""
    async with client_and_server() as pair:
        await pair.client.update_settings(model_profile="complex", temperature=UNSET, selected_role_prompt_id=UNSET)

        assert {"model_profile": "complex"} == pair.server.requests_to("PATCH", "/me/settings")[0].json


@pytest.mark.parametrize("name", ["model_profile", "temperature", "top_p", "thinking_enabled", "thinking_budget"])
async def test_only_a_role_can_be_none(name: str) -> None:
    """None is a value of the role alone; for the others it is told what leaves them as they are."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError, match=f"{name} must not be None: leave it out"):
            await pair.client.update_settings(**{name: None})

        assert [] == pair.server.requests


async def test_a_warning_points_at_the_callers_line() -> None:
    """The line that a warning names is the user's own."""
    async with client_and_server() as pair:
        with pytest.warns(SettingNotKeptWarning) as caught:
            await pair.client.update_settings(temperature=0.5)

    assert [__file__] == [warning.filename for warning in caught]


async def test_nothing_to_change_is_refused(tested: ClientUnderTest) -> None:
    """A call without any setting is the caller's mistake."""
    with pytest.raises(ConfigurationError, match="nothing to change"):
        await tested.client.update_settings()


async def test_roles_need_no_login(tested: ClientUnderTest) -> None:
    """The roles are readable without a login."""
    roles = await tested.client.get_available_roles()

    assert "Инженер" in [role.name for role in roles]
    assert not tested.client.is_authenticated


async def test_a_chat_from_its_making_to_its_end(tested: ClientUnderTest) -> None:
    """Made, listed, read by id or as itself, deleted."""
    chat = await tested.client.create_chat("Анализ", "Вопросы по вентиляции")

    assert ("Анализ", "Вопросы по вентиляции") == (chat.title, chat.description)
    assert [chat.id] == [listed.id for listed in await tested.client.list_chats()]
    assert chat == await tested.client.get_chat(uuid.UUID(chat.id))
    assert 0 == len(await tested.client.get_chat_history(chat))
    assert chat.id == (await tested.client.delete_chat(chat)).chat_id


async def test_a_chat_without_a_title_gets_one(tested: ClientUnderTest) -> None:
    """The server names it."""
    assert "Новый чат" == (await tested.client.create_chat()).title


async def test_the_list_is_no_longer_than_wanted(tested: ClientUnderTest) -> None:
    """`limit` also applies with servers that ignore it."""
    for title in "абв":
        await tested.client.create_chat(title)

    assert 2 == len(await tested.client.list_chats(limit=2))


async def test_a_list_cut_off_is_told() -> None:
    """A server lists at most 50 chats: the caller is warned that there may be more, unless fewer were requested."""
    async with client_and_server() as pair:
        for _ in range(51):
            await pair.chat()
        with pytest.warns(TruncatedListWarning):
            assert 50 == len(await pair.client.list_chats())
        assert 50 == len(await pair.client.list_chats(limit=50))


async def test_a_question_and_its_answer_are_in_the_history(tested: ClientUnderTest) -> None:
    """`ask` gives the text that the history then shows, after the question."""
    chat = await tested.client.create_chat("Тест")
    answer = await tested.client.ask(chat, "Какая высота этажа?")
    history = await tested.client.get_chat_history(chat.id)

    assert [("user", "Какая высота этажа?"), ("assistant", answer.text)] == [(said.role, said.content) for said in history]
    assert history.messages[0].id == answer.question.id
    assert not history.truncated


async def test_the_contracts_loop_prints_the_answer(tested: ClientUnderTest) -> None:
    """Joining `event.data["token"]`, as the contract shows, gives the whole answer on every server and profile."""
    chat = await tested.client.create_chat("Тест")
    response = ""
    async for event in tested.client.send_message(chat.id, "Какая высота этажа?"):
        if event.event == "llm_token":
            response += event.data["token"]
    history = await tested.client.get_chat_history(chat.id)

    assert history.messages[-1].content == response
    assert response


async def test_a_file_is_stored_and_described(tested: ClientUnderTest, tmp_path: Path) -> None:
    """Upload, look, and use in a question."""
    path = tmp_path / "План этажа №1.md"
    path.write_text("Высота этажа 3,3 м.", encoding="utf-8")
    stored = await tested.client.upload_file(path)
    found = await tested.client.get_file(stored)

    assert (path.name, path.stat().st_size) == (found.filename, found.size_bytes)
    assert (stored.id, stored.filename) == (found.id, found.filename)


async def test_lists_are_lists_that_a_notebook_shows_as_tables(tested: ClientUnderTest) -> None:
    """Whatever gives several models gives a plain list of them, with a table for notebooks."""
    await tested.client.create_chat("Тест")
    results = [
        await tested.client.list_chats(),
        await tested.client.get_available_roles(),
        await tested.client.upload_files([b"1"]),
        await tested.client.get_projects_tree(all_nodes=True),
        await tested.client.search_documents("План", tested.client_id),
    ]

    assert [Listing] * 5 == [type(result) for result in results]
    assert ["| id |"] * 5 == [result._repr_markdown_()[:6] for result in results if isinstance(result, Listing) and result]


async def test_many_files_come_back_in_order(tested: ClientUnderTest) -> None:
    """The files of `upload_files` are in the order of the sources."""
    stored = await tested.client.upload_files([b"1", b"22", b"333"], concurrency=2)

    assert [1, 2, 3] == [file.size_bytes for file in stored]


async def test_a_file_for_the_model(tested: ClientUnderTest) -> None:
    """Servers that take files for their model say where it is; a server of the contract has no such endpoint."""
    if not tested.takes_llm_files:
        with pytest.raises(NotFoundError):
            await tested.client.upload_file_for_llm(b"%PDF-", filename="План.pdf")
        return
    file = await tested.client.upload_file_for_llm(b"%PDF-", filename="План.pdf")

    assert ("План.pdf", 5) == (file.filename, file.size_bytes)
    assert file.google_file_uri


async def test_the_project_tree_leads_to_a_document(tested: ClientUnderTest) -> None:
    """Roots, then children, then all nodes; the document is found by its words and has results."""
    roots = await tested.client.get_projects_tree(tested.client_id)
    nodes = await tested.client.get_projects_tree(tested.client_id, all_nodes=True, include_files=True)
    children = await tested.client.get_projects_tree(parent_id=roots[0])
    document = next(node for node in nodes if node.node_type == "document" and tested.document in node.name)
    results = await tested.client.get_document_results(document)

    assert {root.parent_id for root in roots} == {None}
    assert {child.parent_id for child in children} == {roots[0].id}
    assert document.id == results.document_node_id
    # The same files by both ways, though the wire names their fields differently.
    by_tree, by_results = (
        [tuple(getattr(file, name) for name in wanted) for file in files]
        for files, wanted in (
            (document.files, ("id", "file_name", "file_size", "file_type", "r2_key")),
            (results.files, ("id", "filename", "size_bytes", "source_type", "storage_path")),
        )
    )
    assert by_tree
    assert by_tree == by_results
    assert [document.id] == [found.id for found in await tested.client.search_documents("этажа", tested.client_id, limit=5)]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda client: client.get_chat(""), "chat_id"),
        (lambda client: client.get_chat(17), "chat_id"),
        (lambda client: client.get_file(None), "file_id"),
        (lambda client: client.get_chat(".."), "'..'"),
        (lambda client: client.ask("c", "?", attached_file_ids=b"abc"), "attached_file_ids"),
        (lambda client: client.ask("c", "?", document_ids=5), "document_ids"),
        (
            lambda client: client.ask("c", "?", document_ids=["a"], attached_document_ids=["a"]),
            "document_ids or attached_document_ids",
        ),
        (lambda client: client.ask("c", None), "message must be text"),
        (lambda client: client.upload_files([b"1"], concurrency=0), "concurrency"),
        (lambda client: client.upload_file("/no/such/file.pdf"), "/no/such/file.pdf"),
        (lambda client: client.search_documents("a\nb", "c"), "query"),
    ],
)
async def test_a_wrong_argument_is_named(call: Any, named: str) -> None:
    """An invalid argument sends nothing; the error names the parameter or its value."""
    async with client_and_server() as pair:
        with pytest.raises(ConfigurationError) as caught:
            await call(pair.client)

        assert named in str(caught.value)
        assert [] == pair.server.requests


async def test_a_closed_client_opens_new_connections() -> None:
    """`close` frees the connections; a later call works."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        await pair.client.close()
        await pair.server.until(lambda: pair.server.open_connections == 0)

        assert "active" == (await pair.client.get_me()).user.status


async def test_options_share_the_connections() -> None:
    """A client of `with_options` uses the same connection and the same login."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        patient = pair.client.with_options(timeout=33)
        await patient.get_me()

        assert (33, 10) == (patient.config.timeout, pair.client.config.timeout)
        assert {1} == {request.connection for request in pair.server.requests}
        assert 1 == len(pair.server.requests_to("POST", "/auth/exchange"))


async def test_options_that_are_not_given_stay(tmp_path: Path) -> None:
    """Each option changes alone, the time-out to None too; the client that was asked keeps its own."""
    options: dict[str, Any] = {
        "timeout": None,
        "static_token": "another",
        "transport": "sse",
        "retry": RetryPolicy(attempts=7),
        "stream_timeouts": StreamTimeouts(idle=None),
        "max_frame_bytes": 4096,
        "upload_limits": UploadLimits(file=5),
    }
    client = AsyncAIZoomDocClient("https://docs.example.org", "one", token_store=FileTokenStore(tmp_path / "tokens.json"))
    before = client.config
    for name, value in options.items():
        assert attrs.evolve(before, **{name: value}) == client.with_options(**{name: value}).config
    assert [before, before, before] == [
        client.config,
        client.with_options().config,
        client.with_options(**dict.fromkeys(set(options) - {"timeout"}), timeout=UNSET).config,
    ]


async def test_options_of_streams_take_effect() -> None:
    """Another transport, and frames of another size, over the same connections and with the same login."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        chat = await pair.chat()
        first = await pair.client.ask(chat, "Где ВРУ?")
        second = await pair.client.with_options(transport="sse").ask(chat, "Где ЩО?")
        narrow = pair.client.with_options(max_frame_bytes=10)
        third = [event.event async for event in narrow.send_message(chat, "Где ЩР?")]

        assert ["ws", "sse", "ws"] == [run.transport for run in pair.server.model_runs]
        assert first.text
        assert second.text
        assert "stream_resumed" in third  # the first frame was too large, and the history has the answer
        assert 1 == len(pair.server.requests_to("POST", "/auth/exchange"))


async def test_a_learned_transport_stays_known() -> None:
    """That a server has no WebSocket is not tried again because frames may be of another size."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        await pair.client.ask(chat, "Где ВРУ?")
        await pair.client.with_options(max_frame_bytes=2**20).ask(chat, "Где ЩО?")

        assert 1 == len(pair.server.requests_to("WS"))


async def test_other_upload_limits_take_effect() -> None:
    """Limits and time-outs of uploads are the client's own; what was uploaded is known to all clients of the user."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        strict = pair.client.with_options(upload_limits=UploadLimits(file=5))
        await pair.client.upload_file(b"123456", filename="a.txt")
        with pytest.raises(PayloadTooLargeError):
            await strict.upload_file(b"123456", filename="a.txt")


async def test_another_token_store_is_another_login() -> None:
    """The same user logs in again, and the tokens go to the new store alone."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        store = MemoryTokenStore()
        await pair.client.with_options(token_store=store).get_me()
        key = TokenKey.of_static_token(pair.server.url, pair.server.static_token)

        assert 2 == len(pair.server.requests_to("POST", "/auth/exchange"))
        assert store.load(key) is not None


async def test_a_call_without_a_time_limit() -> None:
    """``timeout=None``: requests, uploads and answers work without any."""
    async with client_and_server(timeout=None) as pair:
        chat = await pair.chat()
        answer = await pair.client.ask(chat, "Где ВРУ?", files=[b"plan"])

        assert answer.text == (await pair.client.get_chat_history(chat)).messages[-1].content
        assert pair.client.config.timeout is None


@pytest.mark.parametrize("name", ["server_url", "allow_insecure", "profile"])
async def test_what_needs_another_client_is_no_option(name: str) -> None:
    """Settings that decide on connections and saved logins are refused by name."""
    async with client_and_server() as pair:
        with pytest.raises(TypeError, match=name):
            pair.client.with_options(**{name: "x"})


async def test_a_chat_object_stands_for_its_id() -> None:
    """Ids are taken as text, as a UUID, or as the object that has one."""
    async with ScriptedServer() as server, client_of(server) as client:
        chat = await client.create_chat("Тест")
        for given in (chat, chat.id, uuid.UUID(chat.id), f" {chat.id} "):
            assert chat == await client.get_chat(given)


async def test_a_message_object_stands_for_its_text() -> None:
    """A question can be asked again as it was found in a history."""
    async with client_and_server() as pair:
        first = await pair.client.ask(await pair.chat(), "Где ВРУ?")
        await pair.client.ask(await pair.chat(), first.question)

        assert ["Где ВРУ?"] * 2 == [post.content for post in pair.server.posts]
