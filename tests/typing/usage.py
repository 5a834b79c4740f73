"""What users may write, as type checkers see it: checked by mypy and pyright, never run."""

from __future__ import annotations

import io
import mmap
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, assert_type
from uuid import UUID

import aiohttp
import attrs

from aizoomdoc_client import (
    UNSET,
    AIZoomDocClient,
    Answer,
    AnswerEnded,
    AnswerEvent,
    AnswerFormatError,
    AnswerSource,
    AnswerStream,
    APIError,
    AsyncAIZoomDocClient,
    AsyncAnswerStream,
    Chat,
    ChatHistory,
    Grounding,
    Hooks,
    LLMFile,
    LLMToken,
    MemoryTokenStore,
    Message,
    PhaseStarted,
    ProjectNode,
    RequestStarted,
    RetryPolicy,
    Session,
    SettingName,
    Settings,
    StreamError,
    StreamTimeouts,
    UnknownEvent,
    Unset,
    UploadedFile,
    read_fields,
)
from aizoomdoc_client.telemetry import OpenTelemetryHooks

RowT = TypeVar("RowT")


def settings() -> None:
    AIZoomDocClient()
    AIZoomDocClient("https://docs.example.org", "token", timeout=60)
    AIZoomDocClient("https://docs.example.org", "token", timeout=None)
    AIZoomDocClient("https://docs.example.org", "token", timeout=UNSET)
    AIZoomDocClient("https://docs.example.org", "token", http_session=aiohttp.ClientSession)
    AIZoomDocClient("https://docs.example.org", "token", http_session=lambda: aiohttp.ClientSession(trust_env=True))
    AsyncAIZoomDocClient("https://docs.example.org", "token", http_session=aiohttp.ClientSession())
    AsyncAIZoomDocClient(
        server_url="https://docs.example.org",
        static_token="token",
        transport="sse",
        retry=RetryPolicy(attempts=5),
        stream_timeouts=StreamTimeouts(idle=None),
        token_store=MemoryTokenStore(),
        hooks=Slow(),
    )


class Slow(Hooks):
    def request_headers(self, request: RequestStarted) -> dict[str, str]:
        return {"X-Route": assert_type(request.route, str)}

    def answer_ended(self, answer: AnswerEnded) -> None:
        assert_type(answer.seconds, float)
        assert_type(answer.outcome, Literal["completed", "failed", "cancelled"])


async def asynchronous(client: AsyncAIZoomDocClient) -> None:
    assert_type(await client.authenticate(), Session)
    chat = assert_type(await client.create_chat(title="ВРУ"), Chat)
    assert_type(await client.get_chat_history(chat), ChatHistory)
    assert_type(await client.upload_file(Path("plan1.pdf")), UploadedFile)
    assert_type(await client.get_projects_tree(all_nodes=True), Sequence[ProjectNode])
    assert_type(client.with_options(static_token="another", hooks=[Slow(), OpenTelemetryHooks()]), AsyncAIZoomDocClient)

    async for event in client.send_message(chat.id, "Где находится ВРУ-1?"):
        assert_type(event, AnswerEvent)
    async with client.send_message(UUID(int=1), "Где находится ВРУ-1?", files=["plan1.pdf", b"%PDF"]) as answer:
        assert_type(answer, AsyncAnswerStream)
        assert_type(answer.message, Message)
        assert_type(answer.text_stream, AsyncIterator[str])
        assert_type(await answer.result(), Answer[None])
    assert_type(await client.send_message(chat, "Где находится ВРУ-1?"), AsyncAnswerStream)
    assert_type((await client.ask(chat, "Где находится ВРУ-1?", document_ids=[chat.id])).text, str)
    assert_type(await client.list_chats(limit=5), Sequence[Chat])
    for _ in client.send_message(chat, "?"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportAttributeAccessIssue]
        pass


def as_plain_values(chat: Chat, event: AnswerEvent, answer: Answer, error: APIError) -> None:
    assert_type(chat.to_dict(), dict[str, Any])
    assert_type(event.to_dict(accumulated=True), dict[str, Any])
    assert_type(event.to_sse(), str)
    assert_type(answer.to_json(), str)
    assert_type(answer.sources, tuple[AnswerSource, ...])
    assert_type(answer.grounding, Grounding | None)
    assert_type(answer.notes, tuple[str, ...])
    assert_type(error.to_dict(language="ru"), dict[str, Any])


