# ruff: noqa: FBT001 - the signatures of rules are the library's
"""CommonMark for answers about figures: markup that would take a digit, a sign or an operator away is shown as text.

The rules are those of the page's ``answer_syntax.js``.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, lheading, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_inline import StateInline

__all__ = ["answer_parser"]

_LINK_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_COMPARISON = re.compile(r">(?:=|[-+−±~≈]?[0-9])")
"""The beginning of ``>7``, ``>=7`` or ``>-5``."""
_DELIMITER_RUN = re.compile(r"\*+|_+|~+")
_CLOSES_OPERAND = frozenset(")]}%‰°′″")
_OPENS_OPERAND = frozenset("(√")
_SIGN_AND_DIGIT = re.compile(r"[-+−][0-9]")
"""The beginning of a signed operand, as in ``5*-3``."""
_DIGIT_IN_NEXT_LINE = re.compile(r"(\n[ \t]*)[*_~`]*[0-9]")
"""A line break, which is the group, before a line that begins with a digit, as ``**50** kW``."""
_LATEX_SPACE = re.compile(r"\\[,;:!](?=[0-9])")
r"""The space in ``12\,000``."""


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        """Whether `url` makes a link: to the web or to mail. ``[Расход](50%)`` would be shown with the address 50%25."""
        return _LINK_ADDRESS.match(url.strip()) is not None


def answer_parser() -> MarkdownIt:
    """A parser of answers: CommonMark with tables and ``~~``, without HTML, which a terminal would swallow.

    Definitions of links are text, too: a definition that nothing refers to would vanish, and ``[1]: 50`` is one.
    """
    parser = _Parser("commonmark", {"html": False}).enable(["strikethrough", "table"]).disable("reference")
    block, inline = parser.block.ruler, parser.inline.ruler
    block.at("table", _table_of_whole_rows, {"alt": ["paragraph", "reference"]})
    block.at("blockquote", _quotation, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    block.at("lheading", _underlined_heading)
    inline.before("newline", "figure_lines", _break_between_figures)
    inline.before("escape", "latex_space", _latex_space)
    inline.before("strikethrough", "operator", _operator)
    return parser


def _table_of_whole_rows(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table in which cells beyond the last column stand in the last one, as they are written; the library drops them."""
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    lines = itertools.chain([start], itertools.count(start + 2))
    inlines = [token for token in state.tokens[first:] if token.type in {"inline", "tr_close"}]
    for is_end, cells in itertools.groupby(inlines, lambda token: token.type == "tr_close"):
        if not is_end:
            row = list(cells)
            *written, last = escapedSplit(_line(state, next(lines)).removeprefix("|"))
            beyond = [*written, *filter(None, [last])][len(row) :]
            row[-1].content = " | ".join([row[-1].content, *map(str.strip, beyond)])
    return True


def _quotation(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A quotation, but for ``>7`` and ``>=7``; after a space any text can be quoted."""
    return not _COMPARISON.match(_line(state, start)) and blockquote(state, start, end, silent)


def _underlined_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A heading above a line of at least two signs; a single ``-`` or ``=`` below a figure belongs to a calculation."""
    count = len(state.tokens)
    if not lheading(state, start, end, silent):
        return False
    if len(_line(state, state.line - 1)) > 1:
        return True
    del state.tokens[count:]
    state.line = start
    return False


def _line(state: StateBlock, number: int) -> str:
    """A line without the marks of the lists and quotations around it."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def _break_between_figures(state: StateInline, silent: bool) -> bool:
    """A line break between two figures stays one: as a space it would make one figure, with a space for its thousands."""
    found = _DIGIT_IN_NEXT_LINE.match(state.src, state.pos)
    above = state.src[max(0, state.pos - 8) : state.pos]
    if found is None or above.endswith("  ") or not _is_digit(above.rstrip(" *_~`")[-1:]):
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("hardbreak", "br", 0)
    state.pos = found.end(1)
    return True


def _latex_space(state: StateInline, silent: bool) -> bool:
    r"""LaTeX's spaces within a figure are text: ``12\,000`` would become 12,000."""
    found = _LATEX_SPACE.match(state.src, state.pos)
    return found is not None and _is_digit(state.src[max(0, state.pos - 1) : state.pos]) and _as_text(state, silent, found.end())


def _operator(state: StateInline, silent: bool) -> bool:
    """Signs of emphasis between two operands are text: 50*50*5 would become 50505."""
    run = _DELIMITER_RUN.match(state.src, state.pos, state.posMax)
    if run is None:
        return False
    before, after = state.src[max(0, run.start() - 1) : run.start()], state.src[run.end() : min(run.end() + 2, state.posMax)]
    return _is_operator(before, run[0], after) and _as_text(state, silent, run.end())


def _as_text(state: StateInline, silent: bool, end: int) -> bool:
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _is_operator(before: str, run: str, after: str) -> bool:
    """Whether `run` has operands on both sides: between letters and digits any run, beside brackets and signs ``*`` alone."""
    follows_word, precedes_word = _is_word(before), _is_word(after[:1])
    if run != "*":
        return follows_word and precedes_word
    is_before = follows_word or before in _CLOSES_OPERAND
    is_negative = (_is_digit(before) or before == ")") and _SIGN_AND_DIGIT.match(after) is not None
    return is_before and (precedes_word or after[:1] in _OPENS_OPERAND or is_negative)


def _is_word(char: str) -> bool:
    return bool(char) and unicodedata.category(char)[0] in "LMN"


def _is_digit(char: str) -> bool:
    return char.isascii() and char.isdecimal()
