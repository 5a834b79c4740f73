"""States, tasks and texts as JSON, for the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from ..catalog import LocalizedText
from .progression import UnitState
from .task import BatchDocument, BatchQuestion, BatchSettings, BatchTask

__all__ = ["dump_state", "dump_task", "dump_text", "load_state", "load_task", "load_text"]

_SEPARATE = {"name", "running", "problem"}
"""Attributes of a state with a column or a form of their own."""
_DEFAULTS = tuple((field.name, field.default) for field in attrs.fields(UnitState) if field.name not in _SEPARATE)


def dump_state(state: UnitState) -> str:
    """The state without its name and `running`; what has its default value is left out."""
    fields = {name: value for name, default in _DEFAULTS if (value := getattr(state, name)) != default}
    if state.problem is not None:
        fields["problem"] = _text_to_plain(state.problem)
    return _json(fields)


def load_state(name: str, running: bool, state: str) -> UnitState:  # noqa: FBT001 - a column of the journal
    """The state that `dump_state` wrote, with the values of its columns."""
    fields = json.loads(state)
    problem = fields.pop("problem", None)
    return UnitState(
        name=cast("Any", name), running=bool(running), problem=None if problem is None else _text_from_plain(problem), **fields
    )


def dump_text(text: LocalizedText) -> str:
    """A text of the catalogue, by its code and values."""
    return _json(_text_to_plain(text))


def load_text(text: str) -> LocalizedText:
    """The text that `dump_text` wrote."""
    return cast("LocalizedText", _text_from_plain(json.loads(text)))


def dump_task(task: BatchTask) -> str:
    """A task; a path that is not Unicode is kept byte for byte."""
    document = {name: value for name, value in attrs.asdict(task.document).items() if value is not None}
    if task.document.path is not None:
        document["path"] = str(task.document.path)
    return _json(
        {
            "document": document,
            "question": attrs.asdict(task.question),
            "settings": attrs.asdict(task.settings),
            "columns": dict(task.columns),
        }
    )


def load_task(task: str) -> BatchTask:
    """The task that `dump_task` wrote."""
    data = json.loads(task)
    document = data["document"]
    if "path" in document:
        document["path"] = Path(document["path"])
    return BatchTask(
        document=BatchDocument(**document),
        question=BatchQuestion(**data["question"]),
        settings=BatchSettings(**data["settings"]),
        columns=data["columns"],
    )


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # ASCII only, so that lone surrogates survive


def _text_to_plain(value: Any) -> Any:
    if isinstance(value, LocalizedText):
        return {"code": value.code, "values": {name: _text_to_plain(each) for name, each in value.values.items()}}
    return [_text_to_plain(each) for each in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def _text_from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        data = cast("Mapping[str, Any]", value)
        return LocalizedText(data["code"], {name: _text_from_plain(each) for name, each in data["values"].items()})
    return tuple(_text_from_plain(each) for each in cast("list[Any]", value)) if isinstance(value, list) else value
