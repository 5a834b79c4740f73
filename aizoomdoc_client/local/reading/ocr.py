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
_ORIENTATION = "osd"  # the data by which Tesseract detects that a page is rotated by 90, 180 or 270 degrees
_LIST_SECONDS = 10.0  # within which Tesseract must have listed its languages
_MOST_TIMEOUTS = 3
_USUAL_PIXELS = 12_000_000  # a sheet A4 at 300 dots per inch has 9 million, A0 139 million

# In percent; "words" of less confidence are lines of a drawing, stains and frames.
_LEAST_CONFIDENCE = 40.0

_WORD_LEVEL = "5"  # the level of a row in Tesseract's TSV
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

    The limit is for a picture of up to 12 million pixels, and grows in proportion for a larger one; `before_picture` is called
    with it before each picture. After three pictures in a row that were not finished in time, a recognizer recognizes nothing
    more: use one for each document.
    """

    executable: str
    languages: tuple[str, ...]
    seconds: float = 15.0
    before_picture: Callable[[float], None] = _ignore
    _timeouts: int = 0

    def text(self, picture: GreyPicture) -> str:
        """The lines of the picture, without uncertain words; empty where nothing is recognized, or not in time."""
        header = b"P5\n%d %d\n255\n" % (picture.width, picture.height)
        seconds = self._time_limit(picture.width * picture.height)
        return self._recognize(["--dpi", str(picture.resolution)], header + picture.pixels, seconds)

    def text_of_file(self, path: Path, pixels: int, directory: int | None = None) -> str:
        """As `text`, for an image file that Tesseract decodes; `directory` is the number of a TIFF's page, from 0.

        Only for a file whose first bytes are those of an image: Tesseract reads any other as a list of paths of images.
        """
        with path.open("rb") as file:
            return self._recognize(
                [] if directory is None else ["-c", f"tessedit_page_number={directory}"], file, self._time_limit(pixels)
            )

    def _time_limit(self, pixels: int) -> float:
        return self.seconds * max(1.0, pixels / _USUAL_PIXELS)

    def _recognize(self, options: Sequence[str], stdin: bytes | BinaryIO, seconds: float) -> str:
        if self._timeouts >= _MOST_TIMEOUTS:
            return ""
        self.before_picture(seconds)
        try:
            table = _run([*self._command(), *options, "tsv"], stdin, seconds)
        except subprocess.TimeoutExpired:
            self._timeouts += 1
            return ""
        except OSError:
            return ""
        self._timeouts = 0
        return _text_of_table(table)

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
        listed = _run([executable, "--list-langs"], b"", _LIST_SECONDS).split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    languages = tuple(language for language in _LANGUAGES if language in listed)
    return Recognizer(executable, (*languages, *[_ORIENTATION] * (_ORIENTATION in listed))) if languages else None


def _run(command: list[str], stdin: bytes | BinaryIO, seconds: float) -> str:
    """The output of the command, empty where it fails. Raises `OSError`, or `subprocess.TimeoutExpired` after killing it."""
    # Tesseract gets one thread, because other reader processes use the other cores.
    ended = subprocess.run(  # noqa: S603 (the executable found on PATH, its arguments are ours)
        command,
        input=stdin if isinstance(stdin, bytes) else None,
        stdin=None if isinstance(stdin, bytes) else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else ""


def _text_of_table(tsv: str) -> str:
    """The certain words of Tesseract's table, line by line, with an empty line between paragraphs.

    A row is: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
    """
    rows = [row.split("\t") for row in tsv.splitlines()]
    words = [row for row in rows if len(row) == _COLUMNS and row[0] == _WORD_LEVEL and _is_certain(row)]
    paragraphs: list[str] = []
    for _, paragraph in groupby(words, key=lambda row: row[2:4]):
        lines = groupby(paragraph, key=lambda row: row[4])
        paragraphs.append("\n".join(" ".join(row[-1] for row in line) for _, line in lines))
    return "\n\n".join(paragraphs)


def _is_certain(row: list[str]) -> bool:
    return bool(row[-1].strip()) and float(row[-2]) >= _LEAST_CONFIDENCE
