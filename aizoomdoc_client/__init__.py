"""The Python SDK of AIZoomDoc servers: `AsyncAIZoomDocClient` for asyncio, `AIZoomDocClient` for everything else.

Names are loaded on first use (PEP 562): importing this package costs next to nothing.
"""

from __future__ import annotations

from ._version import __version__ as __version__

TYPE_CHECKING = False  # all type checkers know it by its name; importing it from typing takes longer than all the rest

if TYPE_CHECKING:
    from .answer import (
        Answer as Answer,
        Timings as Timings,
    )
    from .answer_stream import (
        AsyncAnswerStream as AsyncAnswerStream,
    )
    from .client import (
        AsyncAIZoomDocClient as AsyncAIZoomDocClient,
    )
    from .config import (
        ClientConfig as ClientConfig,
        RetryPolicy as RetryPolicy,
        StreamTimeouts as StreamTimeouts,
        TransportName as TransportName,
        UploadLimits as UploadLimits,
    )
    from .events import (
        AnswerEvent as AnswerEvent,
        AnswerRestarted as AnswerRestarted,
        Completed as Completed,
        ErrorEvent as ErrorEvent,
        ImageReady as ImageReady,
        LLMFinal as LLMFinal,
        LLMThinking as LLMThinking,
        LLMToken as LLMToken,
        PhaseProgress as PhaseProgress,
        PhaseStarted as PhaseStarted,
        ProcessingStarted as ProcessingStarted,
        QueuePosition as QueuePosition,
        RestartReason as RestartReason,
        StreamEvent as StreamEvent,
        StreamResumed as StreamResumed,
        ToolCall as ToolCall,
        UnknownEvent as UnknownEvent,
    )
    from .exceptions import (
        AIZoomDocError as AIZoomDocError,
        AIZoomDocWarning as AIZoomDocWarning,
        AnswerError as AnswerError,
        AnswerUnknownError as AnswerUnknownError,
        APIConnectionError as APIConnectionError,
        APIError as APIError,
        APITimeoutError as APITimeoutError,
        AuthenticationError as AuthenticationError,
        ChatConflictError as ChatConflictError,
        ConfigurationError as ConfigurationError,
        ConflictError as ConflictError,
        DeadlineName as DeadlineName,
        DeliveryUnknownError as DeliveryUnknownError,
        FilesIgnoredWarning as FilesIgnoredWarning,
        GatewayError as GatewayError,
        NotFoundError as NotFoundError,
        NotReplayableError as NotReplayableError,
        PayloadTooLargeError as PayloadTooLargeError,
        PermissionDeniedError as PermissionDeniedError,
        ProtocolError as ProtocolError,
        QueueFullError as QueueFullError,
        QueueTimeoutError as QueueTimeoutError,
        RateLimitError as RateLimitError,
        ServerError as ServerError,
        SettingNotKeptWarning as SettingNotKeptWarning,
        StreamError as StreamError,
        StreamInterruptedError as StreamInterruptedError,
        StreamTimeoutError as StreamTimeoutError,
        TokenExpiredError as TokenExpiredError,
        TokenStoreWarning as TokenStoreWarning,
        TruncatedListWarning as TruncatedListWarning,
        ValidationError as ValidationError,
    )
    from .models import (
        Chat as Chat,
        ChatDeletion as ChatDeletion,
        ChatHistory as ChatHistory,
        DocumentResults as DocumentResults,
        FileInfo as FileInfo,
        Health as Health,
        LLMFile as LLMFile,
        Me as Me,
        MediaResolution as MediaResolution,
        Message as Message,
        MessageImage as MessageImage,
        ModelProfile as ModelProfile,
        ProjectFile as ProjectFile,
        ProjectNode as ProjectNode,
        Role as Role,
        Session as Session,
        Settings as Settings,
        UploadedFile as UploadedFile,
        User as User,
    )
    from .protocol.validation import IdLike as IdLike
    from .session.attachments import (
        AttachedFile as AttachedFile,
    )
    from .storage import (
        FileTokenStore as FileTokenStore,
        KeyringTokenStore as KeyringTokenStore,
        MemoryTokenStore as MemoryTokenStore,
    )
    from .storage.base import (
        TokenStore as TokenStore,
    )
    from .sync.answer_stream import (
        AnswerStream as AnswerStream,
    )
    from .sync.client import (
        AIZoomDocClient as AIZoomDocClient,
    )
    from .transport.uploads import (
        UploadProgress as UploadProgress,
        UploadSource as UploadSource,
    )

