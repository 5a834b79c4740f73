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
from ..setting_values import positive_count
from ..transport.base import Download, HTTPTransport
from .auth import Authenticator
from .download_watch import watch_download

MOST_REDIRECTS = 3
"""The most redirects that are followed to a file that is fetched for the model."""

_UNQUOTED = "!$%&'()*+,/:;=?@[]"
"""What stays as it is in a URL: RFC 3986's reserved characters, and ``%``, so that nothing is escaped twice."""


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
        """The path under which `file` was saved: `destination`, or in it if it is a folder.

        Raises `NotFoundError` where the server gives no URL, `PayloadTooLargeError` beyond `max_bytes`, and `ConfigurationError`
        for a `destination` that cannot be written.
        """
        positive_count("max_bytes", max_bytes)
        request = requests.get_file(file.id)
        url = self._url_of(file)
        target = _target(file, destination)
        opening = self._http.download(url, token=await self._token_for(url), timeout=self._timeout)
        async with watch_download(url, opening) as download:
            return await self._write(download, target, max_bytes, request)

    async def fetch(self, file: FileInfo, max_bytes: int) -> bytes:
        """The content of a stored file that is meant for the server's model; at most `MOST_REDIRECTS` redirects are followed.

        Raises `NotFoundError` where the server gives no URL, `PayloadTooLargeError` beyond `max_bytes`, and `ConfigurationError`
        for a URL that must not be fetched.
        """
        request = requests.get_file(file.id)
        url = self._url_of(file)
        _check_size(file.size_bytes, max_bytes, request)
        for _ in range(MOST_REDIRECTS + 1):
            self._check_not_local(url)
            opening = self._http.download(url, token=await self._token_for(url), timeout=self._timeout, redirects=True)
            async with watch_download(url, opening) as download:
                if download.location is None:
                    return await _content(download, max_bytes, request)
                url = _absolute(download.location, url)
        raise APIError(text("redirect_refused"), **request.context)

    def _url_of(self, file: FileInfo) -> str:
        """The absolute URL of a stored file; raises `NotFoundError` where the server gives none."""
        if not file.external_url:
            raise NotFoundError(text("download_without_place", filename=file.filename), **requests.get_file(file.id).context)
        return _absolute(file.external_url, self._server_url)

    def _check_not_local(self, url: str) -> None:
        """Raises `ConfigurationError` for an address of this machine or its link, unless the server itself is on this machine.

        The content is sent to the server, which could otherwise read by such a URL what only this machine can reach.
        """
        here, there = urlsplit(self._server_url), urlsplit(url)
        if is_local(there.hostname or "") and not is_local(here.hostname or ""):
            raise ConfigurationError(text("download_place_malformed"))

    async def _token_for(self, url: str) -> Secret | None:
        """The access token for a URL of the server itself; None for another host, whose URL must have the scheme https."""
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
    """`url`, which may be relative to the server, as an absolute one; escapes stay as they are: a signature covers every byte."""
    try:
        parts = urlsplit(urljoin(server_url + "/", url))
    except ValueError:
        raise ConfigurationError(text("download_place_malformed")) from None
    return parts._replace(path=quote(parts.path, safe=_UNQUOTED), query=quote(parts.query, safe=_UNQUOTED), fragment="").geturl()


async def _content(download: Download, max_bytes: int, request: Request[Any]) -> bytes:
    content = bytearray()
    async for chunk in download.chunks():
        content += chunk
        _check_size(len(content), max_bytes, request)
    return bytes(content)


async def _copy(download: Download, out: BinaryIO, max_bytes: int, request: Request[Any]) -> None:
    size = 0
    async for chunk in download.chunks():
        size += len(chunk)
        _check_size(size, max_bytes, request)
        await anyio.to_thread.run_sync(out.write, chunk)


def _check_size(size: int, max_bytes: int, request: Request[Any]) -> None:
    if size > max_bytes:
        raise PayloadTooLargeError(text("download_too_large", limit=max_bytes), **request.context)


def _target(file: FileInfo, destination: str | os.PathLike[str]) -> Path:
    """The path to save the file under; raises, before the download, `ConfigurationError` for one that the system refuses.

    That may be a missing folder, or a name that is too long.
    """
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
    """Raises an `OSError` as a `ConfigurationError` with the path and the reason; those of the network are mapped already."""
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
