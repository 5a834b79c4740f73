"""Every error and warning of this package.

The tree::

    AIZoomDocError                     .code .params .message .details
    ├── ConfigurationError             a setting, argument, profile or token file cannot be used
    ├── NotReplayableError             the body cannot be sent a second time
    └── APIError                       .status_code .error_type .method .path .retry_after .attempts .partial .request_id
        ├── AuthenticationError        401: the token is wrong, or there is no login
        │   └── TokenExpiredError      neither the refresh token nor the static token works any more
        ├── ValidationError            400, 422: .fields says which field and why
        ├── PermissionDeniedError      403
        ├── NotFoundError              404
        ├── ConflictError              409
        ├── PayloadTooLargeError       413, or a file over the server's known limit
        ├── RateLimitError             429
        ├── ServerError                500 and other 5xx
        │   └── GatewayError           502, 503, 504: a proxy, or a server that is away
        ├── APIConnectionError         .request_sent: no usable response came back
        │   └── APITimeoutError        .deadline says which time-out fired
        ├── AnswerFormatError          .problems: the answer is complete and does not fit the schema
        ├── DeliveryUnknownError       it is unknown whether the message was stored
        └── StreamError                the answer failed on its way
            ├── AnswerError            the server's own `error` event
            │   ├── QueueFullError
            │   └── QueueTimeoutError
            ├── StreamInterruptedError the stream broke off before the final text
            │   └── StreamTimeoutError also an APITimeoutError: it was silent, or took, too long
            ├── AnswerUnknownError     the history cannot show whether there is an answer
            ├── ChatConflictError      another question was asked in the same chat meanwhile
            └── ProtocolError          the server's response or frame cannot be read

    AIZoomDocWarning (UserWarning)
    ├── SettingNotKeptWarning          a setting was accepted and not kept
    ├── TruncatedListWarning           the server cut a list off
    ├── FilesIgnoredWarning            files that this server will not show to its model
    └── TokenStoreWarning              tokens could not be saved, or were set aside

Whatever a request or an answer can raise is an `APIError`, so one ``except APIError`` after the narrower ones catches it all.
A class says what to do about an error, its `code` what happened: several codes share a class. All codes, with what they say in
each language, are in `catalog`. Errors pickle, and their message is a single readable line without any credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

from .catalog import Language, LocalizedText
from .serializable import as_json, one_line_repr, plain, shortened

__all__ = [
    "AIZoomDocError",
    "AIZoomDocWarning",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AnswerError",
    "AnswerFormatError",
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
]

_E = TypeVar("_E", bound="AIZoomDocError")

DeadlineName = Literal["connect", "request", "first_event", "idle", "total"]
"""Which time-out fired: opening a connection, a whole request, the first event, silence between events, or the whole answer."""


class _HasText:
    """What errors and warnings have in common: a text of the catalogue."""

    text: LocalizedText

    @property
    def code(self) -> str:
        """The stable name of what happened, such as ``no_server``."""
        return self.text.code

    @property
    def params(self) -> Mapping[str, Any]:
        """The values that the message shows, by name."""
        return self.text.values

    def localized(self, language: Language = "en") -> str:
        """The message in `language`, one printable line."""
        return _one_line(self.text.render(language))

    def to_dict(self, *, language: Language = "en") -> dict[str, Any]:
        """What is known, by name, as plain values and without credentials: `type`, the class's name, and all attributes.

        The `message` is in `language`.
        """
        own = {name: plain(value) for name, value in vars(self).items() if name[0] != "_" and name not in {"text", "message"}}
        params = plain(self.params)
        return {"type": type(self).__name__, "code": self.code, "message": self.localized(language), "params": params, **own}

    def to_json(self, *, language: Language = "en") -> str:
        """What `to_dict` gives as JSON, in one line."""
        return as_json(self.to_dict(language=language))

    def __repr__(self) -> str:
        status: int | None = getattr(self, "status_code", None)
        facts = [f"status_code={status}"] if status is not None else []
        code = f"code={shortened(self.code)!r}"
        return one_line_repr(self, [repr(shortened(self.localized())), code, *facts])


class AIZoomDocError(_HasText, Exception):
    """The base of every error that this package raises.

    `code` names the kind of failure and stays the same in all versions and languages; `message` is one readable English line made
    of it and of `params`; `localized` gives the line in another language. `details` holds what else is known, by name, free of
    credentials. A plain text in place of a catalogue's stands for itself, under the code ``verbatim``.
    """

    def __init__(self, text: LocalizedText | str, *, details: Mapping[str, Any] | None = None) -> None:
        self.text: LocalizedText = _as_text(text)
        self.message: str = self.localized()
        super().__init__(self.message)
        self.details: dict[str, Any] = dict(details or {})

    def replaced(self, **changes: Any) -> Self:
        """A copy in which some attributes have other values, without the traceback; another `text` makes another message.

        Errors are not changed once they are raised: a layer that knows more, such as the number of attempts, raises a copy.
        """
        copy = _rebuild(type(self), self.args, {**self.__dict__, **changes})
        copy.message = copy.localized()
        copy.args = (copy.message,)
        copy.__cause__, copy.__suppress_context__ = self.__cause__, self.__suppress_context__
        return copy

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with `args` alone and so forgets every keyword.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[_E], args: tuple[Any, ...], state: dict[str, Any]) -> _E:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    error.details = dict(error.details)  # copies must not share it
    return error


def _as_text(text: LocalizedText | str) -> LocalizedText:
    return LocalizedText("verbatim", {"text": text}) if isinstance(text, str) else text


def _one_line(text: str) -> str:
    """`text`, in which servers, systems and users may have put line breaks and control characters, as one printable line."""
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())


class ConfigurationError(AIZoomDocError):
    """A setting, an argument, a profile or a token file cannot be used; the message names it and says what to do."""


class NotReplayableError(AIZoomDocError):
    """A body had to be sent again but its source cannot be rewound; pass a path, bytes or a seekable file instead."""


class APIError(AIZoomDocError):
    """A request or an answer failed.

    `status_code` is None where no response came; `method` and `path` (without query) name the request; `retry_after` is how many
    seconds the server asks to wait; `attempts` counts how often the request was sent; `error_type` is the server's own word for
    the error, where it has one; `partial` is the answer's text received until then, where the error ended an answer. `request_id`
    is the server's own name for the request or the model's run, where it gives one (in `processing_started`, or in a header such
    as ``X-Request-Id``), by which its logs can be searched.
    """

    def __init__(
        self,
        text: LocalizedText | str,
        *,
        details: Mapping[str, Any] | None = None,
        status_code: int | None = None,
        error_type: str | None = None,
        method: str | None = None,
        path: str | None = None,
        retry_after: float | None = None,
        attempts: int = 1,
        partial: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, details=details)
        self.status_code = status_code
        self.error_type = error_type
        self.method = method
        self.path = path
        self.retry_after = retry_after
        self.attempts = attempts
        self.partial = partial
        self.request_id = request_id

    def __str__(self) -> str:
        """The message with the request it belongs to: ``GET /me: Token has expired (HTTP 401, 2 attempts)``."""
        request = f"{self.method} {self.path}: " if self.method and self.path else ""
        facts = [f"HTTP {self.status_code}"] if self.status_code is not None else []
        if self.attempts > 1:
            facts.append(f"{self.attempts} attempts")
        return f"{request}{self.message}" + (f" ({', '.join(facts)})" if facts else "")


class AuthenticationError(APIError):
    """The server does not accept the token (401), or there is no login: call `authenticate` with a valid static token."""


class TokenExpiredError(AuthenticationError):
    """Neither the refresh token nor the static token gives a new access token: call `authenticate` again."""


class ValidationError(APIError):
    """The server rejects the request's content (400, 422); `fields` pairs each field's path with the reason, never its value."""

    def __init__(self, text: LocalizedText | str, *, fields: tuple[tuple[str, str], ...] = (), **context: Any) -> None:
        super().__init__(text, **context)
        self.fields = fields


class PermissionDeniedError(APIError):
    """This user may not do that, or the account is not active (403)."""


class NotFoundError(APIError):
    """There is no such chat, file, document or endpoint (404)."""


class ConflictError(APIError):
    """The request contradicts the server's state (409)."""


