"""A page on which people ask questions and watch the answers: plain HTML, CSS and JavaScript modules, without a build step.

Contract: files, and what has to be said with them; imports nothing of the package. Backends with a relay serve `FOLDER`, and the
local server does. The page loads its files from ``page/`` beside its own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["FOLDER", "HEADERS", "index"]

FOLDER = Path(__file__).parent / "files"
"""The page, `index.html`, and the files that it loads."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: blob:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types markdown"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
"""Headers of the page: whatever stood in an answer, nothing but the page's own scripts runs, and nobody else is called.

Pictures may come from any https address, as the AIZoomDoc server names them; name that host alone where you know it.
"""


def index(script: str = "with_relay.js") -> str:
    """The page, HTML, which begins with `script` of `FOLDER`; ``with_server.js`` is for a server without a relay."""
    return (FOLDER / "index.html").read_text("utf-8").replace("with_relay.js", script)
