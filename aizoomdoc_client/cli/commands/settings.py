"""How questions are answered: the model's mode, and the role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .. import output
from ..errors import CommandError, ExitCode
from ..framework import Choice, CommonOptions, Group, argument, command, json_option, option
from ..language import N_, _

if TYPE_CHECKING:
    from ...models import Role


@command("show", N_("Show the settings"))
@json_option
async def show(common: CommonOptions, *, as_json: bool) -> None:
    from ..tables import show_settings

    async with common.client() as client:
        settings = (await client.get_me()).settings
        named = settings.selected_role_prompt_id is not None and not as_json
        roles = await client.get_available_roles() if named else ()
    if as_json:
        output.as_json(settings)
    else:
        show_settings(settings, roles)


@command("set-model", N_("Choose the mode: simple or complex"))
@argument("mode", type=Choice(["simple", "complex"]), metavar=N_("MODE"), help=N_("simple: quick; complex: thorough"))
async def set_model(common: CommonOptions, *, mode: Literal["simple", "complex"]) -> None:
    async with common.client() as client:
        settings = await client.update_settings(model_profile=mode)
    output.result(_("Mode: {mode}").format(mode=settings.model_profile))


@command("set-role", N_("Choose the role that the model answers in"))
@argument("role", required=False, metavar=N_("ROLE"), help=N_("a name or a number of list-roles"))
@option("--none", "without", is_flag=True, help=N_("answer without a role"))
async def set_role(common: CommonOptions, *, role: str | None, without: bool) -> None:
    if (role is None) != without:
        raise CommandError("role_needed", ExitCode.USAGE)
    async with common.client() as client:
        chosen = None if role is None else _find_role(role, await client.get_available_roles())
        await client.update_settings(selected_role_prompt_id=chosen)
    output.result(_("Role: {role}").format(role=_("none") if chosen is None else chosen.name))


def _find_role(wanted: str, roles: Sequence[Role]) -> Role:
    """The role with that name, in any case, or number; raises `CommandError` where there is none, or more than one."""
    from ...batch.roles import roles_meant

    found = roles_meant(wanted, roles)
    if len(found) == 1:
        return found[0]
    hint = _("There are: {roles}").format(roles=", ".join(f"{role.id} {role.name}" for role in roles) or "—")
    code = "role_ambiguous" if found else "role_unknown"
    raise CommandError(code, ExitCode.NOT_FOUND, hint=hint, role=wanted)


@command("list-roles", N_("List the roles"))
@json_option
async def list_roles(common: CommonOptions, *, as_json: bool) -> None:
    from ..tables import show_table

    async with common.client() as client:
        roles = await client.get_available_roles()
    if as_json:
        output.as_json(roles)
        return
    show_table(
        [(role.id, role.name, role.description) for role in roles],
        [_("Number"), _("Role"), _("Description")],
        empty=_("There are no roles"),
    )


settings: Group = Group("settings", help=N_("Settings: model and role"), commands=[show, set_model, set_role, list_roles])
