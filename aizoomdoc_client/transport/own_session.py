"""A user's own session of aiohttp, whose way to the network a client takes.

Its connector, its proxy and its traces are used, through sessions of the client's own. What it would add to requests or decide
about responses is not: aiohttp would send a GET again by itself, which may start another run of the model, a total timeout would
cut off long answers, `raise_for_status` would hide what the server says, and cookies of one user would go with another's request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..catalog import text
from ..exceptions import ConfigurationError
from .lifetimes import PerLoop

if TYPE_CHECKING:
    import aiohttp

SessionSource: TypeAlias = "aiohttp.ClientSession | Callable[[], aiohttp.ClientSession]"
"""A session, which serves the event loop that it was made in, or a function that makes one for each event loop."""


class OwnSession:
    """The session of each event loop: one that was given stays its owner's, those that a function made are closed by `finish`.

    Raises `ConfigurationError` for what is neither, or a session that is closed.
    """

    def __init__(self, source: SessionSource) -> None:
        self.source: SessionSource = source
        self._made: PerLoop[aiohttp.ClientSession] | None = None
        if callable(source):
            self._made = PerLoop(source, _close)
        else:
            _checked(source)

    def current(self) -> aiohttp.ClientSession:
        """The running loop's session; raises `ConfigurationError` where there is none that can be used."""
        session = _checked(self.source if self._made is None else self._made.current())
        own: Any = session
        if own._loop is not asyncio.get_running_loop():  # noqa: SLF001 - the public property is deprecated
            raise ConfigurationError(text("session_of_another_loop"))
        return session

    async def finish(self) -> None:
        """Closes the running loop's session if it was made here."""
        if self._made is not None:
            await self._made.finish()


def _checked(session: Any) -> aiohttp.ClientSession:
    import aiohttp

    if not isinstance(session, aiohttp.ClientSession):
        raise ConfigurationError(text("not_a_session", type=type(session).__name__))
    if session.closed:
        raise ConfigurationError(text("session_closed"))
    return session


async def _close(session: Any) -> None:
    import aiohttp

    if isinstance(session, aiohttp.ClientSession):  # else `_checked` has refused it
        await session.close()


def network_options(session: aiohttp.ClientSession) -> dict[str, Any]:
    """The connector, the proxy and the traces of `session`, as arguments of another session."""
    own: Any = session
    return {
        "connector": session.connector,
        "connector_owner": False,
        "proxy": own._default_proxy,  # noqa: SLF001 - it has no public name
        "trace_configs": list(session.trace_configs),
    }


def proxy_options(session: aiohttp.ClientSession) -> dict[str, Any]:
    """The proxy of `session`, with its login, as arguments of a request."""
    own: Any = session
    return {"proxy": own._default_proxy, "proxy_auth": own._default_proxy_auth}  # noqa: SLF001 - as above


def copy_proxy_login(session: aiohttp.ClientSession, other: aiohttp.ClientSession) -> None:
    """Gives `other` the login of the proxy of `session`; the argument for it is deprecated, and a warning would be the user's."""
    ours: Any = other
    ours._default_proxy_auth = getattr(session, "_default_proxy_auth", None)  # noqa: SLF001 - as above


def takes_proxy_of_environment(session: aiohttp.ClientSession) -> bool:
    """Whether `session` uses the proxies that the environment names."""
    own: Any = session
    return session.trust_env and own._default_proxy is None  # noqa: SLF001 - as above