class PayloadTooLargeError(APIError):
    """The file or body is larger than the server takes (413, or known before sending)."""


class RateLimitError(APIError):
    """Too many requests (429); `retry_after` is how many seconds to wait, None where the server does not say."""


class ServerError(APIError):
    """The server failed (5xx)."""


class GatewayError(ServerError):
    """A proxy answered for a server that is away or too slow (502, 503, 504)."""


class APIConnectionError(APIError):
    """No usable response came back.

    `request_sent` is False only when the server surely has not processed the request, so that repeating it is safe; where that is
    not known it is True. `fatal` is True where repeating cannot help, as with a certificate for another host.
    """

    def __init__(self, text: LocalizedText | str, *, request_sent: bool = True, fatal: bool = False, **context: Any) -> None:
        super().__init__(text, **context)
        self.request_sent = request_sent
        self.fatal = fatal


class APITimeoutError(APIConnectionError):
    """A time-out fired; `deadline` says which one."""

    def __init__(self, text: LocalizedText | str, *, deadline: DeadlineName = "request", **context: Any) -> None:
        super().__init__(text, **context)
        self.deadline: DeadlineName = deadline


class AnswerFormatError(APIError):
    """The answer is complete and does not fit the schema, though it was asked for twice.

    `problems` say what does not fit, each with the field's path; `raw_text` is what the model answered.
    """

    def __init__(self, text: LocalizedText | str, *, problems: tuple[LocalizedText, ...] = (), **context: Any) -> None:
        super().__init__(text, **context)
        self.problems = problems

    @property
    def raw_text(self) -> str:
        """The text of the answer; the same as `partial`, which all errors of answers have."""
        return self.partial


