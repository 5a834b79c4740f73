"""The client's methods: user."""

from __future__ import annotations

from collections.abc import Sequence

from ..assembled_client import AssembledClient
from ..models import Me, MediaResolution, ModelProfile, Role, Settings
from ..notebook import Listing
from ..protocol import requests
from ..server_warnings import warn_of_settings_not_kept
from ..tracebacks import ending_at_user
from ..unset import UNSET, Unset


@ending_at_user
class UserMethods(AssembledClient):
    """The user and the user's settings."""

    async def get_me(self) -> Me:
        """The logged-in user with the settings in force."""
        return await self._parts.caller.call(requests.get_me())

    async def update_settings(
        self,
        *,
        model_profile: ModelProfile | Unset = UNSET,
        selected_role_prompt_id: int | Role | Unset | None = UNSET,
        temperature: float | Unset = UNSET,
        top_p: float | Unset = UNSET,
        thinking_enabled: bool | Unset = UNSET,
        thinking_budget: int | Unset = UNSET,
        media_resolution: MediaResolution | Unset = UNSET,
    ) -> Settings:
        """The settings after the given ones are changed; what is left out stays as it is.

        `selected_role_prompt_id` is a role, its id, or None for answers without a role. `temperature` 0 to 2, `top_p` 0 to 1,
        `thinking_budget` 0 to 24,576. A setting that the server accepts and does not keep is named in a `SettingNotKeptWarning`.

        Raises `ValidationError` for what the server refuses, `ConfigurationError` for None elsewhere, or without any setting.
        """
        changes = requests.given_settings(
            model_profile=model_profile,
            selected_role_prompt_id=selected_role_prompt_id,
            temperature=temperature,
            top_p=top_p,
            thinking_enabled=thinking_enabled,
            thinking_budget=thinking_budget,
            media_resolution=media_resolution,
        )
        settings = await self._parts.caller.call(requests.update_settings(changes))
        warn_of_settings_not_kept(changes, settings)
        return settings

    async def get_available_roles(self) -> Sequence[Role]:
        """The roles that the model can answer in; needs no login."""
        return Listing([*await self._parts.caller.call(requests.get_roles())])
