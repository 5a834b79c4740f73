"""A TLS proxy in front of a plain server, with a self-signed certificate."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest


def certificate(folder: Path, name: str) -> Path:
    """A file with a new key and a self-signed certificate for `name`."""
    pytest.importorskip("cryptography")  # comes with keyring on Linux
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    path = folder / f"{name}.pem"
    path.write_bytes(written + made.public_bytes(serialization.Encoding.PEM))
    return path


@attrs.define
class TLSProxy:
    """The proxy's address, its number of connections, and the decrypted bytes received."""

    url: str = ""
    connections: int = 0
    received: bytearray = attrs.field(factory=bytearray)


@asynccontextmanager
async def tls_proxy(target_port: int, certificate_file: Path) -> AsyncIterator[TLSProxy]:
    """Terminates TLS and forwards to the plain server on `target_port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    proxy, tasks = TLSProxy(), set[asyncio.Task[None]]()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target_port)
        directions = ((reader, inner_writer, proxy.received), (inner_reader, writer, None))
        await asyncio.gather(*(_copy(*direction) for direction in directions))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxy.connections += 1
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.start_tls(context)
            await forward(reader, writer)
        writer.close()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(start, "127.0.0.1", 0)
    proxy.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"
    yield proxy
    listening.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            if received is not None:
                received += data
            writer.write(data)
            await writer.drain()
    writer.close()
