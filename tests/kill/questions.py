"""What the killed jobs ask, and the settings with which they ask: each question has its own, the user has others."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.batch import BatchSettings
from aizoomdoc_client.models import ModelProfile

TOKEN = "token"
GROUPS = {
    "Где стоит щит?": BatchSettings(model="complex", role=2),
    "Какой щит стоит в помещении?": BatchSettings(model="simple", role=3),
}
OWN_MODEL: ModelProfile = "simple"
OWN_ROLE = 1
"""The user's own settings."""


def write_documents(folder: Path, prefix: str, count: int) -> None:
    """Makes documents, each of which has another answer, with the name of its file."""
    folder.mkdir(parents=True)
    for number in range(count):
        name = f"{prefix}n{number:02}"
        text = f"# Щиты\n\nЩит ЩО-{name} стоит в помещении {number}.\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def as_line(question: str, model: str | None, role: int | None) -> str:
    """A question that was asked with these settings, as the server notes it for each run of its model."""
    return f"{model} {role} {question}"
