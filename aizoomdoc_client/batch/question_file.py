"""Named questions from a TOML file.

It looks so::

[questions]
height = "Какая высота этажа?"

[questions.switchboard]
text = "Где ВРУ?"
role = "Электрик"
model = "complex"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import attrs

from ..catalog import LocalizedText, system_reason, text
from ..exceptions import ConfigurationError
from ..filesystem.names import visible_name
from ..models import ModelProfile, Role
from ..toml_faults import toml_fault
from .problems import Problems
from .questions import QuestionWithSettings, repetitions
from .roles import model_profile, role_number
from .task import BatchQuestion, BatchSettings

__all__ = ["QuestionFile", "read_question_file"]

MOST_BYTES = 1024 * 1024
"""The largest file of questions that is read."""
_KEYS = ("text", "role", "model")
_KEY = r"""("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
# [questions] and [questions."key"]
_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*(?:\.\s*" + _KEY + ")?")
# key = and key.text =
_ENTRY = re.compile(r"\s*" + _KEY + r"\s*[.=]")


@attrs.frozen
class _Entry:
    question: BatchQuestion
    model: ModelProfile | None
    role: str | int | None
    line: int | None


@attrs.frozen
class QuestionFile:
    """The questions of a file, with roles as they are named there."""

    path: Path
    entries: tuple[_Entry, ...]

    @property
    def names_roles(self) -> bool:
        """Whether the server's roles are needed."""
        return any(entry.role is not None for entry in self.entries)

    def questions(self, roles: Sequence[Role] = ()) -> tuple[QuestionWithSettings, ...]:
        """The questions in the order of the file. Raises `ConfigurationError` that names each role that is not among `roles`."""
        problems = Problems()
        asked: list[QuestionWithSettings] = []
        for entry in self.entries:
            role = None if entry.role is None else role_number(entry.role, roles)
            if isinstance(role, LocalizedText):
                problems.add(_at(entry.line, role))
            else:
                settings = BatchSettings(role=role, model=entry.model)
                asked.append(QuestionWithSettings(question=entry.question, settings=settings))
        problems.raise_if_any(_display_path(self.path))
        return tuple(asked)


def read_question_file(path: Path) -> QuestionFile:
    """The questions of the TOML file at `path`. Blocks.

    Raises `ConfigurationError` that names the file, the lines, and what to do.
    """
    source = _read_source(path)
    problems = Problems()
    table = _parse(path, source)
    found = table.pop("questions", None)
    for key in table:
        problems.add(_at(_line_of_table(source, key), text("question_file_key_unknown", key=key)))
    if isinstance(found, Mapping) and found:
        lines = _lines(source)
        entries = [_entry(name, each, lines.get(name), problems) for name, each in cast("Mapping[str, Any]", found).items()]
    else:
        entries = []
        problems.add(text("question_file_without_questions"))
    kept = tuple(entry for entry in entries if entry is not None)
    for position, problem in repetitions(entry.question for entry in kept):
        problems.add(_at(kept[position].line, problem))
    problems.raise_if_any(_display_path(path))
    return QuestionFile(path, kept)


def _read_source(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else text("errno_ENOENT")
        raise _unusable(path, text("batch_file_not_opened", reason=reason)) from error
    if len(data) > MOST_BYTES:
        raise _unusable(path, text("batch_file_too_large", size=MOST_BYTES))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unusable(path, _at(line, text("file_not_utf8"))) from error


def _parse(path: Path, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        fault = toml_fault(error, source)
        code = "question_name_repeated" if fault.is_repetition else "question_file_malformed"
        raise _unusable(path, _at(fault.line, text(code))) from error


def _entry(name: str, given: Any, line: int | None, problems: Problems) -> _Entry | None:
    """The question, or None after adding its problems."""
    before = problems.count
    fields: Mapping[str, Any] = {"text": given} if not isinstance(given, dict) else cast("dict[str, Any]", given)
    for key in fields:
        if key not in _KEYS:
            problems.add(_at(line, text("question_key_unknown", name=name, key=key, keys=_KEYS)))
    asked, role = fields.get("text"), fields.get("role")
    if not isinstance(asked, str) or not asked.strip():
        problems.add(_at(line, text("question_named_has_no_text", name=name)))
    if role is not None and (isinstance(role, bool) or not isinstance(role, (str, int))):
        problems.add(_at(line, text("role_of_odd_type")))
    model = None if "model" not in fields else model_profile(str(fields["model"]))
    if isinstance(model, LocalizedText):
        problems.add(_at(line, model))
    if problems.count > before:
        return None
    question = BatchQuestion(text=cast("str", asked).strip(), name=name.strip())
    return _Entry(question, cast("ModelProfile | None", model), role, line)


def _lines(source: str) -> dict[str, int]:
    """The line on which each question begins."""
    lines: dict[str, int] = {}
    table: tuple[str, str | None] = ("", None)
    for number, line in enumerate(source.split("\n"), 1):
        if header := _HEADER.match(line):
            table = (_unquoted(header[1]), None if header[2] is None else _unquoted(header[2]))
            if table[0] == "questions" and table[1] is not None:
                lines.setdefault(table[1], number)
        elif table == ("questions", None) and (entry := _ENTRY.match(line)):
            lines.setdefault(_unquoted(entry[1]), number)
    return lines


def _line_of_table(source: str, key: str) -> int | None:
    for number, line in enumerate(source.split("\n"), 1):
        found = _HEADER.match(line) or _ENTRY.match(line)
        if found and _unquoted(found[1]) == key:
            return number
    return None


def _unquoted(key: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        return key


def _at(line: int | None, problem: LocalizedText) -> LocalizedText:
    return problem if line is None else text("at_line", line=line, problem=problem)


def _unusable(path: Path, problem: LocalizedText) -> ConfigurationError:
    return ConfigurationError(text("batch_input_unusable", source=_display_path(path), problems=[problem], more=""))


def _display_path(path: Path) -> str:
    return visible_name(str(path))
