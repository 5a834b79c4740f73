"""The package's warnings as lines for people."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator
from typing import Any

from ..exceptions import AIZoomDocWarning
from . import output
from .wording import worded


@contextlib.contextmanager
def warnings_as_lines() -> Generator[None]:
    """Shows each warning of this package as a line; those of others stay what Python makes of them."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, AIZoomDocWarning):
            output.warning(worded(str(message)))
        else:
            original(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", AIZoomDocWarning)
        original, warnings.showwarning = warnings.showwarning, show
        yield
