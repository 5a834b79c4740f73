"""The user's settings during a job: it stores the old ones, sets its own, and restores the old ones."""

from __future__ import annotations

import json
from typing import Any

from ..client import AsyncAIZoomDocClient
from ..models import Settings
from .journal import Journal
from .task import BatchSettings

__all__ = ["UserSettings"]

_OLD = "settings_before"
_SET = "settings_set"


class UserSettings:
    """Sets role and profile for units with the same settings, and restores the user's own at the end or after a crash."""

    def __init__(self, client: AsyncAIZoomDocClient, journal: Journal) -> None:
        self._client = client
        self._journal = journal
        self._was_changed = False

    async def apply(self, wanted: BatchSettings) -> None:
        """Sets the values of `wanted` that are not None; before the first change the journal stores the user's own settings."""
        if wanted == BatchSettings():
            self._was_changed = not await self.restore()
            return
        before = await self._before()
        current = await self._current()
        if before is None:
            await self._journal.set_fact(_OLD, json.dumps(current))
            before = current
        elif current not in [before, *await self._ours()]:  # a newer choice of the user is restored instead
            self._was_changed = True
            await self._journal.set_fact(_OLD, json.dumps(current))
            before = current
        changed = {**before, **_given(wanted)}
        if changed != current:
            ours = await self._ours()
            if changed not in ours:  # all are kept, because a crash may come before or after the change
                await self._journal.set_fact(_SET, json.dumps([*ours, changed]))
            await self._client.update_settings(**changed)

    async def are_changed(self) -> bool:
        """Whether the user's own settings are still to be restored, as after a crash."""
        return await self._before() is not None

    async def restore(self) -> bool:
        """Restores the user's own settings, also after a run that crashed.

        Returns False where the user changed them while the job ran; then the changed ones stay, or are restored.
        """
        before = await self._before()
        if before is None:
            return not self._was_changed
        current = await self._current()
        is_ours = current in [before, *await self._ours()]
        if is_ours and current != before:
            await self._client.update_settings(**before)
        await self._journal.set_facts({_OLD: None, _SET: None})
        return is_ours and not self._was_changed

    async def _before(self) -> dict[str, Any] | None:
        fact = await self._journal.fact(_OLD)
        return None if fact is None else json.loads(fact)

    async def _ours(self) -> list[dict[str, Any]]:
        """All settings that the job has set."""
        ours: list[dict[str, Any]] = json.loads(await self._journal.fact(_SET) or "[]")
        return ours

    async def _current(self) -> dict[str, Any]:
        return _fields((await self._client.get_me()).settings)


def _fields(settings: Settings) -> dict[str, Any]:
    return {"model_profile": settings.model_profile, "selected_role_prompt_id": settings.selected_role_prompt_id}


def _given(wanted: BatchSettings) -> dict[str, Any]:
    given = {"model_profile": wanted.model, "selected_role_prompt_id": wanted.role}
    return {name: value for name, value in given.items() if value is not None}
