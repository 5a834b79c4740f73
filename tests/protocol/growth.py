"""How the cost of work grows with its size."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FACTOR = 16
"""How much larger the larger work is."""
LINEAR = 4 * FACTOR
"""At most this is still called linear; quadratic work would grow by the factor's square."""


def growth(work: Callable[[int], object], size: int) -> float:
    """The processor time of `work` at `FACTOR` times the size over that at `size`: the least of several runs each, in turns."""
    times: dict[int, list[float]] = {size: [], size * FACTOR: []}
    for _ in range(3):
        for amount, taken in times.items():
            gc.collect()
            began = time.process_time()
            work(amount)
            taken.append(time.process_time() - began)
    return min(times[size * FACTOR]) / min(times[size])
