"""What stands for an argument that was not given, where None has a meaning of its own."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["UNSET", "Unset"]


class Unset(enum.Enum):
    """The type of `UNSET`; `value is UNSET` narrows a type for type checkers."""

    UNSET = enum.auto()

    def __repr__(self) -> str:
        return self.name


UNSET: Final = Unset.UNSET
"""Not given: the default of arguments for which None says something else.

``timeout=None`` is no limit, ``selected_role_prompt_id=None`` no role. Passing UNSET is the same as leaving the argument out.
"""
