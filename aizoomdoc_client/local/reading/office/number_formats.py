"""Numbers of a sheet as their format shows them, but for the gaps between thousands.

What a format says that is not understood here, such as fractions, powers of ten and conditions, gives the number as it is.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from functools import lru_cache

import attrs

_PRECISION = 15  # digits that a number of Excel has
_LONGEST_FORMAT = 255  # characters
_CONTEXT = decimal.Context(prec=64, rounding=decimal.ROUND_HALF_UP, traps=[])
_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"
    | \\(?P<escaped>.)
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+)\]
    | [_*].
    | (?P<general>general)
    | (?P<place>[0#?])
    | (?P<sign>[.,%;])
    | (?P<shown>[-+()\s$:'^&={}<>~!]|[^\x00-\x7f])
    """,
    re.VERBOSE | re.IGNORECASE,
)


@attrs.frozen
class _Section:
    """The part of a format for numbers of one sign.

    `whole` and `decimals` are its places, texts among them; `power` is that of ten by which the number is multiplied.
    """

    whole: tuple[str, ...]
    decimals: tuple[str, ...]
    power: int
    is_general: bool = False

    @property
    def places(self) -> int:
        """How many digits follow the decimal point."""
        return sum(map(_is_place, self.decimals))


@attrs.define
class _Parts:
    """A section as it is read."""

    whole: list[str] = attrs.field(factory=list[str])
    decimals: list[str] = attrs.field(factory=list[str])
    power: int = 0
    commas: int = 0  # since the last place: they divide by a thousand each, unless another place follows
    has_point: bool = False
    is_general: bool = False

    def add(self, piece: str) -> None:
        """A place, a text or a sign that follows."""
        (self.decimals if self.has_point else self.whole).append(piece)

    def done(self) -> _Section:
        """The section as it was read."""
        if self.has_point and not any(map(_is_place, self.whole)):
            self.whole.append("#")
        return _Section(tuple(self.whole), tuple(self.decimals), self.power - 3 * self.commas, self.is_general)


def shown_number(value: float, shape: str) -> str:
    """The number as the format shows it; as it is where the format is not understood, or shows nothing at all."""
    sections = _sections(shape)
    number = _exact(value)
    if number is None or not sections:
        return _plain(value)
    has_own_sign = value < 0 and len(sections) > 1
    section = sections[1 if has_own_sign else 2 if value == 0 and len(sections) > 2 else 0]
    text = " ".join(_shown(abs(number), section, _plain(abs(value))).split())
    is_negative = value < 0 and not has_own_sign and any(char in "123456789" for char in text)
    return f"-{text}" if text and is_negative else text or _plain(value)


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.{_PRECISION}g}"


def _exact(value: float) -> decimal.Decimal | None:
    """The number with the digits that Excel has, so that 2.675 is no 2.67499999; None for one that is infinite or none."""
    number = decimal.Decimal(_plain(value))
    return number if number.is_finite() else None


def _shown(number: decimal.Decimal, section: _Section, plain: str) -> str:
    if section.is_general:
        return "".join(plain if piece == "General" else _text(piece) for piece in section.whole)
    scaled = _CONTEXT.scaleb(number, section.power)
    rounded = _CONTEXT.quantize(scaled, decimal.Decimal(1).scaleb(-section.places))
    if not rounded.is_finite():
        return plain  # more digits than a number has
    whole, _, decimals = f"{rounded:f}".partition(".")
    is_hidden = not rounded and "0" not in (*section.whole, *section.decimals)
    start = _filled_from_right(section.whole, "" if is_hidden else whole)
    end = _filled_from_left(section.decimals, "" if is_hidden else decimals)
    return f"{start}{end}"


def _filled_from_right(pieces: tuple[str, ...], digits: str) -> str:
    """The pieces with the digits in their places: the first place takes all that are left."""
    shown: list[str] = []
    left = sum(map(_is_place, pieces))
    rest = digits if left else ""
    for piece in reversed(pieces):
        if not _is_place(piece):
            shown.append(_text(piece))
            continue
        left -= 1
        taken, rest = (rest, "") if not left else (rest[-1:], rest[:-1])
        shown.append(taken or ("0" if piece == "0" else ""))
    return "".join(reversed(shown))


def _filled_from_left(pieces: tuple[str, ...], digits: str) -> str:
    """The pieces with the decimals in their places, without zeros at the end that the format does not ask for."""
    asked = max((number for number, piece in enumerate(filter(_is_place, pieces), start=1) if piece == "0"), default=0)
    kept = digits[:asked] + digits[asked:].rstrip("0")
    rest = iter(kept)
    text = "".join(next(rest, "") if _is_place(piece) else _text(piece) for piece in pieces)
    return f".{text}" if kept else text


def _is_place(piece: str) -> bool:
    return piece in {"0", "#", "?"}


def _text(piece: str) -> str:
    return piece[1:]  # after the mark that it is one


@lru_cache(maxsize=256)
def _sections(shape: str) -> Sequence[_Section]:
    """The sections of the format; none where something in it is not understood, or where it has nothing to say of numbers."""
    if len(shape) > _LONGEST_FORMAT or shape.lower() == "general":
        return ()
    sections, start = [_Parts()], 0
    while start < len(shape):
        token = _TOKEN.match(shape, start)
        if token is None:
            return () if len(sections) < 4 else tuple(section.done() for section in sections[:3])  # the fourth is for texts
        start = token.end()
        if token["sign"] == ";":
            sections.append(_Parts())
        elif not _add(sections[-1], token):
            return ()
    return tuple(section.done() for section in sections[:3])


def _add(parts: _Parts, token: re.Match[str]) -> bool:
    """Adds what the token says to the section; False where it cannot be said there."""
    if parts.is_general and (token["place"] or token["sign"] or token["general"]):
        return False
    if place := token["place"]:
        parts.commas = 0
        parts.add(place)
    elif sign := token["sign"]:
        return _add_sign(parts, sign)
    elif token["general"]:
        if any(map(_is_place, parts.whole)) or parts.power or parts.has_point:
            return False
        parts.is_general = True
        parts.add("General")
    elif text := token["quoted"] or token["escaped"] or token["currency"] or token["shown"]:
        parts.add(f"'{text}")
    return True


def _add_sign(parts: _Parts, sign: str) -> bool:
    if sign == ",":
        parts.commas += 1
    elif sign == "%":
        parts.power += 2
        parts.add("'%")
    elif parts.has_point:
        return False
    else:
        parts.power -= 3 * parts.commas
        parts.commas, parts.has_point = 0, True
    return True
