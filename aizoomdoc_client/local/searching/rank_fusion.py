"""Several rankings made into one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_OFFSET = 60
"""The larger, the less the first places differ: the usual constant (Cormack, Clarke, Büttcher, SIGIR 2009)."""


def fused(rankings: Iterable[Sequence[T]], identity: Callable[[T], Hashable], limit: int) -> list[T]:
    """At most `limit` items by reciprocal rank fusion: what stands high in several rankings comes first.

    Of equals that of the earlier ranking comes first; of items with the same identity the first is taken.
    """
    scores: dict[Hashable, float] = {}
    items: dict[Hashable, T] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            key = identity(item)
            items.setdefault(key, item)
            scores[key] = scores.get(key, 0.0) + 1 / (_OFFSET + rank)
    return [items[key] for key in sorted(scores, key=lambda key: -scores[key])[:limit]]


def concatenated(rankings: Iterable[Sequence[T]], identity: Callable[[T], Hashable], limit: int) -> list[T]:
    """At most `limit` items: those of the first ranking in their order, then those that only the next ones have.

    Of items with the same identity the first is taken.
    """
    items: dict[Hashable, T] = {}
    for ranking in rankings:
        for item in ranking:
            items.setdefault(identity(item), item)
    return list(items.values())[:limit]
