"""A local server, which runs until Ctrl-C or SIGTERM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import output
from ..framework import CommonOptions, command, json_option, option, whole_number
from ..language import N_, _
from ..llm_options import llm_options

if TYPE_CHECKING:
    from ...local import LLMSettings


@command(
    "serve",
    N_("Run a local server\n\nIt answers from the documents of a folder and from uploaded files; Ctrl-C stops it."),
)
@option("--host", default="127.0.0.1", metavar="IP", help=N_("the address (127.0.0.1 by default)"))
@option("--port", type=whole_number(0, 65535), default=8000, metavar="N", help=N_("the port (8000 by default); 0: any free one"))
@option("--projects", type=click.Path(path_type=Path), metavar=N_("DIR"), help=N_("a folder of documents: the project tree"))
@option("--data", type=click.Path(path_type=Path), metavar=N_("DIR"), help=N_("where chats and files are kept"))
@option(
    "--token",
    "tokens",
    multiple=True,
    metavar=N_("TOKEN"),
    help=N_("a user's token, may be repeated; without any, one is made"),
)
@option(
    "--share-files",
    is_flag=True,
    help=N_("a question without files is also about those of the user's other chats"),
)
@option("--no-ocr", is_flag=True, help=N_("do not recognize text in scans and images"))
@option(
    "--pace",
    type=click.FLOAT,
    default=0.01,
    metavar=N_("SECONDS"),
    help=N_("the pause between pieces of an answer (0.01 by default)"),
)
@option("--slots", type=whole_number(1), default=4, metavar="N", help=N_("how many answers are made at once (4 by default)"))
@option("--queue", type=whole_number(0), default=100, metavar="N", help=N_("how many questions may wait (100 by default)"))
@option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar=N_("NAME"),
    help=N_("a name that clients call the server by, as behind a proxy; may be repeated"),
)
@llm_options
@json_option
def serve(
    common: CommonOptions,
    *,
    host: str,
    port: int,
    projects: Path | None,
    data: Path | None,
    tokens: tuple[str, ...],
    share_files: bool,
    no_ocr: bool,
    pace: float,
    slots: int,
    queue: int,
    allowed_hosts: tuple[str, ...],
    llm: LLMSettings | None,
    as_json: bool,
) -> None:
    del common
    from ...addresses import is_loopback
    from ...local import LocalSettings, run_server
    from ..serve_lines import tell_read, tell_start, tell_start_as_json
    from ..server_folders import default_data_folder

    settings = LocalSettings(
        host=host,
        port=port,
        projects_dir=projects,
        data_dir=data or default_data_folder(projects),
        tokens=tokens,
        share_uploads=share_files,
        ocr=not no_ocr,
        pace_seconds=pace,
        slots=slots,
        queue_size=queue,
        allowed_hosts=allowed_hosts,
        llm=llm,
    )
    if not is_loopback(host):
        output.warning(_("other machines can reach the server, by plain http ({host})").format(host=host))

    tell = tell_start_as_json if as_json else tell_start
    run_server(
        settings,
        on_ready=lambda server: tell(server, shows_token=not tokens),
        on_read=None if as_json else tell_read,
    )
