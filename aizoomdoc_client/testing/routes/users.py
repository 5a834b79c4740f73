"""The server's health, the user, settings and roles."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..call import Call, unprocessable
from ..store import now


async def health(call: Call) -> web.StreamResponse:
    """GET /health, which is well even with its database down."""
    return call.json({"status": "healthy", "version": "2.0.0", "service": "aizoomdoc-server"})


async def me(call: Call) -> web.StreamResponse:
    """GET /me."""
    user, views = call.user(), call.backend.views
    return call.json({"user": views.user(user), "settings": views.settings(user), "gemini_api_key_configured": True})


async def update_settings(call: Call) -> web.StreamResponse:
    """PATCH /me/settings: what the guise does not keep is accepted and dropped."""
    user = call.user()
    wanted = {name: value for name, value in call.body().items() if name in user.settings}
    for name, value in wanted.items():
        _check_setting(name, value)
    unset = {"selected_role_prompt_id": None} if call.backend.guise.unsets_role else {}
    user.settings.update({name: value for name, value in wanted.items() if value is not None or name in unset})
    return call.json(call.backend.views.settings(user))


_CHOICES = {"model_profile": ("simple", "complex"), "media_resolution": ("low", "medium", "high")}
_RANGES = {"temperature": (0, 2), "top_p": (0, 1), "thinking_budget": (0, 24576)}


def _check_setting(name: str, value: Any) -> None:
    if value is None:
        return
    if name in _CHOICES and value not in _CHOICES[name]:
        raise unprocessable("body", name, echo=value, reason=f"Input should be one of {_CHOICES[name]}", kind="enum")
    if name in _RANGES and not _is_within(value, *_RANGES[name]):
        low, high = _RANGES[name]
        raise unprocessable("body", name, echo=value, reason=f"Input should be from {low} to {high}", kind="less_than_equal")
    if name == "selected_role_prompt_id" and not isinstance(value, int):
        raise unprocessable("body", name, echo=value, reason="Input should be a valid integer", kind="int_type")


def _is_within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


async def roles(call: Call) -> web.StreamResponse:
    """GET /prompts/roles, for anybody."""
    moment = now()
    shown = [] if call.backend.database_down else call.backend.store.roles
    return call.json([call.backend.views.role(role, moment) for role in shown])
