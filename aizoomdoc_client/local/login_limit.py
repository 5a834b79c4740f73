"""Limits wrong static tokens from one address, so that a token cannot be guessed."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager

from .client_networks import network_of
from .request_errors import RequestError

_MOST_ADDRESSES = 1000


class LoginLimit:
    """A token bucket for each address: a wrong static token takes one permit, `per_minute` permits are added in a minute.

    Without a permit no static token is checked: if a right one were accepted, guessing would not become slower. Renewals by a
    refresh token are not limited. The last thousand addresses with a wrong token are remembered.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The permits left, and the time of that count."""

    @contextmanager
    def attempt(self, address: str | None) -> Generator[None]:
        """One login from that address inside of the block, which takes a permit where it ends with a 401.

        Attempts must not overlap, as in the database's only thread: overlapping ones would all pass. Raises `RequestError` 429
        with ``Retry-After`` where no permit is left.
        """
        network = network_of(address or "")
        left = self._left(network)
        if left < 1:
            seconds = math.ceil((1 - left) / self._per_second)
            raise RequestError(429, "Too many wrong tokens: try again later", headers={"Retry-After": str(seconds)})
        try:
            yield
        except RequestError as error:
            if error.status == 401:
                self._set(network, left - 1)
            raise

    def _left(self, network: str) -> float:
        left, then = self._buckets.get(network, (self._capacity, 0.0))
        return min(self._capacity, left + (self._clock() - then) * self._per_second)

    def _set(self, network: str, left: float) -> None:
        self._buckets[network] = left, self._clock()
        self._buckets.move_to_end(network)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
