"""Lays out calls and imports as the formatter does, so that what is made needs no formatting afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from .words import WIDTH


def call(head: str, arguments: Sequence[str], indent: int, *, around: str | None = None) -> str:
    """``head(arguments)`` on one line, or the arguments on a line of their own, or each on one; within ``around(…)`` if given."""
    margin = " " * indent
    line = f"{margin}{head}({', '.join(arguments)})" if around is None else f"{margin}{around}({head}({', '.join(arguments)}))"
    if len(line) <= WIDTH:
        return line
    if around is not None:
        return f"{margin}{around}(\n{call(head, arguments, indent + 4)}\n{margin})"
    joined = f"{margin}    {', '.join(arguments)}"
    lines = [joined] if len(joined) <= WIDTH else [f"{margin}    {argument}," for argument in arguments]
    return "\n".join([f"{margin}{head}(", *lines, f"{margin})"])


def signature(head: str, text: str) -> str:
    """``head`` and a signature's source text, which goes onto one line where it now fits and no comma at its end forbids it."""
    lines = text.splitlines()
    if len(lines) == 1 or lines[-2].rstrip().endswith(","):
        return head + text
    joined = head + lines[0] + " ".join(line.strip() for line in lines[1:-1]) + lines[-1].strip()
    return joined if len(joined) <= WIDTH else head + text


def from_import(module: str, names: Sequence[str]) -> str:
    """``from module import names`` on one line, or each name on one."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
