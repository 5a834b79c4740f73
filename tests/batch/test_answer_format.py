"""Fields of an answer as cells."""

from __future__ import annotations

import datetime as dt
import json

import attrs

from aizoomdoc_client.batch.answer_format import AnswerFormat

from .results.sample import answer


@attrs.frozen
class Room:
    area: float
    volume: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "volume", self.area * 3)


@attrs.frozen
class Floor:
    issued: dt.date
    boards: list[str]
    rooms: list[Room]


def test_cells_are_made_of_what_the_answer_s_dictionary_has() -> None:
    """Fields that the class computes, too, so that no table says less than the saved answer."""
    floor = Floor(dt.date(2026, 3, 1), ["ВРУ", "ЩО"], [Room(2)])
    saved = answer(parsed=floor).to_dict()["parsed"]

    assert {
        "issued": saved["issued"],
        "boards": ", ".join(saved["boards"]),
        "rooms": json.dumps(saved["rooms"]),
    } == AnswerFormat(Floor).cells(floor)
