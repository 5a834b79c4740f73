"""The owner of an answer: a text that names a user of the backend."""

from __future__ import annotations

import hmac

from ..catalog import text
from ..exceptions import ConfigurationError

__all__ = ["check_owner", "is_same"]


def check_owner(owner: str) -> None:
    """Raises `ConfigurationError` for what names nobody: the answers of all who have no name would be one user's."""
    if not isinstance(owner, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not all callers are type-checked
        raise ConfigurationError(text("not_text", name="owner", type=type(owner).__name__))
    try:
        encoded = owner.encode()
    except UnicodeEncodeError:  # other workers could not tell two of them apart
        raise ConfigurationError(text("control_characters", name="owner", value=ascii(owner[:60])[1:-1])) from None
    if not encoded:
        raise ConfigurationError(text("relay_owner_empty"))


def is_same(owner: str, other: str) -> bool:
    """Whether both are the same owner; takes the same time whatever they have in common."""
    return hmac.compare_digest(owner.encode(), other.encode())
