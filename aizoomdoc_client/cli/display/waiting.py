"""The client's waits as lines on a terminal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator

from ...catalog import LocalizedText
from .. import output
from ..language import language_in_force

_waits = logging.getLogger("aizoomdoc_client.session.waits")


class _NoteHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Shows one record."""
        message = record.msg
        output.note(message.render(language_in_force()) if isinstance(message, LocalizedText) else record.getMessage())


@contextlib.contextmanager
def waits_as_notes() -> Generator[None]:
    """Shows the client's records about waits as notes."""
    handler, level = _NoteHandler(), _waits.level
    _waits.addHandler(handler)
    _waits.setLevel(logging.INFO)
    try:
        yield
    finally:
        _waits.removeHandler(handler)
        _waits.setLevel(level)