def synchronous(client: AIZoomDocClient) -> None:
    assert_type(client.authenticate(), Session)
    chat = assert_type(client.create_chat(title="ВРУ"), Chat)
    file = assert_type(client.upload_file("plan1.pdf"), UploadedFile)
    assert_type(client.with_options(timeout=5), AIZoomDocClient)
    assert_type(client.with_options(timeout=None, transport="sse", token_store=MemoryTokenStore()), AIZoomDocClient)
    assert_type(client.config.timeout, float | None)

    for event in client.send_message(chat.id, "Где находится ВРУ-1?", attached_file_ids=[file.id]):
        assert_type(event, AnswerEvent)
        matching(event)
    with client.send_message(chat, "Где находится ВРУ-1?") as answer:
        assert_type(answer, AnswerStream)
        assert_type(answer.text_stream, Iterator[str])
        assert_type(answer.result(), Answer[None])


@attrs.frozen
class Room:
    height: float


@attrs.frozen
class Table(Generic[RowT]):
    rows: list[RowT]


def every_answer(answer: Answer) -> str:
    return answer.text


async def structured(client: AsyncAIZoomDocClient, chat: Chat) -> None:
    assert_type((await client.ask(chat, "?")).parsed, None)
    answer = await client.ask(chat, "?", schema=Room)
    assert_type(answer, Answer[Room])
    assert_type(answer.parsed.height, float)
    assert_type((await client.ask(chat, "?", schema=list[Room])).parsed, list[Room])
    assert_type((await client.ask(chat, "?", schema=Table[Room])).parsed, Table[Room])
    every_answer(answer)
    every_answer(await client.ask(chat, "?"))
    await client.ask(chat, "?", schema=read_fields(Path("fields.toml")))


def structured_synchronously(client: AIZoomDocClient, chat: Chat) -> list[Answer]:
    assert_type(client.ask(chat, "?").parsed, None)
    assert_type(client.ask(chat, "?", schema=Room), Answer[Room])
    answers = [client.ask(chat, "?")]
    return [*answers, client.ask(chat, "?", schema=Room)]


def format_error(error: AnswerFormatError) -> str:
    return assert_type(error.raw_text, str) + str(error.problems)


def matching(event: AnswerEvent) -> str:
    match event:
        case LLMToken(token):
            return assert_type(token, str)
        case PhaseStarted(phase, description):
            return assert_type(phase, str) + assert_type(description, str)
        case UnknownEvent(name):
            return assert_type(name, str)
        case _:
            return event.event


def files_of_a_document(client: AIZoomDocClient, chat: Chat, node: ProjectNode) -> None:
    results = client.get_document_results(node)
    client.ask(chat, "?", tree_files=results.files)
    client.ask(chat, "?", tree_files=[*node.files, *results.files, {"r2_key": "k", "file_type": "crop"}])
    assert_type(client.get_me().settings.known_kept, frozenset[SettingName])


def not_given(client: AIZoomDocClient, role: int | Unset | None, temperature: float | Unset) -> None:
    assert_type(client.update_settings(model_profile="complex", selected_role_prompt_id=None), Settings)
    client.update_settings(selected_role_prompt_id=role, temperature=temperature)
    if role is UNSET:
        assert_type(role, Literal[Unset.UNSET])
    elif role is not None:
        assert_type(role, int)
    if temperature is not UNSET:
        assert_type(temperature, float)


def failing(client: AIZoomDocClient) -> None:
    try:
        client.ask("chat", "Какая высота этажа?")
    except StreamError as error:
        assert_type(error.partial, str)
    except APIError as error:
        assert_type(error.status_code, int | None)
        assert_type(error.retry_after, float | None)


class UploadFile:
    """An upload of a web framework."""

    filename: str | None = "plan1.pdf"

    async def read(self, size: int = -1) -> bytes:
        return b"%PDF"[:size]


def one_or_several(client: AIZoomDocClient, chat: Chat, file: UploadedFile, copy: LLMFile, node: ProjectNode) -> None:
    client.ask(chat, "?", files="plan1.pdf", document_ids=node, google_files=copy, attached_file_ids=file.id)
    client.ask(chat, "?", files=("plan1.pdf", io.BytesIO(b"%PDF")), tree_files=node.files[0], compare_document_ids_a=UUID(int=1))
    with tempfile.SpooledTemporaryFile() as spooled:
        client.ask(chat, "?", files=[("plan1.pdf", b"%PDF"), UploadFile(), spooled, mmap.mmap(-1, 1), file, copy])
    client.upload_files(Path("plan1.pdf"))
    client.upload_files([("plan1.pdf", Path("plan2.pdf")), bytearray(b"%PDF"), UploadFile()])
    client.upload_file(UploadFile(), "plan1.pdf")
