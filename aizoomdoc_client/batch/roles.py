"""Finds roles and models by the names that users give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from ..catalog import LocalizedText, text
from ..models import ModelProfile, Role

_MOST_NAMED = 20  # roles in an error


def roles_meant(wanted: str, roles: Sequence[Role]) -> Sequence[Role]:
    """The roles with that number, or else with that name, without regard to case and surrounding white space."""
    name = wanted.strip()
    by_number = [role for role in roles if str(role.id) == name]
    return by_number or [role for role in roles if role.name.strip().casefold() == name.casefold()]


def role_number(wanted: str | int, roles: Sequence[Role]) -> int | LocalizedText:
    """The number of the role with that number or name, in any case; or the problem with it."""
    name, found = str(wanted).strip(), roles_meant(str(wanted), roles)
    if len(found) == 1:
        return found[0].id
    there = [f"{role.id} {role.name}" for role in roles[:_MOST_NAMED]] or ["—"]
    return text("role_named_ambiguous" if found else "role_named_unknown", role=name, roles=there)


def model_profile(wanted: str) -> ModelProfile | LocalizedText:
    """The model profile with that name, in any case, or the problem that there is none."""
    name = wanted.strip().lower()
    if name in get_args(ModelProfile):
        return cast("ModelProfile", name)
    return text("model_named_unknown", model=wanted.strip(), models=get_args(ModelProfile))
