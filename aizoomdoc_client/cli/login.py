"""A login: finds server and token, checks them, and saves them."""

from __future__ import annotations

import os
import sys
import time

import click

from ..addresses import checked_server_url
from ..client import AsyncAIZoomDocClient
from ..config import RetryPolicy, config_folder, load_profile, profile_path, setting_of_environment, token_of_environment
from ..exceptions import AIZoomDocError, AuthenticationError
from ..models import Session
from ..protocol.token_life import seconds_of_life
from ..storage import default_token_store
from ..storage.base import TokenKey, TokenSet
from ..storage.memory import MemoryTokenStore
from . import output
from .errors import CommandError, ExitCode
from .framework import CommonOptions, run
from .input import first_line_of_stdin
from .language import _
from .state_files import save_profile

LOCAL_SERVER = "http://localhost:8000"
"""The default address of ``aizoomdoc serve``."""


def profile_name(common: CommonOptions) -> str:
    """The profile in force."""
    return str(common.profile or setting_of_environment("profile") or "default")


def find_server(common: CommonOptions, *, allow_insecure: bool) -> str:
    """The server to log in to: named, saved, typed in, or the one that runs on this machine."""
    saved = load_profile(profile_path(), profile_name(common))
    named = common.server or setting_of_environment("server_url") or saved.get("server_url") or _prompt_for_server()
    if named:
        allowed = setting_of_environment("allow_insecure")
        if allowed is None:
            allowed = saved.get("allow_insecure", False)
        return checked_server_url(named, allow_insecure=allow_insecure or allowed)
    if run(_is_server(LOCAL_SERVER)):
        output.line_error(_("No server named; one answers here: {url}").format(url=LOCAL_SERVER))
        return LOCAL_SERVER
    hint = _("Name it: aizoomdoc login --server https://…, or run one here: aizoomdoc serve")
    raise CommandError("no_server_to_log_in_to", ExitCode.CONFIGURATION, hint=hint, url=LOCAL_SERVER)


def _prompt_for_server() -> str:
    if not sys.stdin.isatty():
        return ""
    question = _("The server's address (Enter: a server on this machine)")
    return str(click.prompt(question, default="", show_default=False, err=True)).strip()


async def _is_server(url: str) -> bool:
    client = AsyncAIZoomDocClient(url, timeout=3, retry=RetryPolicy(attempts=1), token_store=MemoryTokenStore(), proxy="none")
    async with client:
        try:
            await client.health()
        except AIZoomDocError:
            return False
    return True


def find_token(given: str | None) -> str:
    """The static token: given, from the environment, from standard input, or typed in without echo."""
    if given not in {None, "-"}:
        output.note(_("The token stays in the shell's history; without --token it is typed unseen"))
        return str(given)
    if given is None and (known := token_of_environment()):
        return known
    if given is None and sys.stdin.isatty():
        return str(click.prompt(_("Token"), hide_input=True, err=True)).strip()
    token = first_line_of_stdin()
    if not token:
        raise CommandError("no_token_given", ExitCode.USAGE, hint="aizoomdoc login --token …")
    return token


def log_in(common: CommonOptions, server: str, token: str, *, allow_insecure: bool) -> Session:
    """Logs in with the token, and saves login and server for later commands.

    Raises `APIError` where the server refuses the token, `CommandError` when the login cannot be saved.
    """
    try:
        session: Session = run(_exchange(common, server, token, allow_insecure=allow_insecure or None))
    except AuthenticationError as error:
        error.add_note(_("The administrator of {server} gives out tokens").format(server=server))
        raise
    profile = profile_name(common)
    _save(TokenKey.of_profile(server, profile), session, token)
    save_profile(profile, server_url=server, **({"allow_insecure": True} if allow_insecure else {}))
    return session


async def _exchange(common: CommonOptions, server: str, token: str, *, allow_insecure: bool | None) -> Session:
    client = AsyncAIZoomDocClient(
        server, token, token_store=MemoryTokenStore(), allow_insecure=allow_insecure, profile=common.profile, **common.network
    )
    async with client:
        return await client.authenticate()


def _save(key: TokenKey, session: Session, token: str) -> None:
    seconds = seconds_of_life(session.access_token, session.expires_in, time.time())
    tokens = TokenSet(
        access_token=session.access_token,
        expires_at=time.time() + seconds,
        expires_in=seconds,
        refresh_token=session.refresh_token,
        static_token=token,
    )
    default_token_store().save(key, tokens)
    saved = default_token_store().load(key)  # by a new store, which reads what was written
    if saved is None or saved.static_token != token:
        hint = _("Make the folder writable, name another in AIZOOMDOC_CONFIG_DIR, or set AIZOOMDOC_TOKEN")
        raise CommandError("login_not_saved", ExitCode.CONFIGURATION, hint=hint, folder=config_folder())


def forget_login(server: str, profile: str) -> None:
    """Deletes the saved tokens; the server's address stays in the profile."""
    default_token_store().delete(TokenKey.of_profile(server, profile))
    if os.environ.get("AIZOOMDOC_TOKEN"):
        output.warning(_("AIZOOMDOC_TOKEN is set and still in force"))
