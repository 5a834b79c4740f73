"""Logging in and out, who is logged in, and whether the server answers."""

from __future__ import annotations

from .. import output
from ..framework import CommonOptions, command, json_option, option
from ..language import N_, _, term


@command(
    "login",
    N_("Log in to a server\n\nThe token is checked, and kept in the system's keyring or in a file that only you can read."),
)
@option("--token", metavar=N_("TOKEN"), help=N_("the static token; - reads it from standard input"))
@option("--allow-insecure", is_flag=True, help=N_("allow plain http to another machine"))
def login(common: CommonOptions, *, token: str | None, allow_insecure: bool) -> None:
    from ..login import find_server, find_token, log_in, profile_name

    server = find_server(common, allow_insecure=allow_insecure)
    session = log_in(common, server, find_token(token), allow_insecure=allow_insecure)
    text = _("Logged in: {user}, {server}, profile {profile}")
    output.result(text.format(user=session.user.username or "—", server=server, profile=profile_name(common)))


@command("logout", N_("Log out and forget the tokens"))
async def logout(common: CommonOptions) -> None:
    from ...exceptions import APIError
    from ..errors import line_of
    from ..login import forget_login

    async with common.client() as client:
        try:
            await client.logout()
        except APIError as error:
            output.warning(_("the server could not be told: {reason}").format(reason=line_of(error)))
    forget_login(client.config.server_url, client.config.profile)
    output.result(_("Logged out: {server}").format(server=client.config.server_url))


@command("me", N_("Who is logged in, and with which settings"))
@json_option
async def me(common: CommonOptions, *, as_json: bool) -> None:
    from ..tables import show_settings

    async with common.client() as client:
        known = await client.get_me()
        role = known.settings.selected_role_prompt_id
        roles = await client.get_available_roles() if role is not None and not as_json else ()
    if as_json:
        output.as_json(known)
        return
    show_settings(
        known.settings,
        roles,
        first_rows=[
            (_("User"), known.user.username),
            (_("Status"), term(known.user.status)),
            (_("Server"), client.config.server_url),
            (_("Login profile"), client.config.profile),
        ],
    )


@command("health", N_("See whether the server answers"))
@json_option
async def health(common: CommonOptions, *, as_json: bool) -> None:
    async with common.client() as client:
        told = await client.health()
        server = client.config.server_url
    if as_json:
        output.as_json(told)
        return
    about = " ".join(part for part in (told.service, told.version) if part)
    output.result(f"{server}: {term(told.status)}" + (f" ({about})" if about else ""))
