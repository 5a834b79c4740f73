"""The manuals of Debian packages, fetched by apt into a folder that keeps them."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

_LIST = Path(__file__).with_name("corpus.toml")

WANTED: Mapping[str, Sequence[str]] = tomllib.loads(_LIST.read_text(encoding="utf-8"))["packages"]
"""The packages, each with the paths of the PDFs in it."""


class CorpusError(Exception):
    """The manuals cannot be fetched; the message says why."""


def manuals(cache: Path) -> dict[str, Path]:
    """The manuals by their names ``PACKAGE/FILE.pdf``; those that `cache` does not have yet are fetched into it."""
    for package, paths in WANTED.items():
        if not all((cache / name).is_file() for name in names({package: paths})):
            _fetch(package, paths, cache)
    return {name: cache / name for name in names(WANTED)}


def names(packages: Mapping[str, Sequence[str]]) -> list[str]:
    """How the manuals of those packages are named."""
    return [f"{package}/{Path(path).name}" for package, paths in packages.items() for path in paths]


def _fetch(package: str, paths: Sequence[str], cache: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise CorpusError("apt-get and dpkg-deb are needed: the manuals are those of Debian packages")
    (cache / package).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="manuals-") as folder:
        # Called by root, apt would use a user of its own, who may not write here: it says so and goes on as root.
        done = subprocess.run(
            ["apt-get", "download", "-q", package], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
        archives = list(Path(folder).glob("*.deb"))
        if done.returncode or len(archives) != 1:
            raise CorpusError(f"apt-get download {package}: {done.stderr.strip()} (does `apt-get update` help?)")
        subprocess.run(["dpkg-deb", "-x", archives[0], "content"], cwd=folder, check=True)
        for path, name in zip(paths, names({package: paths}), strict=True):
            data = _content(Path(folder) / "content" / path)
            (cache / name).write_bytes(data)


def _content(path: Path) -> bytes:
    packed = path.with_name(path.name + ".gz")  # whether a PDF is packed differs between versions of a package
    try:
        return path.read_bytes() if path.is_file() else gzip.decompress(packed.read_bytes())
    except FileNotFoundError as error:
        raise CorpusError(f"the package has no {path.name}; it may have in another version") from error
