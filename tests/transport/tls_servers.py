"""A certificate authority of tests, and a server with a certificate of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior


@attrs.frozen
class Authority:
    """A certificate authority, and certificates of it."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Authority:
        made = cls(folder)
        made._issue("ca", "ca")
        return made

    @property
    def file(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, name: str) -> Path:
        """A file with a certificate for `name` and its key."""
        self._issue(name, "ca")
        joined = self.folder / f"{name}-with-key.pem"
        joined.write_bytes((self.folder / f"{name}.pem").read_bytes() + (self.folder / f"{name}.key").read_bytes())
        return joined

    def _issue(self, name: str, issuer: str) -> None:
        pytest.importorskip("cryptography")
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / f"{name}.key").write_bytes(pem)
        signer: Any = serialization.load_pem_private_key((self.folder / f"{issuer}.key").read_bytes(), None)
        now, is_ca = dt.datetime.now(dt.UTC), name == issuer
        made = (
            x509.CertificateBuilder(_name(issuer), _name(name), key.public_key(), x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(_uses(is_ca=is_ca), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        (self.folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _uses(*, is_ca: bool) -> Any:
    """What the key is for, without which Python 3.13 trusts no authority."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> Any:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


@asynccontextmanager
async def tls_server(authority: Authority, *, asks_for_certificate: bool = False) -> AsyncIterator[tuple[str, ScriptedServer]]:
    """A server at an https address of this machine, with a certificate of `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate("localhost"))
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)
    tasks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        yield f"https://localhost:{listening.sockets[0].getsockname()[1]}", server
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()
