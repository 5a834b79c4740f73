"""The questions, each with the places where its answer stands.

Contract: two parts, ``development.toml`` and ``held_out.toml``. A question is put aside where the SHA-256 of its text divides by
three: nobody chose which, and a question that is added moves no other one. Whoever works on the search reads the first file only.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args

import attrs

Part = Literal["development", "held_out"]
Kind = Literal["word form", "abbreviation", "code", "number", "table", "drawing", "paraphrase"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@attrs.frozen(kw_only=True)
class Place:
    """Where an answer stands: a document and the pages of it, all pages where none is named."""

    document: str
    pages: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class Question:
    """One question; a quote answers it that comes from one of the places and has the `phrase`, spaces aside."""

    text: str
    language: Literal["ru", "en"]
    kind: Kind
    places: tuple[Place, ...]
    phrase: str = ""

    def answered_by(self, document: str, page: int, text: str) -> bool:
        """Whether a quote of that page is an answer."""
        there = any(document == place.document and (not place.pages or page in place.pages) for place in self.places)
        return there and folded(self.phrase) in folded(text)


def folded(text: str) -> str:
    """A text without differences of spaces, case and the bars of a table."""
    return " ".join(text.replace("|", " ").lower().split())


def load(part: Part) -> list[Question]:
    """The questions of one part."""
    path = Path(__file__).with_name(f"{part}.toml")
    return [_question(each) for each in tomllib.loads(path.read_text(encoding="utf-8"))["question"]]


def is_put_aside(text: str) -> bool:
    """Whether a question with that text belongs to the part put aside."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()) % 3 == 0


def _question(each: dict[str, Any]) -> Question:
    places = tuple(Place(document=place["document"], pages=tuple(place.get("pages", ()))) for place in each["places"])
    if each["kind"] not in KINDS:
        raise ValueError(f"{each['text']}: no kind {each['kind']!r}")
    return Question(**{**each, "places": places})
