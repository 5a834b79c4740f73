"""How questions are answered: the model's mode, and the role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import click

from .. import output
from ..errors import CommandError, ExitCode
from ..framework import CommonOptions, Group, argument, command, group, json_option, option
from ..language import Text

if TYPE_CHECKING:
    from ...models import Role


@command("show", Text("Показать настройки", "Show the settings"))
@json_option
async def show(common: CommonOptions, *, as_json: bool) -> None:
    """Shows the settings."""
    from ..tables import settings_rows, show_pairs

    async with common.client() as client:
        settings = (await client.get_me()).settings
        named = settings.selected_role_prompt_id is not None and not as_json
        roles = await client.get_available_roles() if named else ()
    if as_json:
        output.as_json(settings)
    else:
        show_pairs(settings_rows(settings, roles))


@command("set-model", Text("Выбрать режим: simple или complex", "Choose the mode: simple or complex"))
@argument(
    "mode",
    type=click.Choice(["simple", "complex"]),
    shown=Text("РЕЖИМ", "MODE"),
    said=Text("simple — быстро, complex — подробно", "simple: quick; complex: thorough"),
)
async def set_model(common: CommonOptions, *, mode: Literal["simple", "complex"]) -> None:
    """Changes the mode."""
    async with common.client() as client:
        settings = await client.update_settings(model_profile=mode)
    output.result(Text("Режим: {mode}", "Mode: {mode}").of(mode=settings.model_profile))


@command("set-role", Text("Выбрать роль, в которой отвечает модель", "Choose the role that the model answers in"))
@argument(
    "role",
    required=False,
    shown=Text("РОЛЬ", "ROLE"),
    said=Text("название или номер из list-roles", "a name or a number of list-roles"),
)
@option("--none", "without", is_flag=True, said=Text("отвечать без роли", "answer without a role"))
async def set_role(common: CommonOptions, *, role: str | None, without: bool) -> None:
    """Changes the role."""
    if (role is None) != without:
        raise CommandError(str(Text("нужна роль либо --none", "a role is needed, or --none")), ExitCode.USAGE)
    async with common.client() as client:
        chosen = None if role is None else _role_named(role, await client.get_available_roles())
        await client.update_settings(selected_role_prompt_id=chosen, unset_role=without)
    name = Text("без роли", "none").of() if chosen is None else chosen.name
    output.result(Text("Роль: {name}", "Role: {name}").of(name=name))


def _role_named(wanted: str, roles: Sequence[Role]) -> Role:
    """The role of that name, in whatever case, or number; raises `CommandError` where there is none, or more than one."""
    by_number = [role for role in roles if str(role.id) == wanted]
    found = by_number or [role for role in roles if role.name.casefold() == wanted.strip().casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        message = Text("ролей «{role}» несколько, назовите номер", "there are several roles “{role}”; give a number")
    else:
        message = Text("нет роли «{role}»", "there is no role “{role}”")
    names = ", ".join(f"{role.id} {role.name}" for role in roles)
    raise CommandError(message.of(role=wanted), ExitCode.NOT_FOUND, hint=f"{Text('Есть', 'There are')}: {names or '—'}")


@command("list-roles", Text("Показать роли", "List the roles"))
@json_option
async def list_roles(common: CommonOptions, *, as_json: bool) -> None:
    """Lists the roles."""
    from ..tables import show_table

    async with common.client() as client:
        roles = await client.get_available_roles()
    if as_json:
        output.as_json(roles)
        return
    show_table(
        [Text("Номер", "Number"), Text("Роль", "Role"), Text("Описание", "Description")],
        [(role.id, role.name, role.description) for role in roles],
        empty=Text("Ролей нет", "There are no roles"),
    )


settings: Group = group(
    "settings", Text("Настройки: модель и роль", "Settings: model and role"), show, set_model, set_role, list_roles
)
