"""How servers are reached: the settings of `ClientConfig` about proxies, TLS, headers and pools, for both transports alike."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Mapping
from typing import Any

import attrs

from ..catalog import LocalizedText, system_reason, text
from ..config import ClientConfig
from ..exceptions import ConfigurationError
from .proxies import Proxy, named_proxy, proxy_for

DIRECT = "none"
"""What a proxy is called where none is to be used, whatever the environment says."""
SYSTEM = "system"
"""What `ca_file` is called for the certificates of the operating system's own store."""
CONNECTIONS = 256
"""The usual maximum of shared connections; further calls wait for a free one. Thousands that are opened at once would exceed the
server's backlog and this process's limit of open files."""


@attrs.frozen
class Network:
    """One client's way to its server, and to other hosts that it downloads from.

    `named` is the proxy of the settings; `is_direct` says that they want none, whatever the environment names. `server_tls` has
    the client's certificate, which the server alone is shown, `other_tls` not; both are None where the libraries' own contexts
    serve, which trust what OpenSSL finds in its default places. `headers` are for the server alone, too.
    """

    named: Proxy | None = None
    is_direct: bool = False
    server_tls: ssl.SSLContext | None = None
    other_tls: ssl.SSLContext | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    connections: int = CONNECTIONS
    trusts_system: bool = False
    """Whether the operating system checks certificates, which Python asks then; picows, which knows OpenSSL only, cannot."""

    @classmethod
    def of(cls, config: ClientConfig) -> Network:
        """The network of these settings; raises `ConfigurationError` where a file or a proxy of them cannot be used."""
        proxy, ca = config.proxy, config.ca_file
        server = other = _tls_context(ca) if ca is not None else None
        if config.client_key is not None and config.client_certificate is None:
            raise ConfigurationError(text("client_key_alone"))
        if config.client_certificate is not None:
            server = _tls_context(ca)
            _load_certificate(server, config.client_certificate, config.client_key)
        is_direct = is_word(proxy, DIRECT)
        named = named_proxy(proxy) if proxy is not None and not is_direct else None
        return cls(named, is_direct, server, other, dict(config.headers), config.max_connections, is_word(ca, SYSTEM))

    def proxy_for(self, url: str) -> Proxy | None:
        """The proxy for `url`: that of the settings, else what the environment names; None for a direct connection."""
        if self.is_direct:
            return None
        return self.named or proxy_for(url)

    def user_agent(self, usual: str) -> str:
        """The user's own ``User-Agent``, else the `usual` one."""
        return next((value for name, value in self.headers.items() if name.lower() == "user-agent"), usual)

    @functools.cached_property
    def websocket_headers(self) -> Mapping[str, str]:
        """The headers of a handshake, whose ``User-Agent`` the libraries take apart."""
        return {name: value for name, value in self.headers.items() if name.lower() != "user-agent"}


def _tls_context(ca: str | None) -> ssl.SSLContext:
    if ca is None:
        return ssl.create_default_context()
    if is_word(ca, SYSTEM):
        return _system_context()
    try:
        is_folder = os.path.isdir(ca)  # noqa: PTH112 - a text, which need not be made a Path
        return ssl.create_default_context(capath=ca) if is_folder else ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        raise ConfigurationError(text("ca_file_unusable", path=ca, reason=_reason(error))) from None


def is_word(value: str | None, word: str) -> bool:
    """Whether a setting is `word`, in any case of letters, in place of an address or a path."""
    return value is not None and value.strip().lower() == word


def _system_context() -> ssl.SSLContext:
    """A context in which the operating system, or on Linux OpenSSL with the store of the distribution, checks certificates."""
    try:
        import truststore
    except ImportError:
        missing = text("extra_missing", part="ca_file=system", packages=["truststore"], extra="truststore")
        raise ConfigurationError(missing) from None
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError(text("client_certificate_unusable", path=key or certificate, reason=_reason(error))) from None


def _no_password() -> str:
    """No password for an encrypted key: without an answer OpenSSL would ask for one at the terminal."""
    return ""


def _reason(error: Exception) -> LocalizedText | str:
    if isinstance(error, ssl.SSLError):
        return text("not_pem")
    return system_reason(error) if isinstance(error, OSError) else str(error)


def tls_options(context: ssl.SSLContext | None, **names: Any) -> dict[str, Any]:
    """`context` under each of the names that are true; nothing where there is none."""
    return {} if context is None else {name: context for name, is_wanted in names.items() if is_wanted}
