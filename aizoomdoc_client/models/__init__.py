"""What users hold: users, chats, files, projects.

RULE: attrs classes, frozen, with slots; they import nothing of this package but `models.dates`, and never one another.
Fields are those of the wire, by their names there; what the server may leave out has a default.
"""

from __future__ import annotations

from .chats import Chat, ChatDeletion, ChatHistory, Message, MessageImage
from .files import FileInfo, LLMFile, UploadedFile
from .health import Health
from .projects import DocumentResults, ProjectFile, ProjectNode
from .users import Me, MediaResolution, ModelProfile, Role, Session, Settings, User

__all__ = [
    "Chat",
    "ChatDeletion",
    "ChatHistory",
    "DocumentResults",
    "FileInfo",
    "Health",
    "LLMFile",
    "Me",
    "MediaResolution",
    "Message",
    "MessageImage",
    "ModelProfile",
    "ProjectFile",
    "ProjectNode",
    "Role",
    "Session",
    "Settings",
    "UploadedFile",
    "User",
]
