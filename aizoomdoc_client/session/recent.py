"""A bounded memory: keeps what was used last, and drops what was not used for longest (LRU)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")
Owner = Callable[[], Hashable]
"""Returns the user whose entries are meant, at each use: a client's user changes by another login."""


def no_owner() -> None:
    """The `Owner` of a memory that is not shared."""


@attrs.define(eq=False)
class Recent(Generic[T]):
    """The most recently used values by their keys, at most `most`; may be used from several threads.

    Owners share the bound, and none sees the others' values.
    """

    _most: int
    _owner: Owner = no_owner
    _values: OrderedDict[Hashable, T] = attrs.field(factory=OrderedDict[Hashable, T])
    # Reentrant: the garbage collector may run at any step, and with it what uses this memory.
    _lock: threading.RLock = attrs.field(factory=threading.RLock)

    def __len__(self) -> int:
        return len(self._values)

    def for_owner(self, owner: Owner) -> Recent[T]:
        """The part of this memory that belongs to `owner`."""
        return attrs.evolve(self, owner=owner)

    def get(self, key: Hashable) -> T | None:
        """The value of `key`, which is now the most recently used one; None if there is none."""
        owned = (self._owner(), key)
        with self._lock:
            if owned not in self._values:
                return None
            self._values.move_to_end(owned)
            return self._values[owned]

    def put(self, key: Hashable, value: T) -> None:
        """Keeps `value`, and drops the least recently used one when there are too many."""
        owned = (self._owner(), key)
        with self._lock:
            self._values[owned] = value
            self._values.move_to_end(owned)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
