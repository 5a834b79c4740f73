"""Folds an answer's events as the documentation tells users to, independently of the client's own code."""

from __future__ import annotations

import attrs

from aizoomdoc_client import AnswerEvent


@attrs.define
class Folded:
    """The text of the events (`llm_token` appends, `answer_restarted` cuts), and counts of the event types."""

    text: str = ""
    joined: str = ""
    restarts: int = 0
    sources: list[str] = attrs.field(factory=list[str])
    finals: int = 0
    events: int = 0

    def take(self, event: AnswerEvent) -> None:
        """Folds the next event, by its wire name only."""
        self.events += 1
        if event.event == "llm_token":
            self.text += event.data["token"]
            self.joined += event.data["token"]
        elif event.event == "answer_restarted":
            self.text = self.text[: event.data["keep"]]
            self.restarts += 1
        elif event.event == "stream_resumed":
            self.sources.append(event.data["source"])
        elif event.event == "llm_final":
            self.finals += 1
