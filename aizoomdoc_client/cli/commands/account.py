"""Logging in and out, who is logged in, and whether the server answers."""

from __future__ import annotations

from .. import output
from ..framework import CommonOptions, command, json_option, option
from ..language import Text


@command(
    "login",
    Text(
        "Войти на сервер\n\nТокен проверяется и хранится в системном хранилище ключей или в файле, доступном только вам.",
        "Log in to a server\n\nThe token is checked, and kept in the system's keyring or in a file that only you can read.",
    ),
)
@option(
    "--token",
    metavar="TOKEN",
    said=Text("статический токен; - читает его из стандартного ввода", "the static token; - reads it from standard input"),
)
@option(
    "--allow-insecure",
    is_flag=True,
    said=Text("разрешить http к другому компьютеру", "allow plain http to another machine"),
)
def login(common: CommonOptions, *, token: str | None, allow_insecure: bool) -> None:
    """Logs in."""
    from ..login import find_server, find_token, log_in, profile_name

    server = find_server(common, allow_insecure=allow_insecure)
    session = log_in(common, server, find_token(token), allow_insecure=allow_insecure)
    output.result(
        Text("Вход выполнен: {user}, {server}, профиль {profile}", "Logged in: {user}, {server}, profile {profile}").of(
            user=session.user.username, server=server, profile=profile_name(common)
        )
    )


@command("logout", Text("Выйти и забыть токены", "Log out and forget the tokens"))
async def logout(common: CommonOptions) -> None:
    """Logs out."""
    from ...exceptions import APIError
    from ..errors import line_of
    from ..login import forget_login

    async with common.client() as client:
        try:
            await client.logout()
        except APIError as error:
            output.warning(Text("серверу не сказано о выходе: {why}", "the server was not told: {why}").of(why=line_of(error)))
    forget_login(client.config.server_url, client.config.profile)
    output.result(Text("Выход выполнен: {server}", "Logged out: {server}").of(server=client.config.server_url))


@command("me", Text("Кто вошёл и с какими настройками", "Who is logged in, and with which settings"))
@json_option
async def me(common: CommonOptions, *, as_json: bool) -> None:
    """Shows the user."""
    from ..tables import settings_rows, show_pairs

    async with common.client() as client:
        known = await client.get_me()
        role = known.settings.selected_role_prompt_id
        roles = await client.get_available_roles() if role is not None and not as_json else ()
    if as_json:
        output.as_json(known)
        return
    show_pairs(
        [
            (Text("Пользователь", "User"), known.user.username),
            (Text("Состояние", "Status"), known.user.status),
            (Text("Сервер", "Server"), client.config.server_url),
            (Text("Профиль входа", "Login profile"), client.config.profile),
            *settings_rows(known.settings, roles),
        ]
    )


@command("health", Text("Проверить, отвечает ли сервер", "See whether the server answers"))
@json_option
async def health(common: CommonOptions, *, as_json: bool) -> None:
    """Shows what the server says of itself."""
    async with common.client() as client:
        said = await client.health()
        server = client.config.server_url
    if as_json:
        output.as_json(said)
        return
    about = " ".join(part for part in (said.service, said.version) if part)
    output.result(f"{server}: {said.status}" + (f" ({about})" if about else ""))
