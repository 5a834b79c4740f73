"""Numbers of a sheet as their format code shows them, without separators of thousands.

``0.00%`` shows 0.5 as ``50.00%``. With a code that has fractions, powers of ten or conditions, a number is shown as it is stored.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from functools import lru_cache

import attrs

_PRECISION = 15  # significant digits that Excel keeps of a number
_LONGEST_FORMAT = 255  # characters, as Excel allows
_CONTEXT = decimal.Context(prec=64, rounding=decimal.ROUND_HALF_UP, traps=[])
# A quoted text, an escaped character, a currency as [$₽-419], a colour, _x for a gap and *x for a filling, then signs.
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
    """The part of a format code for numbers of one sign.

    `whole` and `decimals` are what it has before and after the decimal point: places of digits (``0``, ``#``, ``?``) and texts,
    each text after an apostrophe. The number is multiplied by ten to the `power`.
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
class _SectionBuilder:
    """A section of which the tokens up to here are read."""

    whole: list[str] = attrs.field(factory=list[str])
    decimals: list[str] = attrs.field(factory=list[str])
    power: int = 0
    commas: int = 0  # since the last place; each divides by a thousand, unless another place follows
    has_point: bool = False
    is_general: bool = False

    def add(self, piece: str) -> None:
        """Appends a place or a text."""
        (self.decimals if self.has_point else self.whole).append(piece)

    def build(self) -> _Section:
        """The complete section."""
        if self.has_point and not any(map(_is_place, self.whole)):
            self.whole.append("#")
        return _Section(tuple(self.whole), tuple(self.decimals), self.power - 3 * self.commas, self.is_general)


def shown_number(value: float, format_code: str) -> str:
    """The number as the format code shows it; as it is stored where the code is not supported, or shows nothing at all."""
    sections = _parse_sections(format_code)
    number = _decimal_of(value)
    if number is None or not sections:
        return _plain(value)
    has_own_sign = value < 0 and len(sections) > 1
    section = sections[1 if has_own_sign else 2 if value == 0 and len(sections) > 2 else 0]
    text = " ".join(_format(abs(number), section, _plain(abs(value))).split())
    is_negative = value < 0 and not has_own_sign and any(char in "123456789" for char in text)
    return f"-{text}" if text and is_negative else text or _plain(value)


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.{_PRECISION}g}"


def _decimal_of(value: float) -> decimal.Decimal | None:
    """The number with the digits that Excel keeps, so that 2.675 is not 2.67499999; None for infinity and NaN."""
    number = decimal.Decimal(_plain(value))
    return number if number.is_finite() else None


def _format(number: decimal.Decimal, section: _Section, plain: str) -> str:
    if section.is_general:
        return "".join(plain if piece == "General" else _literal(piece) for piece in section.whole)
    scaled = _CONTEXT.scaleb(number, section.power)
    rounded = _CONTEXT.quantize(scaled, decimal.Decimal(1).scaleb(-section.places))
    if not rounded.is_finite():
        return plain  # it would have more digits than the decimal context
    whole, _, decimals = f"{rounded:f}".partition(".")
    is_hidden = not rounded and "0" not in (*section.whole, *section.decimals)
    start = _filled_from_right(section.whole, "" if is_hidden else whole)
    end = _filled_from_left(section.decimals, "" if is_hidden else decimals)
    return f"{start}{end}"


def _filled_from_right(pieces: tuple[str, ...], digits: str) -> str:
    """The pieces with the digits in their places, from the right; the leftmost place takes all remaining digits."""
    shown: list[str] = []
    places = sum(map(_is_place, pieces))
    rest = digits if places else ""
    for piece in reversed(pieces):
        if not _is_place(piece):
            shown.append(_literal(piece))
            continue
        places -= 1
        taken, rest = (rest, "") if not places else (rest[-1:], rest[:-1])
        shown.append(taken or ("0" if piece == "0" else ""))
    return "".join(reversed(shown))


def _filled_from_left(pieces: tuple[str, ...], digits: str) -> str:
    """The pieces with the decimals in their places, without zeros at the end that only a ``#`` or ``?`` stands for."""
    required = max((number for number, piece in enumerate(filter(_is_place, pieces), start=1) if piece == "0"), default=0)
    kept = digits[:required] + digits[required:].rstrip("0")
    rest = iter(kept)
    text = "".join(next(rest, "") if _is_place(piece) else _literal(piece) for piece in pieces)
    return f".{text}" if kept else text


def _is_place(piece: str) -> bool:
    return piece in {"0", "#", "?"}


def _literal(piece: str) -> str:
    return piece[1:]  # without the apostrophe that marks it as a text


@lru_cache(maxsize=256)
def _parse_sections(format_code: str) -> Sequence[_Section]:
    """The sections of the format code; none where part of it is not supported, or where it is ``General``."""
    if len(format_code) > _LONGEST_FORMAT or format_code.lower() == "general":
        return ()
    sections, start = [_SectionBuilder()], 0
    while start < len(format_code):
        token = _TOKEN.match(format_code, start)
        if token is None:
            # The fourth section formats texts, so whatever it has does not matter for numbers.
            return () if len(sections) < 4 else tuple(section.build() for section in sections[:3])
        start = token.end()
        if token["sign"] == ";":
            sections.append(_SectionBuilder())
        elif not _add_token(sections[-1], token):
            return ()
    return tuple(section.build() for section in sections[:3])


def _add_token(section: _SectionBuilder, token: re.Match[str]) -> bool:
    """Adds the token to the section; False where it is not supported there."""
    if section.is_general and (token["place"] or token["sign"] or token["general"]):
        return False
    if place := token["place"]:
        section.commas = 0
        section.add(place)
    elif sign := token["sign"]:
        return _add_sign(section, sign)
    elif token["general"]:
        if any(map(_is_place, section.whole)) or section.power or section.has_point:
            return False
        section.is_general = True
        section.add("General")
    elif text := token["quoted"] or token["escaped"] or token["currency"] or token["shown"]:
        section.add(f"'{text}")
    return True


def _add_sign(section: _SectionBuilder, sign: str) -> bool:
    if sign == ",":
        section.commas += 1
    elif sign == "%":
        section.power += 2
        section.add("'%")
    elif section.has_point:
        return False
    else:
        section.power -= 3 * section.commas
        section.commas, section.has_point = 0, True
    return True
