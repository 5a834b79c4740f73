"""The manuals of Debian packages, fetched by apt into a folder that keeps them."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("corpus.toml")


class CorpusError(Exception):
    """The manuals cannot be fetched; the message says why."""


def manuals(cache: Path) -> dict[str, Path]:
    """The manuals by their names ``PACKAGE/FILE.pdf``; those that `cache` does not have yet are fetched into it."""
    wanted: dict[str, list[str]] = tomllib.loads(LIST.read_text(encoding="utf-8"))["packages"]
    for package, paths in wanted.items():
        if not all((cache / name).is_file() for name in _names(package, paths)):
            _fetch(package, paths, cache)
    return {name: cache / name for package, paths in wanted.items() for name in _names(package, paths)}


def _names(package: str, paths: list[str]) -> list[str]:
    return [f"{package}/{Path(path).name.removesuffix('.gz')}" for path in paths]


def _fetch(package: str, paths: list[str], cache: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise CorpusError("apt-get and dpkg-deb are needed: the manuals are those of Debian packages")
    (cache / package).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="manuals-") as folder:
        # apt downloads as a user of its own, who may not write here: root's apt says so and goes on as root.
        done = subprocess.run(
            ["apt-get", "download", "-q", package], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
        archives = list(Path(folder).glob("*.deb"))
        if done.returncode or len(archives) != 1:
            raise CorpusError(f"apt-get download {package}: {done.stderr.strip()} (does `apt-get update` help?)")
        subprocess.run(["dpkg-deb", "-x", archives[0], "content"], cwd=folder, check=True)
        for path, name in zip(paths, _names(package, paths), strict=True):
            data = _content(Path(folder) / "content" / path)
            (cache / name).write_bytes(data)


def _content(path: Path) -> bytes:
    packed = path.with_name(path.name + ".gz")  # whether a PDF is packed differs between versions of a package
    try:
        return path.read_bytes() if path.is_file() else gzip.decompress(packed.read_bytes())
    except FileNotFoundError as error:
        raise CorpusError(f"the package has no {path.name}; it may have in another version") from error
