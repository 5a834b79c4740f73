"""Downloads: bounded, safely named, never over a file that is there."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urljoin, urlsplit

import anyio.to_thread

from ..addresses import checked_server_url, is_local
from ..catalog import system_reason, text
from ..credentials import Secret
from ..exceptions import APIError, ConfigurationError, NotFoundError, PayloadTooLargeError
from ..filesystem.names import clean_filename, numbered_filename
from ..filesystem.replacing import replace_file
from ..models import FileInfo
from ..protocol import requests
from ..protocol.requests import Request
from ..transport.base import Download, HTTPTransport
from .auth import Authenticator
from .download_watch import watched

MOST_REDIRECTS = 3
"""How many redirects are followed to a file that is fetched for the model; the token goes to the server alone."""

_UNQUOTED = "!$%&'()*+,/:;=?@[]"


class Downloads:
    """Fetches stored files of one server."""

    def __init__(
        self, http: HTTPTransport, auth: Authenticator, server_url: str, timeout: float | None, *, allow_insecure: bool = False
    ) -> None:
        self._http = http
        self._auth = auth
        self._server_url = server_url
        self._timeout = timeout
        self._allow_insecure = allow_insecure

    async def save(self, file: FileInfo, destination: str | os.PathLike[str], *, max_bytes: int) -> Path:
        """The path under which `file` was saved: `destination`, or in it if it is a folder."""
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:  # pyright: ignore[reportUnnecessaryIsInstance] - callers without type checkers
            raise ConfigurationError(text("not_a_count", name="max_bytes", least=1, value=max_bytes))
        request = requests.get_file(file.id)
        if not file.external_url:
            raise NotFoundError(text("download_without_place", filename=file.filename), **request.context)
        url = _absolute(file.external_url, self._server_url)
        target = _target(file, destination)
        opening = self._http.download(url, token=await self._token_for(url), timeout=self._timeout)
        async with watched(url, opening) as download:
            return await self._write(download, target, max_bytes, request)

    async def fetch(self, file: FileInfo, max_bytes: int) -> bytes:
        """The content of a stored file that is meant for the server's model; at most `MOST_REDIRECTS` redirects are followed.

        Raises `NotFoundError` where the server tells no place to fetch it from, `PayloadTooLargeError` beyond `max_bytes`.
        """
        request = requests.get_file(file.id)
        if not file.external_url:
            raise NotFoundError(text("download_without_place", filename=file.filename), **request.context)
        if file.size_bytes > max_bytes:
            raise PayloadTooLargeError(text("download_too_large", limit=max_bytes), **request.context)
        url = _absolute(file.external_url, self._server_url)
        for _ in range(MOST_REDIRECTS + 1):
            self._check_reach(url)
            opening = self._http.download(url, token=await self._token_for(url), timeout=self._timeout, redirects=True)
            async with watched(url, opening) as download:
                if download.location is None:
                    return await _content(download, max_bytes, request)
                url = _absolute(download.location, url)
        raise APIError(text("redirect_refused"), **request.context)

    def _check_reach(self, url: str) -> None:
        """Raises `ConfigurationError` for an address of this machine or its link, unless the server itself is on this machine.

        What is fetched is given to the server: it must not name a place that only this machine can read.
        """
        here, there = urlsplit(self._server_url), urlsplit(url)
        if is_local(there.hostname or "") and not is_local(here.hostname or ""):
            raise ConfigurationError(text("download_place_malformed"))

    async def _token_for(self, url: str) -> Secret | None:
        """The access token for the server itself; none for another host, which must also be spoken to by https."""
        here, there = urlsplit(self._server_url), urlsplit(url)
        if (here.scheme, here.netloc) == (there.scheme, there.netloc):
            return await self._auth.token()
        checked_server_url(f"{there.scheme}://{there.netloc}", allow_insecure=self._allow_insecure)
        return None

    async def _write(self, download: Download, target: Path, max_bytes: int, request: Request[Any]) -> Path:
        partial, out = _create_partial(target.parent)
        try:
            with _mapped_os_errors(target):
                with out:
                    await _copy(download, out, max_bytes, request)
                return _publish(partial, target)
        finally:
            _discard(partial)


def _absolute(url: str, server_url: str) -> str:
    """`url` as seen from the server, with what is escaped left as it is: a signature covers every byte."""
    try:
        parts = urlsplit(urljoin(server_url + "/", url))
    except ValueError:
        raise ConfigurationError(text("download_place_malformed")) from None
    return parts._replace(path=quote(parts.path, safe=_UNQUOTED), query=quote(parts.query, safe=_UNQUOTED), fragment="").geturl()


async def _content(download: Download, max_bytes: int, request: Request[Any]) -> bytes:
    content = bytearray()
    async for chunk in download.chunks():
        content += chunk
        if len(content) > max_bytes:
            raise PayloadTooLargeError(text("download_too_large", limit=max_bytes), **request.context)
    return bytes(content)


async def _copy(download: Download, out: BinaryIO, max_bytes: int, request: Request[Any]) -> None:
    size = 0
    async for chunk in download.chunks():
        size += len(chunk)
        if size > max_bytes:
            raise PayloadTooLargeError(text("download_too_large", limit=max_bytes), **request.context)
        await anyio.to_thread.run_sync(out.write, chunk)


def _target(file: FileInfo, destination: str | os.PathLike[str]) -> Path:
    """Where the file is to be saved; what the system refuses of it is told before the download, as a name that is too long."""
    name = clean_filename(file.filename, portable=True) or "file"
    try:
        given = Path(os.fsdecode(destination))
        os.fsencode(given)
        with _mapped_os_errors(given):
            target = given / name if given.is_dir() else given
            has_folder = target.parent.is_dir() and "\0" not in os.fspath(target)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(text("no_folder", folder=ascii(destination)[:200])) from error
    if not has_folder:
        raise ConfigurationError(text("no_folder", folder=target.parent))
    with _mapped_os_errors(target), contextlib.suppress(FileNotFoundError):
        target.lstat()
    return target


@contextlib.contextmanager
def _mapped_os_errors(target: Path) -> Generator[None]:
    """Raises a `ConfigurationError` with the path and the reason where the system refuses; transports map errors of theirs."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(text("file_not_saved", path=target, reason=system_reason(error))) from error


def _create_partial(folder: Path) -> tuple[Path, BinaryIO]:
    partial = folder / f".aizoomdoc-{secrets.token_hex(8)}.part"
    try:
        return partial, partial.open("xb")
    except OSError as error:
        raise ConfigurationError(text("folder_not_writable", folder=folder, reason=system_reason(error))) from error


def _discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _publish(partial: Path, target: Path) -> Path:
    """Gives a complete file its name, with a number where that is taken; raises `OSError`, and leaves no other file then."""
    for number in range(1, 10_000):
        free = target if number == 1 else target.with_name(numbered_filename(target.name, number))
        try:
            free.open("xb").close()
        except FileExistsError:
            continue
        try:
            replace_file(partial, free)
        except BaseException:
            _discard(free)
            raise
        return free
    raise ConfigurationError(text("names_taken", name=target.name))