class DeliveryUnknownError(APIError):
    """It is unknown whether the message was stored, so it was not sent again: look into the chat before asking anew."""


class StreamError(APIError):
    """An answer failed on its way; `partial` is the text received until then."""


class AnswerError(StreamError):
    """The server ended the answer with an `error` event; nothing of it is stored."""


class QueueFullError(AnswerError):
    """The server's queue is full: ask again later."""


class QueueTimeoutError(AnswerError):
    """The question waited too long in the server's queue."""


class StreamInterruptedError(StreamError):
    """The stream broke off before the final text."""


class StreamTimeoutError(StreamInterruptedError, APITimeoutError):
    """The answer was silent for too long, or took too long; `deadline` says which, `partial` is the text until then."""


class AnswerUnknownError(StreamError):
    """The stream broke off, and the chat's history cannot show whether there is an answer."""


class ChatConflictError(StreamError):
    """Another question was asked in the same chat before this one was answered, so an answer could be the other's.

    Or an answer of this client is open there and nobody reads it: the question would wait for it without end.
    """


class ProtocolError(StreamError):
    """The server's response, or a frame of its stream, cannot be read; at most 200 characters of it are quoted."""


class AIZoomDocWarning(_HasText, UserWarning):
    """The base of every warning that this package gives; `code`, `params` and `localized` are those of `AIZoomDocError`."""

    def __init__(self, text: LocalizedText | str) -> None:
        self.text: LocalizedText = _as_text(text)
        super().__init__(self.localized())


class SettingNotKeptWarning(AIZoomDocWarning):
    """The server accepted a setting and did not keep it."""


class TruncatedListWarning(AIZoomDocWarning):
    """The server cut a list off, so that there is more than was returned."""


class FilesIgnoredWarning(AIZoomDocWarning):
    """Files that this server will not show to its model."""


class TokenStoreWarning(AIZoomDocWarning):
    """Tokens could not be saved and live in memory only, or an unreadable token file was set aside."""
