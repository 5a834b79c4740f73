"""A chat's messages, as people read them."""

from __future__ import annotations

import sys

from ..models import ChatHistory
from . import output
from .harmless import harmless_line
from .language import Text

_ROLES = {"user": Text("Вы", "You"), "assistant": Text("Ответ", "Answer")}


def show_messages(history: ChatHistory) -> None:
    """Draws the messages; in a pipe, each as ``role: content``."""
    if not sys.stdout.isatty():
        for message in history:
            output.result(f"{message.role}: {message.content}")
        return
    if not history.messages:
        output.result(str(Text("Сообщений ещё нет", "No messages yet")))
        return
    from rich.console import Console
    from rich.text import Text as Styled

    from .display.markdown import laid_out

    console = Console(highlight=False)
    console.print(Styled(harmless_line(history.chat.title), style="bold"))
    for message in history:
        when = f"  {message.created_at.astimezone():%d.%m.%Y %H:%M}" if message.created_at else ""
        role = _ROLES.get(message.role)
        console.print(
            Styled(f"\n{role or harmless_line(message.role)}{when}", style="cyan" if message.role == "user" else "green")
        )
        console.print(laid_out(console, message.content), end="")
