"""The records of the scripted server: users, chats, messages, files and the project tree."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

import attrs


def new_id() -> str:
    """A fresh UUID."""
    return str(uuid.uuid4())


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def default_settings() -> dict[str, Any]:
    """The settings of a new user."""
    return {
        "model_profile": "simple",
        "selected_role_prompt_id": None,
        "temperature": 1.0,
        "top_p": 0.95,
        "thinking_enabled": True,
        "thinking_budget": 0,
        "media_resolution": "high",
    }


@attrs.define(kw_only=True)
class StoredUser:
    """A user; one whose `status` is not ``active`` may not log in."""

    username: str
    static_token: str = attrs.field(repr=False)
    status: str = "active"
    id: str = attrs.field(factory=new_id)
    settings: dict[str, Any] = attrs.field(factory=default_settings)
    created_at: datetime = attrs.field(factory=now)


@attrs.define(kw_only=True)
class StoredMessage:
    """One message of a chat."""

    chat_id: str
    role: str
    content: str
    id: str = attrs.field(factory=new_id)
    attached_file_ids: tuple[str, ...] = ()
    images: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    idempotency_key: str | None = None
    created_at: datetime = attrs.field(factory=now)


@attrs.define(kw_only=True)
class StoredChat:
    """A chat with all its messages, oldest first."""

    owner: StoredUser = attrs.field(repr=False)
    title: str
    description: str | None = None
    id: str = attrs.field(factory=new_id)
    messages: list[StoredMessage] = attrs.field(factory=list[StoredMessage])
    created_at: datetime = attrs.field(factory=now)
    updated_at: datetime = attrs.field(factory=now)

    def add(self, role: str, content: str, **fields: Any) -> StoredMessage:
        """Stores a message; `updated_at` of the chat does not change."""
        message = StoredMessage(chat_id=self.id, role=role, content=content, **fields)
        self.messages.append(message)
        return message

    def message(self, message_id: str) -> StoredMessage:
        """The message with that id; raises `KeyError` if there is none."""
        return {message.id: message for message in self.messages}[message_id]

    @property
    def question(self) -> StoredMessage | None:
        """The last message of the user, which a run answers."""
        return next((message for message in reversed(self.messages) if message.role == "user"), None)

    @property
    def answers(self) -> list[StoredMessage]:
        """The assistant's messages."""
        return [message for message in self.messages if message.role == "assistant"]


@attrs.define(kw_only=True)
class StoredFile:
    """An uploaded file with its content; `for_llm` says which of the two endpoints received it.

    `storage_path` is where it is stored, None if only the model has it. `external_url` is told in place of the server's own URL.
    """

    filename: str
    content: bytes = attrs.field(repr=False)
    mime_type: str
    for_llm: bool = False
    storage_path: str | None = None
    external_url: str | None = None
    id: str = attrs.field(factory=new_id)
    created_at: datetime = attrs.field(factory=now)

    @property
    def sha256(self) -> str:
        """The SHA-256 digest of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@attrs.define(kw_only=True)
class StoredNode:
    """A node of the project tree; `files` are the results of processing a document, as the tree shows them."""

    name: str
    node_type: str = "document"
    parent_id: str | None = None
    client_id: str | None = None
    code: str | None = None
    version: int | None = None
    status: str = "active"
    attributes: dict[str, Any] = attrs.field(factory=dict[str, Any])
    files: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    id: str = attrs.field(factory=new_id)
    created_at: datetime = attrs.field(factory=now)


@attrs.define(kw_only=True)
class ServerStore:
    """All records, by id; a test may read and change them."""

    users: dict[str, StoredUser] = attrs.field(factory=dict[str, StoredUser])
    chats: dict[str, StoredChat] = attrs.field(factory=dict[str, StoredChat])
    files: dict[str, StoredFile] = attrs.field(factory=dict[str, StoredFile])
    nodes: dict[str, StoredNode] = attrs.field(factory=dict[str, StoredNode])
    roles: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])

    def add_user(self, static_token: str, username: str, status: str = "active") -> StoredUser:
        """A new user who logs in with `static_token`."""
        user = StoredUser(static_token=static_token, username=username, status=status)
        self.users[user.id] = user
        return user

    def user_of_static_token(self, static_token: str) -> StoredUser | None:
        """The user with that static token, or None."""
        return next((user for user in self.users.values() if user.static_token == static_token), None)

    def add_node(self, name: str, **fields: Any) -> StoredNode:
        """A new node of the project tree."""
        node = StoredNode(name=name, **fields)
        self.nodes[node.id] = node
        return node


def add_sample_data(store: ServerStore, client_id: str = "mycompany") -> None:
    """Adds roles and a small project tree: a processed document of `client_id`, and a project of another client."""
    store.roles += [_role(1, "Инженер", "Ты инженер-проектировщик."), _role(2, "Сметчик", "Ты сметчик.")]
    project = store.add_node("Жилой дом №1", node_type="project", client_id=client_id)
    folder = store.add_node("Вентиляция", node_type="folder", parent_id=project.id, client_id=client_id, code="ОВ")
    plan = store.add_node("План этажа №1.pdf", parent_id=folder.id, client_id=client_id, code="ОВ-1", version=1)
    plan.files.append(_result_file(plan.id))
    store.add_node("Склад", node_type="project", client_id="othercompany")


def _role(number: int, name: str, content: str) -> dict[str, Any]:
    return {"id": number, "name": name, "content": content, "description": None, "is_active": True, "version": 1}


def _result_file(document_id: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "job_id": new_id(),
        "file_type": "ocr_html",
        "r2_key": f"results/{document_id}/ocr.html",
        "file_name": "ocr.html",
        "file_size": 2048,
    }
