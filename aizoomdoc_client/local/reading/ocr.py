"""Text recognition of pictures (OCR) by Tesseract's executable, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import attrs

_LANGUAGES = ("rus", "eng")
_ORIENTATION = "osd"  # what tells by how many quarters a page is turned
_STARTING_SECONDS = 10.0
_MOST_TIMEOUTS = 3
_USUAL_PIXELS = 12_000_000  # a sheet A4 at 300 dots per inch has 9 million, A0 139 million

# Below this confidence, in percent, words are lines of a drawing, stains and frames.
_LEAST_CONFIDENCE = 40.0

_WORD = "5"  # the level of a row in Tesseract's TSV
_COLUMNS = 12


@attrs.frozen
class GreyPicture:
    """A picture of one byte a pixel, row by row; `resolution` in dots per inch."""

    width: int
    height: int
    resolution: int
    pixels: bytes


def _ignore(_seconds: float) -> None:
    pass


@attrs.define
class Recognizer:
    """Recognizes the text of pictures, each in a process of its own that is killed after `seconds`.

    So long may a picture of up to 12 million pixels take, a larger one in proportion. `before_picture` is called before each with
    the longest time that it may take. A recognizer that took too long three times in a row recognizes nothing more: use one
    for each document.
    """

    executable: str
    languages: tuple[str, ...]
    seconds: float = 15.0
    before_picture: Callable[[float], None] = _ignore
    _timeouts: int = 0

    def text(self, picture: GreyPicture) -> str:
        """The lines of the picture, without words that are hardly certain; empty where nothing is recognized or time is up."""
        header = b"P5\n%d %d\n255\n" % (picture.width, picture.height)
        seconds = self._longest(picture.width * picture.height)
        return self._text(["--dpi", str(picture.resolution)], header + picture.pixels, seconds)

    def text_of_file(self, path: Path, pixels: int, directory: int | None = None) -> str:
        """As `text` for an image file of so many pixels, which Tesseract decodes; `directory` is that of a TIFF's page, from 0.

        Only for a file whose first bytes are those of an image: any other Tesseract takes for a list of files to read.
        """
        with path.open("rb") as file:
            return self._text(
                [] if directory is None else ["-c", f"tessedit_page_number={directory}"], file, self._longest(pixels)
            )

    def _longest(self, pixels: int) -> float:
        return self.seconds * max(1.0, pixels / _USUAL_PIXELS)

    def _text(self, options: Sequence[str], given: bytes | BinaryIO, seconds: float) -> str:
        if self._timeouts >= _MOST_TIMEOUTS:
            return ""
        self.before_picture(seconds)
        try:
            found = _output([*self._command(), *options, "tsv"], given, seconds)
        except subprocess.TimeoutExpired:
            self._timeouts += 1
            return ""
        except OSError:
            return ""
        self._timeouts = 0
        return _lines(found)

    def _command(self) -> list[str]:
        languages = [language for language in self.languages if language != _ORIENTATION]
        mode = ["--psm", "1"] if _ORIENTATION in self.languages else []
        return [self.executable, "stdin", "stdout", "-l", "+".join(languages), *mode]


def installed_recognizer() -> Recognizer | None:
    """Tesseract with those of the languages Russian and English that are installed; None without it, or without both."""
    executable = shutil.which("tesseract")
    if executable is None:
        return None
    try:
        listed = _output([executable, "--list-langs"], b"", _STARTING_SECONDS).split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    languages = tuple(language for language in _LANGUAGES if language in listed)
    return Recognizer(executable, (*languages, *[_ORIENTATION] * (_ORIENTATION in listed))) if languages else None


def _output(command: list[str], given: bytes | BinaryIO, seconds: float) -> str:
    """What the command prints. Raises `OSError` and `subprocess.TimeoutExpired`, the process being killed then."""
    # One thread for each page: reader processes use the other cores.
    ended = subprocess.run(  # noqa: S603 (the executable found on PATH, its arguments are ours)
        command,
        input=given if isinstance(given, bytes) else None,
        stdin=None if isinstance(given, bytes) else given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else ""


def _lines(tsv: str) -> str:
    """The certain words of Tesseract's table, line by line, with an empty line between paragraphs."""
    rows = [row.split("\t") for row in tsv.splitlines()]
    words = [row for row in rows if len(row) == _COLUMNS and row[0] == _WORD and _is_certain(row)]
    paragraphs: list[str] = []
    for _, paragraph in groupby(words, key=lambda row: row[2:4]):
        lines = groupby(paragraph, key=lambda row: row[4])
        paragraphs.append("\n".join(" ".join(row[-1] for row in line) for _, line in lines))
    return "\n\n".join(paragraphs)


def _is_certain(row: list[str]) -> bool:
    return bool(row[-1].strip()) and float(row[-2]) >= _LEAST_CONFIDENCE
