"""The client's methods: login."""

from __future__ import annotations

from ..assembled_client import AssembledClient
from ..credentials import HiddenFrames, Secret
from ..hooks.scope import listening
from ..models import Session
from ..tracebacks import ending_at_user


@ending_at_user
class LoginMethods(AssembledClient):
    """Logs in and out."""

    async def authenticate(self, static_token: str | None = None) -> Session:
        """A new session for the static token; calls log in by themselves, so this is for checking a token, or changing it.

        Raises `AuthenticationError` when the server does not know the token, `PermissionDeniedError` when the account is not
        active.
        """
        with HiddenFrames():
            secret = Secret.of(static_token)
            with listening(self._parts.notifier):
                return await self._parts.auth.authenticate(secret)

    @property
    def is_authenticated(self) -> bool:
        """Whether there is an access token that has not expired; the server may refuse it all the same."""
        return self._parts.auth.is_authenticated

    async def has_newer_login(self) -> bool:
        """Whether the token store has another access token than this client: another process has logged in meanwhile.

        Sends nothing. For programs that wait for a new login after an `AuthenticationError`: the next call then uses that token.
        """
        return await self._parts.auth.has_newer_login()

    async def logout(self) -> None:
        """Ends the session and forgets all saved tokens, a saved login included; some servers keep accepting the tokens.

        Raises `APIError` if the server's logout fails; the tokens are forgotten then, too.
        """
        await self._parts.logout()

    async def clear_tokens(self) -> None:
        """Forgets access and refresh token, here and in the store; the next call exchanges the static token again."""
        await self._parts.auth.clear()
