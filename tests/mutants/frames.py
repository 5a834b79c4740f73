"""Mutants of the fast ways to decode frames, and of what keeps a fast stream from stopping the program."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from .mutant import Mutant

LAYOUTS = "tests/protocol/test_layouts.py::"
ANY_LAYOUT = LAYOUTS + "test_any_layout_in_any_batches_is_read_as_json_says"


def any_text(_: Any) -> Any:
    def text_of(piece: bytes) -> str:
        return piece.decode("utf-8", "replace")

    return text_of


def no_mark_needed(_: Any) -> Any:
    def marked(value: Any) -> Any:
        fields = cast("dict[str, Any]", value)
        return fields.get("data", fields) if isinstance(value, dict) else None

    return marked


def never_whole(original: Any) -> Any:
    def resume(self: Any, frame: bytes, said: Any) -> bool:
        return bool(original(self, frame, said)) or self.text is not None

    return resume


def joined_each_time(original: Any) -> Any:
    def follow(self: Any, token: str, accumulated: str | None) -> str | None:
        so_far = self.draft.text() + self.held + token if accumulated is None else accumulated
        delta: str | None = original(self, token, so_far)
        return delta

    return follow


def lone_halves(_: Any) -> Any:
    return json.loads


def no_turns(_: Any) -> Any:
    async def give_turn(_self: Any) -> None:
        pass

    return give_turn


FRAMES: Sequence[Mutant] = (
    Mutant("raw text", "takes the bytes of a delta for its text", "protocol.delta_texts:text_of", any_text, (ANY_LAYOUT,)),
    Mutant(
        "text anywhere",
        "puts the known text into whatever field has been shortened",
        "protocol.repeated_text:_fields_with_mark",
        no_mark_needed,
        (LAYOUTS + "test_known_text_in_another_field_is_not_taken_for_the_answers",),
    ),
    Mutant(
        "resumed unseen",
        "predicts the frames of a new round without a look at its text",
        "protocol.frame_template:FrameTemplate.resume",
        never_whole,
        (ANY_LAYOUT,),
    ),
    Mutant(
        "joined each time",
        "puts the whole text together for each delta of a server that does not repeat it",
        "protocol.run_text:RunText.follow",
        joined_each_time,
        (LAYOUTS + "test_a_long_answer_in_odd_deltas_costs_linear_time",),
    ),
    Mutant(
        "lone halves",
        "keeps half a character",
        "protocol.codec:decode_plain",
        lone_halves,
        (LAYOUTS + "test_json_is_parsed_as_by_the_standard_library",),
    ),
    Mutant(
        "no turns",
        "reads on while frames are there, and lets no other task run",
        "session.stream_reader:StreamReader._give_turn",
        no_turns,
        ("tests/session/test_stream_reader.py::test_other_tasks_run_while_frames_are_there",),
    ),
)