__all__ = [
    "AIZoomDocClient",
    "AIZoomDocError",
    "AIZoomDocWarning",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "Answer",
    "AnswerError",
    "AnswerEvent",
    "AnswerRestarted",
    "AnswerStream",
    "AnswerUnknownError",
    "AsyncAIZoomDocClient",
    "AsyncAnswerStream",
    "AttachedFile",
    "AuthenticationError",
    "Chat",
    "ChatConflictError",
    "ChatDeletion",
    "ChatHistory",
    "ClientConfig",
    "Completed",
    "ConfigurationError",
    "ConflictError",
    "DeadlineName",
    "DeliveryUnknownError",
    "DocumentResults",
    "ErrorEvent",
    "FileInfo",
    "FileTokenStore",
    "FilesIgnoredWarning",
    "GatewayError",
    "Health",
    "IdLike",
    "ImageReady",
    "KeyringTokenStore",
    "LLMFile",
    "LLMFinal",
    "LLMThinking",
    "LLMToken",
    "Me",
    "MediaResolution",
    "MemoryTokenStore",
    "Message",
    "MessageImage",
    "ModelProfile",
    "NotFoundError",
    "NotReplayableError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PhaseProgress",
    "PhaseStarted",
    "ProcessingStarted",
    "ProjectFile",
    "ProjectNode",
    "ProtocolError",
    "QueueFullError",
    "QueuePosition",
    "QueueTimeoutError",
    "RateLimitError",
    "RestartReason",
    "RetryPolicy",
    "Role",
    "ServerError",
    "Session",
    "SettingNotKeptWarning",
    "Settings",
    "StreamError",
    "StreamEvent",
    "StreamInterruptedError",
    "StreamResumed",
    "StreamTimeoutError",
    "StreamTimeouts",
    "Timings",
    "TokenExpiredError",
    "TokenStore",
    "TokenStoreWarning",
    "ToolCall",
    "TransportName",
    "TruncatedListWarning",
    "UnknownEvent",
    "UploadLimits",
    "UploadProgress",
    "UploadSource",
    "UploadedFile",
    "User",
    "ValidationError",
]

_NAMES_BY_HOME = {
    ".answer": (
        "Answer",
        "Timings",
    ),
    ".answer_stream": ("AsyncAnswerStream",),
    ".client": ("AsyncAIZoomDocClient",),
    ".config": (
        "ClientConfig",
        "RetryPolicy",
        "StreamTimeouts",
        "TransportName",
        "UploadLimits",
    ),
    ".events": (
        "AnswerEvent",
        "AnswerRestarted",
        "Completed",
        "ErrorEvent",
        "ImageReady",
        "LLMFinal",
        "LLMThinking",
        "LLMToken",
        "PhaseProgress",
        "PhaseStarted",
        "ProcessingStarted",
        "QueuePosition",
        "RestartReason",
        "StreamEvent",
        "StreamResumed",
        "ToolCall",
        "UnknownEvent",
    ),
    ".exceptions": (
        "AIZoomDocError",
        "AIZoomDocWarning",
        "APIConnectionError",
        "APIError",
        "APITimeoutError",
        "AnswerError",
        "AnswerUnknownError",
        "AuthenticationError",
        "ChatConflictError",
        "ConfigurationError",
        "ConflictError",
        "DeadlineName",
        "DeliveryUnknownError",
        "FilesIgnoredWarning",
        "GatewayError",
        "NotFoundError",
        "NotReplayableError",
        "PayloadTooLargeError",
        "PermissionDeniedError",
        "ProtocolError",
        "QueueFullError",
        "QueueTimeoutError",
        "RateLimitError",
        "ServerError",
        "SettingNotKeptWarning",
        "StreamError",
        "StreamInterruptedError",
        "StreamTimeoutError",
        "TokenExpiredError",
        "TokenStoreWarning",
        "TruncatedListWarning",
        "ValidationError",
    ),
    ".models": (
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
    ),
    ".protocol.validation": ("IdLike",),
    ".session.attachments": ("AttachedFile",),
    ".storage": (
        "FileTokenStore",
        "KeyringTokenStore",
        "MemoryTokenStore",
    ),
    ".storage.base": ("TokenStore",),
    ".sync.answer_stream": ("AnswerStream",),
    ".sync.client": ("AIZoomDocClient",),
    ".transport.uploads": (
        "UploadProgress",
        "UploadSource",
    ),
}
_HOMES = {name: home for home, names in _NAMES_BY_HOME.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
