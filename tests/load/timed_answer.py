"""Answers whose length and pace the question gives, and their expected text."""

from __future__ import annotations

import asyncio
import json
import time

import attrs

from aizoomdoc_client.testing import Answer, Question
from aizoomdoc_client.testing.steps import RunContext


@attrs.frozen(kw_only=True)
class TimedAnswer:
    """An answer of `pieces` deltas of `size` characters, `pause` seconds apart; also a step of a script."""

    pieces: int
    size: int = 40
    pause: float = 0.0

    @property
    def question(self) -> str:
        """The question that makes the server send this answer."""
        return json.dumps(attrs.asdict(self))

    def piece(self, number: int) -> str:
        return f"{number} ".ljust(self.size, ".")

    @property
    def text(self) -> str:
        return "".join(map(self.piece, range(self.pieces)))

    async def play(self, run: RunContext) -> None:
        """Sends the answer; the field `model` of each delta carries its time of sending."""
        for number in range(self.pieces):
            await run.emit("llm_token", {"token": self.piece(number), "model": str(time.time())})
            await asyncio.sleep(self.pause)
        await run.emit("llm_final", {"content": self.text})
        await run.emit("completed", {"message": "done"})


def answer_to(question: Question) -> Answer:
    """The script of the answer that the question describes."""
    return Answer([TimedAnswer(**json.loads(question.text))])
