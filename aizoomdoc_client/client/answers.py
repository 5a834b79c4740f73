"""The client's methods: answers."""

from __future__ import annotations

from collections.abc import Iterable

from ..answer import Answer
from ..answer_stream import AsyncAnswerStream
from ..assembled_client import AssembledClient
from ..models import Message
from ..protocol.requests import TreeFile
from ..protocol.validation import IdLike
from ..session.attachments import AttachedFile, GoogleFile
from ..session.question import Question
from ..session.question_resumer import AskedBefore
from ..structured.asking import SchemaT, ask_structured
from ..tracebacks import ending_at_user
from ..unset import UNSET


@ending_at_user
class AnswerMethods(AssembledClient):
    """Questions and their answers."""

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
        """The answer to `message`, a text or an earlier message to ask again, as a stream of events.

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
        sender = self._parts.question_sender(question)
        return AsyncAnswerStream(sender, raise_errors=raise_errors, notifier=self._parts.notifier)

    def resume_answer(
        self,
        message_or_chat_id: Message | IdLike,
        message_id: IdLike | None = None,
        *,
        rerun: bool = True,
        unread_for: float = 0.0,
        attached_file_ids: IdLike | Iterable[IdLike] | None = None,
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
        """The answer to a message that was posted before, perhaps by a process that has ended; nothing is posted.

        The message is a `Message`, or the one with `message_id` in the chat of this id, or without it the chat's newest question.
        Reading continues as after a lost connection: an answer in the chat's history is delivered; if after half a minute there
        surely is none, the model runs, once and at most `max_reruns` times more, unless `rerun` is off. Servers do not keep what
        else a question was asked with: give the files and scopes of `send_message` again; files are uploaded only for a run.

        No other reader may be reading the answer. If none has for `unread_for` seconds, because the process that asked ended that
        long ago, the wait is shorter by them; from 23.5 on the history is read once. Raises `AnswerUnknownError` when the history
        cannot tell whether there is an answer, `ChatConflictError` when another question was posted before the answer,
        `StreamInterruptedError` (code ``rerun_forbidden``) when only a run could give it and `rerun` is off; otherwise as
        `send_message`.
        """
        asked = AskedBefore.of(message_or_chat_id, message_id)
        question = Question.of(
            asked.chat_id,
            UNSET,
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
        resumer = self._parts.question_resumer(question, asked, may_run=bool(rerun), unread_for=unread_for)
        return AsyncAnswerStream(resumer, raise_errors=raise_errors, notifier=self._parts.notifier)

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
        schema: type[SchemaT] | None = None,
    ) -> Answer[SchemaT]:
        """Waits for the complete answer to `message`; the parameters are those of `send_message`.

        With `schema`, an attrs class, a dataclass, a generic one with its arguments (``Table[Row]``), or ``list[…]`` of one, the
        question asks for JSON of that shape, and `parsed` of the answer is the value; an answer that does not fit is asked for
        once more, in the same chat, with what is wrong.

        Raises the `APIError` that prevented it: `AnswerError` for the server's `error` event, `StreamInterruptedError` when the
        stream broke off, with the text until then in `partial`; `AnswerFormatError` when the second answer does not fit either,
        and `ConfigurationError` for a schema with types that cannot be asked for.
        """
        sender = self._parts.question_sender(
            Question.of(
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
        )

        async def ask(content: str) -> Answer[None]:
            nonlocal sender
            sender = sender.with_content(content)
            async with AsyncAnswerStream(sender, notifier=self._parts.notifier) as stream:
                return await stream.result()

        return await ask_structured(ask, sender.content, schema)
