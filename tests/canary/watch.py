"""The search pattern, and the findings: places, never the tokens themselves."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

CANARY = re.compile(
    r"your-static-token"  # the scripted server's first user
    r"|canary-(?:[a-z]+-)*[A-Za-z0-9_]{4,}"  # tokens of tests, and the scripted server's refresh tokens in this run
    r"|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"  # a whole JWT
)

ALLOWED_FILES = re.compile(
    r"token|\.corrupt|\.lock\Z"  # token stores, the drafts and the broken ones set aside
    r"|\.(?:db|sqlite\w*)(?:-wal|-shm|-journal)?\Z"  # a local server's database
    r"|\Asecret"  # a local server's signing key
)
MAX_BYTES = 4 * 1024 * 1024


@attrs.define
class Watch:
    """Collects the places where tokens were found since the last `take`."""

    found: list[str] = attrs.field(factory=list[str])

    def look(self, where: str, text: str) -> None:
        """Records `where` if `text` contains a token, with the surrounding text and the token masked."""
        match = CANARY.search(text)
        if match is not None:
            before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 20]
            around = CANARY.sub("[token]", f"{before}[token {match[0][:6]}…]{after}")
            self.found.append(f"{where}: {' '.join(around.split())}")

    def take(self) -> list[str]:
        """Returns and clears the findings."""
        found, self.found = self.found, []
        return found

    def look_into(self, folder: Path) -> None:
        """Searches the files below `folder` that may not hold a token."""
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or ALLOWED_FILES.search(path.name):
                continue
            try:
                if path.stat().st_size <= MAX_BYTES:
                    self.look(f"file {path.relative_to(folder)}", path.read_bytes().decode("latin-1"))
            except OSError:
                continue
