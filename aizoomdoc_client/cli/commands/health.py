"""Whether the server answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import output
from ..language import Text
from ..words import command, json_option

if TYPE_CHECKING:
    from ..setup import Setup


@command("health", Text("Проверить, отвечает ли сервер", "See whether the server answers"))
@json_option
async def health(setup: Setup, *, as_json: bool) -> None:
    """Shows what the server says of itself."""
    async with setup.client() as client:
        said = await client.health()
        server = client.config.server_url
    if as_json:
        output.as_json(said)
        return
    about = " ".join(part for part in (said.service, said.version) if part)
    output.result(f"{server}: {said.status}" + (f" ({about})" if about else ""))
