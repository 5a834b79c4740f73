"""The Russian templates of all errors and warnings, by code; the modules are those of `en`.

Each is a clause that can follow a colon, as "Ошибка: нет связи" needs it and as reasons stand inside other sentences: it begins
with a small letter.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import batch, client, commands, local_server, relay, server_replies, structured_answers, system

TEMPLATES: Mapping[str, str] = {
    **client.TEMPLATES,
    **server_replies.TEMPLATES,
    **local_server.TEMPLATES,
    **system.TEMPLATES,
    **commands.TEMPLATES,
    **batch.TEMPLATES,
    **relay.TEMPLATES,
    **structured_answers.TEMPLATES,
}
