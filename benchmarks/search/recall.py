"""How many questions find an answer at the first place and among four, by kind and language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from .pages_bm25 import Found
from .questions import KINDS, Question


@attrs.frozen
class Outcome:
    """One question and what a search found for it."""

    question: Question
    found: Sequence[Found]

    @property
    def place(self) -> int | None:
        """The place of the first answer among what was found, from 1; None where there is none."""
        answers = (number for number, each in enumerate(self.found, start=1) if self.question.answered_by(*each))
        return next(answers, None)

    def within(self, places: int) -> bool:
        """Whether an answer is among the first `places`."""
        return self.place is not None and self.place <= places


def table(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Lines of a Markdown table: a row a kind, and for each search its recall at 1 and at 4 in per cent.

    The first search is compared with the others: the last columns are its lead over each of them, in points.
    """
    names = list(outcomes)
    heads = ["Questions", "Number", *(f"{name} @{places}" for name in names for places in (1, 4))]
    heads += [f"lead over {name} @{places}" for name in names[1:] for places in (1, 4)]
    lines = [_row(heads), _row(["---", *("---:" for _ in heads[1:])])]
    for title, chosen in _groups():
        groups = [[each for each in outcomes[name] if chosen(each.question)] for name in names]
        if groups[0]:
            lines.append(_row([title, str(len(groups[0])), *_figures(groups)]))
    return lines


def misses(outcomes: Iterable[Outcome]) -> list[str]:
    """The questions without an answer at the first place, with where it stands and what was found instead."""
    lines = list[str]()
    for outcome in outcomes:
        if outcome.place != 1:
            wanted = "; ".join(f"{place.document} {list(place.pages) or 'any page'}" for place in outcome.question.places)
            lines.append(f"[{outcome.question.kind}] {outcome.question.text}")
            lines.append(f"    found at {outcome.place or '-'}; expected {wanted} {outcome.question.phrase!r}")
            lines += [f"    {number}. {each.document} p. {each.page}" for number, each in enumerate(outcome.found, start=1)]
    return lines


def _groups() -> list[tuple[str, Callable[[Question], bool]]]:
    def of_kind(kind: str) -> Callable[[Question], bool]:
        return lambda question: question.kind == kind

    def of_language(language: str) -> Callable[[Question], bool]:
        return lambda question: question.language == language

    kinds = [(kind, of_kind(kind)) for kind in KINDS]
    return [*kinds, ("in Russian", of_language("ru")), ("in English", of_language("en")), ("all", lambda _: True)]


def _figures(groups: Sequence[Sequence[Outcome]]) -> list[str]:
    shares = [[100 * sum(each.within(places) for each in group) / len(group) for places in (1, 4)] for group in groups]
    leads = [own - other for others in shares[1:] for own, other in zip(shares[0], others, strict=True)]
    return [f"{share:.0f}" for pair in shares for share in pair] + [f"{lead:+.0f}" for lead in leads]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
