"""The page folds events as the package does."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.protocol.event_codec import decode_event
from tests.browser.backends import Backend, needs_chromium
from tests.browser.conftest import NewUser

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

FOLD = """async (histories) => {
  const { AnswerState } = await import("/page/answer_state.js");
  return histories.map((events) => {
    const state = new AnswerState();
    return events.map(([name, data]) => {
      state.fold(name, data);
      return [state.text, state.thinking, [...state.images.keys()].length, state.toolCalls.length];
    });
  });
}"""
LETTERS = "abж😀é\n𝔘\u0301🇷🇺"
KINDS = ["thinking", "accumulated", "restart", "snapshot", "resumed", "image", "tool", "final", "new"]


def event_of(draw: random.Random) -> tuple[str, dict[str, Any]]:
    text = "".join(draw.choices(LETTERS, k=draw.randrange(6)))
    kind = draw.choice(
        ["token"] * 4 + ["thinking", "accumulated", "restart", "snapshot", "resumed", "image", "tool", "final", "new"]
    )
    match kind:
        case "token":
            return "llm_token", {"token": text}
        case "thinking":
            return "llm_thinking", {"content": text}
        case "accumulated":
            return "llm_thinking", {"content": text, "accumulated": f"so far {text}"}
        case "restart":
            return "answer_restarted", {"keep": draw.randrange(8), "reason": draw.choice(["new_round", "rerun", "final"])}
        case "snapshot":
            return "answer_restarted", {"keep": 0, "reason": "snapshot"}
        case "resumed":
            return "stream_resumed", {"source": draw.choice(["history", "rerun"]), "reason": ""}
        case "image":
            return "image_ready", {"block_id": draw.choice("ab"), "url": "https://files.example/1.png"}
        case "tool":
            return "tool_call", {"tool": "zoom", "parameters": {}, "reason": ""}
        case "final":
            return "llm_final", {"content": text, **({"thinking": text} if draw.random() < 0.5 else {})}
        case _:
            return "constructor", {"newer": 1}


async def test_fold_is_that_of_the_package(backend: Backend, new_user: NewUser) -> None:
    """After each event of random answers: the same text, thinking, and numbers of pictures and tool calls."""
    draw = random.Random(13)
    histories = [[event_of(draw) for _ in range(30)] for _ in range(100)]
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    found = await page.evaluate(FOLD, json.loads(json.dumps(histories)))
    for history, seen in zip(histories, found, strict=True):
        state = AnswerState()
        for (name, data), after in zip(history, seen, strict=True):
            state.fold([decode_event(name, data, None)])
            assert after == [state.text, state.thinking, len(state.images), len(state.tool_calls)]
