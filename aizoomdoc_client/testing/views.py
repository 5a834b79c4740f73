"""What the store's records look like on the wire, in a given guise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from .guise import Guise
from .store import StoredChat, StoredFile, StoredMessage, StoredNode, StoredUser
from .wireformat import wire_date

PRODUCTION_SETTINGS = ("model_profile", "selected_role_prompt_id")


@attrs.frozen
class Views:
    """Records to JSON."""

    guise: Guise

    def date(self, moment: datetime, noun: str) -> str:
        """A record's date, naive for some nouns."""
        return wire_date(moment, naive=noun in self.guise.naive_dates_of)

    def user(self, user: StoredUser) -> dict[str, Any]:
        """A user."""
        created = self.date(user.created_at, "user")
        return {"id": user.id, "username": user.username, "status": user.status, "created_at": created}

    def settings(self, user: StoredUser) -> dict[str, Any]:
        """A user's settings: those that the server keeps."""
        kept = user.settings if self.guise.keeps_all_settings else PRODUCTION_SETTINGS
        return {name: user.settings[name] for name in kept}

    def role(self, role: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
        """A role."""
        date = self.date(moment, "role")
        return {**role, "created_at": date, "updated_at": date}

    def chat(self, chat: StoredChat) -> dict[str, Any]:
        """A chat without its messages; its `user_id` is the user's name where the guise says so."""
        return {
            "id": chat.id,
            "title": chat.title,
            "description": chat.description,
            "user_id": chat.owner.username if self.guise.user_id_is_name else chat.owner.id,
            "created_at": self.date(chat.created_at, "chat"),
            "updated_at": self.date(chat.updated_at, "chat"),
        }

    def message(self, message: StoredMessage) -> dict[str, Any]:
        """A message."""
        view = {
            "id": message.id,
            "chat_id": message.chat_id,
            "role": message.role,
            "content": message.content,
            "message_type": "text",
            "created_at": self.date(message.created_at, "message"),
            "images": message.images,
        }
        return {**view, "attached_file_ids": message.attached_file_ids} if self.guise.keeps_attachments else view

    def history(self, chat: StoredChat) -> dict[str, Any]:
        """A chat with its messages: the oldest ones that fit into the window."""
        shown = chat.messages[: self.guise.history_window]
        return {"chat": self.chat(chat), "messages": [self.message(message) for message in shown]}

    def upload(self, file: StoredFile) -> dict[str, Any]:
        """An uploaded file."""
        return {**self._file(file), "created_at": self.date(file.created_at, "file")}

    def file(self, file: StoredFile) -> dict[str, Any]:
        """What is known of a file."""
        return {**self.upload(file), "source_type": "upload", "external_url": file.external_url}

    def llm_file(self, file: StoredFile) -> dict[str, Any]:
        """A file in the model's own store."""
        return {
            **self._file(file),
            "google_file_uri": f"https://files.example/v1beta/files/{file.id[:12]}",
            "google_file_name": f"files/{file.id[:12]}",
            "state": "FileState.ACTIVE",
        }

    def _file(self, file: StoredFile) -> dict[str, Any]:
        return {
            "id": file.id,
            "filename": file.filename,
            "mime_type": file.mime_type,
            "size_bytes": len(file.content),
            "storage_path": f"uploads/{file.id}",
        }

    def node(self, node: StoredNode, *, with_files: bool) -> dict[str, Any]:
        """A node of the project tree."""
        date = self.date(node.created_at, "node")
        return {
            "id": node.id,
            "parent_id": node.parent_id,
            "client_id": node.client_id,
            "node_type": node.node_type,
            "name": node.name,
            "code": node.code,
            "version": 1,
            "status": "active",
            "attributes": {},
            "sort_order": 0,
            "created_at": date,
            "updated_at": date,
            "files": self.node_files(node) if with_files else [],
        }

    def node_files(self, node: StoredNode) -> list[dict[str, Any]]:
        """The files that processing made of a document."""
        date = self.date(node.created_at, "node")
        return [{**file, "created_at": date} for file in node.files]
