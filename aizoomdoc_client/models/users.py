"""Users, their settings and roles, and the session that a static token is exchanged for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Literal

import attrs

from ..serializable import Serializable
from .dates import PostInit, naive_as_utc

ModelProfile = Literal["simple", "complex"]
"""How much work the server puts into an answer: ``simple`` or ``complex``."""
MediaResolution = Literal["low", "medium", "high"]
"""The resolution in which the model gets images."""
SettingName = Literal[
    "model_profile",
    "selected_role_prompt_id",
    "temperature",
    "top_p",
    "thinking_enabled",
    "thinking_budget",
    "media_resolution",
]
"""The name of a setting."""

_ALWAYS_KEPT: frozenset[SettingName] = frozenset({"model_profile", "selected_role_prompt_id"})
_DEFAULTS: Mapping[SettingName, object] = MappingProxyType(
    {"temperature": 1.0, "top_p": 0.95, "thinking_enabled": True, "thinking_budget": 0, "media_resolution": "high"}
)
"""The values that today's production server returns for settings that it does not keep, whatever was sent."""


@attrs.frozen(kw_only=True)
class User(Serializable):
    """A user; `status` is ``active`` for users who can log in."""

    id: str
    username: str = attrs.field(metadata={"missing": ""})
    status: str = "active"
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class Session(Serializable):
    """The result of exchanging the static token: the user, and an access token that is valid for `expires_in` seconds.

    `expires_in` is None where the server does not tell, and `user` then may have no name. The ``repr`` does not show the tokens.
    """

    user: User = attrs.field(metadata={"missing": {"id": ""}})
    access_token: str = attrs.field(repr=False)
    expires_in: float | None = None
    token_type: str = "bearer"
    refresh_token: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Settings(Serializable):
    """How a user's questions are answered.

    `model_profile` is ``simple`` or ``complex``; `temperature` 0 to 2, `top_p` 0 to 1, `thinking_budget` 0 to 24,576 model
    tokens, `media_resolution` ``low``, ``medium`` or ``high``. A field is None where the server does not return it. Today's
    production server keeps the first two only and returns the others at its defaults: `known_kept` tells what was kept.
    """

    model_profile: str = "simple"
    selected_role_prompt_id: int | None = attrs.field(default=None, metadata={"optional": False})
    temperature: float | None = None
    top_p: float | None = None
    thinking_enabled: bool | None = None
    thinking_budget: int | None = None
    media_resolution: str | None = None

    @property
    def known_kept(self) -> frozenset[SettingName]:
        """The settings that the server is known to keep when they are changed.

        `model_profile` and `selected_role_prompt_id` always are. The others are once one of them differs from the defaults of
        a server that keeps none of them; while all are at these defaults, it cannot be told.
        """
        returned: frozenset[SettingName] = frozenset(name for name in _DEFAULTS if getattr(self, name) is not None)
        is_kept = any(getattr(self, name) != _DEFAULTS[name] for name in returned)
        return _ALWAYS_KEPT | returned if is_kept else _ALWAYS_KEPT


@attrs.frozen(kw_only=True)
class Me(Serializable):
    """The logged-in user and the current settings."""

    user: User
    settings: Settings = attrs.field(metadata={"missing": {}})
    gemini_api_key_configured: bool = False


@attrs.frozen(kw_only=True)
class Role(Serializable):
    """A role for the model; `content` is its prompt."""

    id: int
    name: str = attrs.field(metadata={"missing": ""})
    content: str = ""
    description: str | None = None
    is_active: bool = True
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at", "updated_at")
