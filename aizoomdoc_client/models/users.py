"""Users, their settings and roles, and the session that a static token is exchanged for."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from ..serializable import Serializable
from .dates import PostInit, naive_as_utc

ModelProfile = Literal["simple", "complex"]
"""How much work the server puts into an answer: ``simple`` or ``complex``."""
MediaResolution = Literal["low", "medium", "high"]
"""The resolution in which the model gets images."""


@attrs.frozen(kw_only=True)
class User(Serializable):
    """A user; `status` is ``active`` for users who can log in."""

    id: str
    username: str
    status: str = "active"
    created_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at")


@attrs.frozen(kw_only=True)
class Session(Serializable):
    """The result of exchanging the static token: the user, and an access token that is valid for `expires_in` seconds.

    The ``repr`` does not show the tokens.
    """

    user: User
    access_token: str = attrs.field(repr=False)
    expires_in: float
    token_type: str = "bearer"
    refresh_token: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Settings(Serializable):
    """How a user's questions are answered.

    `model_profile` is ``simple`` or ``complex``; `temperature` 0 to 2, `top_p` 0 to 1, `thinking_budget` 0 to 24,576 model
    tokens, `media_resolution` ``low``, ``medium`` or ``high``. A field is None where the server does not return it: today's
    production server stores the first two fields only.
    """

    model_profile: str = "simple"
    selected_role_prompt_id: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    thinking_enabled: bool | None = None
    thinking_budget: int | None = None
    media_resolution: str | None = None


@attrs.frozen(kw_only=True)
class Me(Serializable):
    """The logged-in user and the current settings."""

    user: User
    settings: Settings
    gemini_api_key_configured: bool = False


@attrs.frozen(kw_only=True)
class Role(Serializable):
    """A role for the model; `content` is its prompt."""

    id: int
    name: str
    content: str = ""
    description: str | None = None
    is_active: bool = True
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    __attrs_post_init__: ClassVar[PostInit] = naive_as_utc("created_at", "updated_at")
