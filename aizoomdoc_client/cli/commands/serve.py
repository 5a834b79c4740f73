"""A local server, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from .. import output
from ..framework import CommonOptions, command, option
from ..language import Text


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _data_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("aizoomdoc", appauthor=False)) / "server"


@command(
    "serve",
    Text(
        "Запустить локальный сервер\n\nОтвечает по документам папки и загруженным файлам; остановить: Ctrl-C.",
        "Run a local server\n\nIt answers from the documents of a folder and from uploaded files; Ctrl-C stops it.",
    ),
)
@option("--host", default="127.0.0.1", metavar="IP", said=Text("адрес, обычно 127.0.0.1", "the address, 127.0.0.1 by default"))
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    metavar="N",
    said=Text("порт, обычно 8000; 0 — любой свободный", "the port, 8000 by default; 0 for any free one"),
)
@option(
    "--projects",
    type=click.Path(path_type=Path),
    metavar="DIR",
    said=Text("папка с документами — дерево проектов", "a folder of documents: the project tree"),
)
@option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    said=Text("где хранить чаты и файлы", "where chats and files are kept"),
)
@option(
    "--token",
    "tokens",
    multiple=True,
    metavar="TOKEN",
    said=Text(
        "токен пользователя, можно несколько; иначе создаётся один", "a user's token, may be repeated; without any, one is made"
    ),
)
@option(
    "--pace",
    type=float,
    default=0.01,
    metavar="SECONDS",
    said=Text("пауза между частями ответа, обычно 0.01", "the pause between pieces of an answer, 0.01 by default"),
)
def serve(
    common: CommonOptions, *, host: str, port: int, projects: Path | None, data: Path | None, tokens: tuple[str, ...], pace: float
) -> None:
    """Runs a server."""
    del common
    from ...local import LocalServer, LocalSettings, run_server

    settings = LocalSettings(
        host=host, port=port, projects_dir=projects, data_dir=data or _data_folder(), tokens=tokens, pace_seconds=pace
    )
    if not _is_loopback(host):
        output.warning(
            Text(
                "сервер доступен другим компьютерам по http без шифрования ({host})",
                "other machines can reach the server, by plain http ({host})",
            ).of(host=host)
        )

    def tell(server: LocalServer) -> None:
        line = Text("Слушаю {url}", "Listening on {url}").of(url=server.url)
        if not tokens:
            line += Text("; токен: {token}", "; token: {token}").of(token=server.tokens[0])
        click.echo(line)

    run_server(settings, on_ready=tell)
