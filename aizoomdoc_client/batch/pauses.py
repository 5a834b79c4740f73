"""Texts about pauses of a job, and the waits until it tries again."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..addresses import checked_server_url
from ..catalog import LocalizedText, text
from ..client import AsyncAIZoomDocClient
from ..config import ClientConfig, load_profile, profile_path
from ..exceptions import APIConnectionError, AuthenticationError, ConfigurationError, RateLimitError, ServerError
from .faults import failure
from .pacing import usable_retry_after
from .steps import Failure

__all__ = ["Pauses"]

T = TypeVar("T")
_FIRST_WAIT = 2.0  # seconds before the next attempt; doubled up to the longest
_LONGEST_WAIT = 60.0
_LOOK_SECONDS = 2.0
"""Seconds between checks for a new login, in a pause that needs one."""
_LOGIN_KINDS = {"AuthenticationError", "TokenExpiredError"}


class Pauses:
    """Makes the texts of pauses, and waits; a new saved login ends a wait for one."""

    def __init__(self, client: AsyncAIZoomDocClient) -> None:
        self._client = client
        self._has_logged_in = False

    async def once_reachable(
        self, call: Callable[[], Awaitable[T]], *, paused: Callable[[LocalizedText | None], None], stopping: asyncio.Event
    ) -> T | None:
        """The result of `call`; while the server is unreachable, or the login revoked, calls `paused`, waits and tries again.

        None where `stopping` is set meanwhile. A login that was never accepted is an error, because waiting may be in vain.
        """
        seconds, is_paused = _FIRST_WAIT, False
        while True:
            try:
                result = await call()
            except (APIConnectionError, AuthenticationError, RateLimitError, ServerError) as error:
                if isinstance(error, AuthenticationError) and not self._has_logged_in:
                    raise
                cause, is_paused = failure(error, None), True
            else:
                self._has_logged_in = True
                if is_paused:
                    paused(None)
                return result
            paused(self.told(cause))
            await self.wait(max(seconds, usable_retry_after(cause.retry_after)), cause, stopping)
            if stopping.is_set():
                return None
            seconds = min(_LONGEST_WAIT, seconds * 2)

    def told(self, failure: Failure) -> LocalizedText:
        """A text about the failure, and about what the user has to do, if anything."""
        if failure.kind not in _LOGIN_KINDS:
            return text("job_tries_again", reason=failure.problem)
        config = self._client.config
        if config.static_token is not None:  # no login replaces a token that was given
            return text("job_needs_token", reason=failure.problem)
        return text("job_needs_login", reason=failure.problem, command=shlex.join(login_command(config)))

    async def wait(self, seconds: float, failure: Failure, stopping: asyncio.Event) -> None:
        """Waits for `seconds`; ends early when `stopping` is set, and after a new login if the failure needs one."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        needs_login = failure.kind in _LOGIN_KINDS
        while not stopping.is_set() and (left := end - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_SECONDS) if needs_login else left):
                    await stopping.wait()
            if needs_login and await self._client.has_newer_login():
                return


def login_command(config: ClientConfig) -> list[str]:
    """The command that logs in to the client's server and profile, with options where these are not the defaults. Blocks."""
    command = ["aizoomdoc", "login"]
    if config.profile != "default":
        command += ["--profile", config.profile]
    try:
        saved = load_profile(profile_path(), config.profile)
        insecure = bool(saved.get("allow_insecure"))
        server = checked_server_url(saved.get("server_url", ""), allow_insecure=insecure)
    except ConfigurationError:
        insecure, server = False, None
    if server != config.server_url:
        command += ["--server", config.server_url]
    if config.allow_insecure and not insecure:
        command.append("--allow-insecure")
    return command
