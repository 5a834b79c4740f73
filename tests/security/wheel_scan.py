"""Scans for built-in servers and tokens. ``python -m tests.security.wheel_scan some.whl`` scans a built wheel."""

from __future__ import annotations

import math
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "aizoomdoc_client"

# Reserved names (RFC 2606, RFC 6761), this machine, and placeholders.
NOWHERE = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net))?|localhost|invalid|test)|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|host|хост|…@…|…"
)
# Links to documents and projects and names in XML, no AIZoomDoc servers.
DOCUMENTS = frozenset({"keepachangelog.com", "schemas.openxmlformats.org", "semver.org", "www.w3.org"})

URL = re.compile(r"(?:https?|wss?)://(?P<host>\[[^\]]*\]|[^\s/:?#\"'`<>)}|[\\,]*)", re.IGNORECASE)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
# As long as a key, and of the characters of keys.
RUN = re.compile(r"(?<![A-Za-z0-9_/+=-])[A-Za-z0-9_/+=-]{24,}(?![A-Za-z0-9_/+=-])")
MOST_ENTROPY = 4.0
"""Bits a character: words and identifiers stay below it, random text of 24 letters and more does not."""


def findings(name: str, content: bytes) -> Iterator[str]:
    """What one file has in it that it must not have; a token is not repeated."""
    text = content.decode("utf-8", "replace")
    for found in URL.finditer(text):
        host = found["host"].rstrip(".").rpartition("@")[2].lower()
        if host and "{" not in host and not NOWHERE.fullmatch(host) and host not in DOCUMENTS:
            yield f"{name}: a URL of {host}"
    if JWT.search(text):
        yield f"{name}: an access token"
    yield from (f"{name}: what looks like a key, {run[:6]}…" for run in RUN.findall(text) if looks_random(run))


def looks_random(run: str) -> bool:
    """Whether a run of characters is no word: hexadecimal, or of high entropy, with digits among letters."""
    if re.fullmatch(r"[0-9a-fA-F]{32,}", run):
        return True
    counts = Counter(run).values()
    entropy = -sum(count / len(run) * math.log2(count / len(run)) for count in counts)
    return entropy > MOST_ENTROPY and bool(re.search(r"[0-9]", run) and re.search(r"[A-Za-z]", run)) and "/" not in run.strip("/")


def of_wheel(path: Path) -> Iterable[tuple[str, bytes]]:
    """The files of a wheel, but for the list of their digests."""
    with zipfile.ZipFile(path) as wheel:
        yield from ((name, wheel.read(name)) for name in wheel.namelist() if not name.endswith("/RECORD"))


def of_others(name: str) -> bool:
    """Whether a file is a copy of a published library, as it is in the registry."""
    return "/vendor/" in name


def of_source() -> Iterable[tuple[str, bytes]]:
    """The files that the wheel is made of."""
    files = (path for path in sorted(PACKAGE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    yield from ((str(path.relative_to(PACKAGE.parent)), path.read_bytes()) for path in files)


def scan(files: Iterable[tuple[str, bytes]]) -> list[str]:
    return [finding for name, content in files if not of_others(name) for finding in findings(name, content)]


if __name__ == "__main__":
    found = [finding for wheel in sys.argv[1:] for finding in scan(of_wheel(Path(wheel)))]
    sys.stdout.write("\n".join([*found, f"{len(found)} findings in {', '.join(sys.argv[1:])}", ""]))
    sys.exit(bool(found))
