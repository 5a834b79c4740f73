"""The English templates of all errors and warnings, by code; a module for each part of the package that they are of.

A code is named after what happened, in lower_snake_case, and never changes; the wording may be bettered. To add an error: a line
in one of these modules and one in its counterpart in `ru`, ``text("code", …)`` where it is raised, and a test.
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
