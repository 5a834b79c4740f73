"""Shared samples: bodies of every model, arbitrary JSON, and results or errors as values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from aizoomdoc_client import models
from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.protocol.requests import ChatWithoutMessages, TokenGrant

T = TypeVar("T")

USER = {"id": "u1", "username": "Иванов", "status": "active", "created_at": "2025-03-04T05:06:07.123456Z"}
CHAT = {
    "id": "c1",
    "title": "В2",
    "description": None,
    "user_id": "Иванов",
    "created_at": "2025-03-04T05:06:07Z",
    "updated_at": None,
}
MESSAGE = {
    "id": "m1",
    "chat_id": "c1",
    "role": "assistant",
    "content": "ВРУ-1 — в осях 3/А",
    "message_type": "text",
    "created_at": "2025-03-04T05:06:07Z",
    "images": [{"id": "i1", "width": 100, "height": 50, "url": None}],
}
FILE = {"id": "f1", "filename": "План этажа №1.pdf", "mime_type": "application/pdf", "size_bytes": 12, "storage_path": "a/b"}
RESULT = {
    "id": "t1",
    "filename": "план.html",
    "mime_type": "text/html",
    "size_bytes": 5,
    "source_type": "ocr_html",
    "storage_path": "tree_docs/n1/план.html",
    "external_url": None,
    "created_at": "2025-03-04T05:06:07.123456Z",
}
TREE_FILE = {"id": "t1", "job_id": "j1", "file_type": "annotation", "r2_key": "k", "file_name": "n", "file_size": 5}
NODE = {
    "id": "n1",
    "parent_id": None,
    "node_type": "document",
    "name": "АР",
    "version": 3,
    "status": "ready",
    "attributes": {"a": [1, {"b": None}]},
    "sort_order": 0,
    "files": [TREE_FILE],
}
SETTINGS = {
    "model_profile": "complex",
    "selected_role_prompt_id": 4,
    "temperature": 0.5,
    "thinking_enabled": True,
    "thinking_budget": 9,
}

BODIES: dict[Any, Any] = {
    models.Chat: CHAT,
    models.ChatDeletion: {"chat_id": "c1", "message": "gone"},
    models.ChatHistory: {"chat": CHAT, "messages": [MESSAGE, MESSAGE | {"role": "user", "images": []}]},
    ChatWithoutMessages: {"chat": CHAT, "messages": [MESSAGE]},
    models.DocumentResults: {"document_node_id": "n1", "files": [RESULT]},
    models.FileInfo: FILE | {"source_type": "upload", "external_url": "https://x.example"},
    models.Health: {"status": "healthy", "version": "2.0.0", "service": "aizoomdoc"},
    models.LLMFile: FILE | {"google_file_uri": "u", "google_file_name": "g", "state": "FileState.ACTIVE"},
    models.Me: {"user": USER, "settings": SETTINGS, "gemini_api_key_configured": True},
    models.Message: MESSAGE,
    models.ProjectNode: NODE,
    models.Role: {
        "id": 1,
        "name": "Инженер",
        "content": "…",
        "is_active": True,
        "version": 2,
        "created_at": "2025-03-04T05:06:07Z",
    },
    models.Session: {"access_token": "a", "token_type": "bearer", "expires_in": 3600, "user": USER, "refresh_token": "r"},
    models.Settings: SETTINGS,
    models.UploadedFile: FILE,
    models.User: USER,
    TokenGrant: {"access_token": "a", "expires_in": 60.5},
    tuple[models.Chat, ...]: [CHAT],
    tuple[models.ProjectNode, ...]: [NODE, NODE | {"id": "n2"}],
    tuple[models.Role, ...]: [],
}
"""A full body of each model that a response can hold."""

EVENTS: dict[str, dict[str, Any]] = {
    "queue_position": {"position": 2, "estimated_wait_seconds": 4.5, "active_requests": 1, "queue_size": 3},
    "processing_started": {"request_id": "r1"},
    "phase_started": {"phase": "search", "description": "Поиск"},
    "phase_progress": {"phase": "search", "progress": 0.5, "message": "половина"},
    "llm_thinking": {"content": "б", "accumulated": "аб", "model": "m"},
    "llm_token": {"token": "б", "accumulated": "аб", "model": "m"},
    "tool_call": {"tool": "zoom", "parameters": {"x": 1}, "reason": "мелко"},
    "image_ready": {"block_id": "b1", "kind": "crop", "url": "https://x.example", "width": 1, "height": 2, "reason": "план"},
    "llm_final": {"content": "аб", "model": "m", "thinking": "…"},
    "error": {"message": "нет"},
    "completed": {"message": "готово"},
}
"""Full data of each event."""

TEXTS = st.text(st.characters(codec=None)) | st.sampled_from(
    ["\ud800", "\udfffx", "a\ud83d", "\u2028", "NaN", "1", "2025-03-04T05:06:07", "true"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from([10**400, -(10**30), 1e308])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12)
"""Any JSON value, and invalid ones: lone surrogates, NaN, infinities, huge numbers."""


def fields_like(sample: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the fields of `sample`, some missing, some of any other value."""
    return st.fixed_dictionaries({}, optional={name: st.just(value) | JSON for name, value in sample.items()})


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def outcome(call: Callable[[], T]) -> T | ProtocolError:
    """What `call` returns, or the `ProtocolError` that it raises; nothing else may come out."""
    try:
        return call()
    except ProtocolError as error:
        return error
