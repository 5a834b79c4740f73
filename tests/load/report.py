"""The claims and figures of a run."""

from __future__ import annotations

import attrs


@attrs.frozen
class Claim:
    """An expected value and the actual one."""

    text: str
    expected: object
    actual: object

    @property
    def holds(self) -> bool:
        return bool(self.expected == self.actual)

    def __str__(self) -> str:
        if self.holds:
            return f"  holds   {self.text}"
        return f"  BROKEN  {self.text}: expected {self.expected!r}, but it was {self.actual!r}"


@attrs.frozen
class Figure:
    """A measured value."""

    text: str
    value: float
    unit: str

    def __str__(self) -> str:
        digits = 0 if self.value >= 100 or self.value == int(self.value) else 1 if self.value >= 10 else 2
        return f"  {self.value:>10,.{digits}f} {self.unit:<10} {self.text}"


@attrs.define
class Report:
    """One scenario's claims and figures, in their order."""

    lines: list[Claim | Figure] = attrs.field(factory=list[Claim | Figure])

    def claim(self, text: str, expected: object, actual: object) -> None:
        """Adds the claim that `actual` equals `expected`."""
        self.lines.append(Claim(text, expected, actual))

    def figure(self, text: str, value: float, unit: str) -> None:
        self.lines.append(Figure(text, value, unit))

    @property
    def claims(self) -> int:
        """Number of claims."""
        return sum(isinstance(line, Claim) for line in self.lines)

    @property
    def broken(self) -> list[str]:
        """The broken claims as text."""
        return [str(line).strip() for line in self.lines if isinstance(line, Claim) and not line.holds]

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))
