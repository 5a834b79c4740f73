"""The async client: one method an endpoint, and the place where the parts are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .answer import Answer
from .answer_stream import AsyncAnswerStream
from .assembly import ClientParts, SettingsPickled
from .config import ClientConfig, RetryPolicy, StreamTimeouts, TransportName, UploadLimits, resolve_config
from .credentials import HiddenFrames, Secret
from .models import (
    Chat,
    ChatDeletion,
    ChatHistory,
    DocumentResults,
    FileInfo,
    Health,
    LLMFile,
    Me,
    MediaResolution,
    Message,
    ModelProfile,
    ProjectNode,
    Role,
    Session,
    Settings,
    UploadedFile,
)
from .notebook import Listing
from .protocol import requests
from .protocol.requests import TreeFile
from .protocol.validation import IdLike, as_id
from .server_warnings import warn_of_settings_not_kept, warn_of_truncated_chats
from .session.attachments import AttachedFile, GoogleFile, Uploadable
from .session.question import Question
from .storage.base import TokenStore
from .tracebacks import ending_at_user
from .transport.base import UploadProgress, UploadSource
from .unset import UNSET, Unset

__all__ = ["AsyncAIZoomDocClient"]


@ending_at_user
class AsyncAIZoomDocClient(SettingsPickled):
    """An AIZoomDoc server, seen by one user.

    `server_url` and `static_token` come from, in this order: the arguments, ``AIZOOMDOC_SERVER`` and ``AIZOOMDOC_TOKEN``, the
    profile file, a login saved by ``aizoomdoc login``. Nothing is sent before the first call. `timeout` is for one request, in
    seconds, None for no limit; for every other setting None is the same as not given. An answer has `stream_timeouts` of its own.
    Tokens are kept in a file between runs; pass ``token_store=MemoryTokenStore()`` to keep them in memory only. `transport` is
    found out by itself unless it is named.

    Raises `ConfigurationError` when there is no server, or a setting cannot be used.

    One client serves any number of tasks and event loops, also of several threads; each loop has its own connections. It need not
    be closed for a program to end; `close`, or ``async with``, frees its connections earlier. Copies have its settings only.
    """

    def __init__(
        self,
        server_url: str | None = None,
        static_token: str | None = None,
        *,
        timeout: float | Unset | None = UNSET,
        profile: str | None = None,
        token_store: TokenStore | None = None,
        transport: TransportName | None = None,
        retry: RetryPolicy | None = None,
        stream_timeouts: StreamTimeouts | None = None,
        max_frame_bytes: int | None = None,
        upload_limits: UploadLimits | None = None,
        allow_insecure: bool | None = None,
    ) -> None:
        with HiddenFrames():
            config = resolve_config(
                server_url=server_url,
                static_token=static_token,
                timeout=timeout,
                profile=profile,
                transport=transport,
                retry=retry,
                stream_timeouts=stream_timeouts,
                max_frame_bytes=max_frame_bytes,
                upload_limits=upload_limits,
                allow_insecure=allow_insecure,
            )
        self._parts = ClientParts.of(config, token_store)

    def __repr__(self) -> str:
        config: ClientConfig | None = getattr(self, "config", None)  # there is none yet in a traceback through __init__
        return f"<{type(self).__name__} {config.server_url[:90] if config else 'without a server'}>"

    @property
    def config(self) -> ClientConfig:
        """The settings in force."""
        return self._parts.config

    # -- the client itself ---------------------------------------------------------------------------------------------------

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        static_token: str | None = None,
        token_store: TokenStore | None = None,
        transport: TransportName | None = None,
        retry: RetryPolicy | None = None,
        stream_timeouts: StreamTimeouts | None = None,
        max_frame_bytes: int | None = None,
        upload_limits: UploadLimits | None = None,
    ) -> AsyncAIZoomDocClient:
        """A client with other settings over the same connections; what is not given stays as it is.

        With another `static_token` it is another user's client, with tokens of its own: one backend can serve many users. With
        another `token_store` it logs in by itself. `server_url`, `allow_insecure` and `profile` decide on connections and saved
        logins: for other ones make another client.
        """
        client = object.__new__(type(self))
        with HiddenFrames():
            client._parts = self._parts.with_options(
                token_store,
                static_token=static_token,
                timeout=timeout,
                transport=transport,
                retry=retry,
                stream_timeouts=stream_timeouts,
                max_frame_bytes=max_frame_bytes,
                upload_limits=upload_limits,
            )
        return client

    async def close(self) -> None:
        """Closes the connections of this event loop, those of `with_options` clients too; a later call opens new ones.

        An answer that is still being read in this loop ends with a `StreamInterruptedError`; other loops are not affected.
        """
        await self._parts.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def health(self) -> Health:
        """What the server says of itself; needs no login. A server may call itself healthy with its database down."""
        return await self._parts.caller.call(requests.health())

    # -- login ---------------------------------------------------------------------------------------------------------------

    async def authenticate(self, static_token: str | None = None) -> Session:
        """A fresh session for the static token; calls log in by themselves, so this is for checking a token, or changing it.

        Raises `AuthenticationError` when the server does not know the token, `PermissionDeniedError` when the account is not
        active.
        """
        with HiddenFrames():
            return await self._parts.auth.authenticate(Secret.of(static_token))

    @property
    def is_authenticated(self) -> bool:
        """Whether there is an access token that has not expired; says nothing about what the server thinks of it."""
        return self._parts.auth.is_authenticated

    async def logout(self) -> None:
        """Ends the session and forgets all saved tokens, a saved login included; not every server invalidates anything."""
        await self._parts.logout()

    async def clear_tokens(self) -> None:
        """Forgets access and refresh token, here and in the store; the next call exchanges the static token anew."""
        await self._parts.auth.clear()

    # -- user ----------------------------------------------------------------------------------------------------------------

    async def get_me(self) -> Me:
        """The logged-in user with the settings in force."""
        return await self._parts.caller.call(requests.get_me())

    async def update_settings(
        self,
        *,
        model_profile: ModelProfile | Unset = UNSET,
        selected_role_prompt_id: int | Role | Unset | None = UNSET,
        temperature: float | Unset = UNSET,
        top_p: float | Unset = UNSET,
        thinking_enabled: bool | Unset = UNSET,
        thinking_budget: int | Unset = UNSET,
        media_resolution: MediaResolution | Unset = UNSET,
    ) -> Settings:
        """The settings after the given ones are changed; what is left out stays as it is.

        `selected_role_prompt_id` is a role, its id, or None for answers without a role. `temperature` 0 to 2, `top_p` 0 to 1,
        `thinking_budget` 0 to 24,576. A setting that the server accepts and does not keep is named in a `SettingNotKeptWarning`.

        Raises `ValidationError` for what the server refuses, `ConfigurationError` for None elsewhere, or without any setting.
        """
        changes = requests.given_settings(
            model_profile=model_profile,
            selected_role_prompt_id=selected_role_prompt_id,
            temperature=temperature,
            top_p=top_p,
            thinking_enabled=thinking_enabled,
            thinking_budget=thinking_budget,
            media_resolution=media_resolution,
        )
        settings = await self._parts.caller.call(requests.update_settings(changes))
        warn_of_settings_not_kept(changes, settings)
        return settings

    async def get_available_roles(self) -> Sequence[Role]:
        """The roles that the model can answer in; needs no login."""
        return Listing([*await self._parts.caller.call(requests.get_roles())])

    # -- chats ---------------------------------------------------------------------------------------------------------------

    async def create_chat(self, title: str | None = None, description: str | None = None) -> Chat:
        """A new chat; the server names one without a title."""
        chat = await self._parts.caller.call(requests.create_chat(title, description))
        self._parts.account.chats.created(chat.id)
        return chat

    async def list_chats(self, *, limit: int | None = None) -> Sequence[Chat]:
        """The newest chats, at most `limit`.

        A server returns 50 at the most and cannot page: a `TruncatedListWarning` tells that there may be more than was returned.
        """
        chats = await self._parts.caller.call(requests.list_chats(limit))
        warn_of_truncated_chats(len(chats), limit)
        return Listing(chats[:limit])

    async def get_chat(self, chat_id: IdLike) -> Chat:
        """The chat without its messages; raises `NotFoundError` or, for somebody else's, `PermissionDeniedError`.

        Servers have no request for a chat alone: up to 100 messages come with it and are skipped, not decoded.
        """
        return (await self._parts.caller.call(requests.get_chat(as_id(chat_id, "chat_id")))).chat

    async def get_chat_history(self, chat_id: IdLike) -> ChatHistory:
        """The chat with its messages, oldest first; `truncated` tells that the server may have cut off the newest."""
        return await self._parts.caller.call(requests.get_chat_history(as_id(chat_id, "chat_id")))

    async def delete_chat(self, chat_id: IdLike) -> ChatDeletion:
        """The server's word that the chat will be gone in a moment."""
        return await self._parts.caller.call(requests.delete_chat(as_id(chat_id, "chat_id")))

    # -- answers -------------------------------------------------------------------------------------------------------------

    def send_message(
        self,
        chat_id: IdLike,
        message: str | Message,
        attached_file_ids: IdLike | Iterable[IdLike] | None = None,
        *,
        files: AttachedFile | Iterable[AttachedFile] | None = None,
        document_ids: IdLike | Iterable[IdLike] | None = None,
        attached_document_ids: IdLike | Iterable[IdLike] | None = None,
        client_id: str | None = None,
        google_files: GoogleFile | Iterable[GoogleFile] | None = None,
        tree_files: TreeFile | Iterable[TreeFile] | None = None,
        compare_document_ids_a: IdLike | Iterable[IdLike] | None = None,
        compare_document_ids_b: IdLike | Iterable[IdLike] | None = None,
        raise_errors: bool = True,
    ) -> AsyncAnswerStream:
        """The answer to `message`, a text or a message of before, as a stream of events.

        `files` takes paths, bytes, open files, ``(name, source)`` pairs, or what an upload returned, and gets them to the model;
        `document_ids` (by another name `attached_document_ids`) and `client_id` narrow what is searched of the project tree;
        `tree_files` are files made of its documents, from the tree or from `get_document_results`; two groups to compare go into
        `compare_document_ids_a` and `compare_document_ids_b`. Each takes one, or several.

        The message is posted when the stream is first awaited, entered or iterated. Reading raises `AnswerError` after an `error`
        event (unless `raise_errors` is off), `StreamInterruptedError` when the stream breaks off for good; both hold the text
        until then in `partial`.
        """
        question = Question.of(
            chat_id,
            message,
            attached_file_ids=attached_file_ids,
            files=files,
            document_ids=document_ids,
            attached_document_ids=attached_document_ids,
            client_id=client_id,
            google_files=google_files,
            tree_files=tree_files,
            compare_document_ids_a=compare_document_ids_a,
            compare_document_ids_b=compare_document_ids_b,
        )
        return AsyncAnswerStream(self._parts.question_sender(question), raise_errors=raise_errors)

    async def ask(
        self,
        chat_id: IdLike,
        message: str | Message,
        attached_file_ids: IdLike | Iterable[IdLike] | None = None,
        *,
        files: AttachedFile | Iterable[AttachedFile] | None = None,
        document_ids: IdLike | Iterable[IdLike] | None = None,
        attached_document_ids: IdLike | Iterable[IdLike] | None = None,
        client_id: str | None = None,
        google_files: GoogleFile | Iterable[GoogleFile] | None = None,
        tree_files: TreeFile | Iterable[TreeFile] | None = None,
        compare_document_ids_a: IdLike | Iterable[IdLike] | None = None,
        compare_document_ids_b: IdLike | Iterable[IdLike] | None = None,
    ) -> Answer:
        """The complete answer to `message`, waited for; the parameters are those of `send_message`.

        Raises the `APIError` that prevented it: `AnswerError` when the server gave up, `StreamInterruptedError` when the stream
        broke off, with the text until then in `partial`.
        """
        async with self.send_message(
            chat_id,
            message,
            attached_file_ids,
            files=files,
            document_ids=document_ids,
            attached_document_ids=attached_document_ids,
            client_id=client_id,
            google_files=google_files,
            tree_files=tree_files,
            compare_document_ids_a=compare_document_ids_a,
            compare_document_ids_b=compare_document_ids_b,
        ) as stream:
            return await stream.result()

    # -- files ---------------------------------------------------------------------------------------------------------------

    async def upload_file(
        self, file: UploadSource, filename: str | None = None, *, progress: UploadProgress | None = None
    ) -> UploadedFile:
        """The file as the server stored it: a path, bytes, or a file opened in binary mode, up to the server's limit (100 MB).

        Memory stays constant for a file of any size. `progress` is called with the bytes sent and the total (None if unknown).
        Raises `ConfigurationError` for what cannot be read, `PayloadTooLargeError` beyond `upload_limits` or the server's own,
        and `NotReplayableError` when an unseekable file would have to be sent again.
        """
        return await self._parts.uploader.upload(file, filename=filename, progress=progress)

    async def upload_files(
        self, files: Uploadable | Iterable[Uploadable], *, concurrency: int = 4, progress: UploadProgress | None = None
    ) -> Sequence[UploadedFile]:
        """All `files` as the server stored them, in order, at most `concurrency` at a time.

        `progress` is called with the bytes sent of all files and their total. The first failure stops the rest and is raised.
        """
        return Listing(await self._parts.uploader.upload_all(files, concurrency=concurrency, progress=progress))

    async def upload_file_for_llm(
        self, file: UploadSource, filename: str | None = None, *, progress: UploadProgress | None = None
    ) -> LLMFile:
        """The file as the model's own store has it (at most 20 MB); `files` of `send_message` does this by itself."""
        return await self._parts.uploader.upload_for_llm(file, filename=filename, progress=progress)

    async def get_file(self, file_id: IdLike) -> FileInfo:
        """What the server knows of a stored file."""
        return await self._parts.caller.call(requests.get_file(as_id(file_id, "file_id")))

    async def download_file(self, file_id: IdLike, destination: str | Path = ".", *, max_bytes: int = 2**30) -> Path:
        """The path of the downloaded file: `destination` itself, or a file in it, named as on the server, if it is a folder.

        Nothing is overwritten: a name that is taken gets a number. Raises `NotFoundError` when the server tells no place to
        download from, `PayloadTooLargeError` beyond `max_bytes`.
        """
        file = await self.get_file(file_id)
        return await self._parts.downloads.save(file, destination, max_bytes=max_bytes)

    # -- projects ------------------------------------------------------------------------------------------------------------

    async def get_projects_tree(
        self,
        client_id: str | None = None,
        *,
        parent_id: IdLike | None = None,
        node_type: str | None = None,
        all_nodes: bool = False,
        include_files: bool = False,
    ) -> Sequence[ProjectNode]:
        """Nodes of the project tree: the roots, the children of `parent_id`, or `all_nodes`; with their files if wanted."""
        request = requests.get_projects_tree(
            client_id=client_id,
            parent_id=None if parent_id is None else as_id(parent_id, "parent_id"),
            node_type=node_type,
            all_nodes=all_nodes,
            include_files=include_files,
        )
        return Listing([*await self._parts.caller.call(request)])

    async def get_document_results(self, document_id: IdLike) -> DocumentResults:
        """The files that processing made of a document; raises `ValidationError` for a node that is no document."""
        return await self._parts.caller.call(requests.get_document_results(as_id(document_id, "document_id")))

    async def search_documents(self, query: str, client_id: str, *, limit: int | None = None) -> Sequence[ProjectNode]:
        """Documents of a client that match the words of `query`, at most `limit` (up to 100)."""
        return Listing([*await self._parts.caller.call(requests.search_documents(query, client_id, limit))])
