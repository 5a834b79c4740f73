"""A door of TLS before a plain server, with a certificate of the test's own making."""

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
    """A file with a fresh key and a certificate for `name` that it has signed itself."""
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
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / f"{name}.pem"
    path.write_bytes(written + made.public_bytes(serialization.Encoding.PEM))
    return path


@attrs.define
class Transport:
    """Where it listens, how many came, and what they said once inside."""

    url: str = ""
    connections: int = 0
    heard: bytearray = attrs.field(factory=bytearray)


@asynccontextmanager
async def tls_door(target_port: int, certificate_file: Path) -> AsyncIterator[Transport]:
    """TLS outside, the server on `target_port` inside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    door, plain = Transport(), set[asyncio.Task[None]]()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target_port)
        ways = ((reader, inner_writer, door.heard), (inner_reader, writer, None))
        await asyncio.gather(*(_pass_on(*way) for way in ways))

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door.connections += 1
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.start_tls(context)
            await welcome(reader, writer)
        writer.close()

    def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(count(reader, writer))
        plain.add(task)
        task.add_done_callback(plain.discard)

    listening = await asyncio.start_server(counted, "127.0.0.1", 0)
    door.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"
    yield door
    listening.close()
    for task in plain:
        task.cancel()
    await asyncio.gather(*plain, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            if heard is not None:
                heard += data
            writer.write(data)
            await writer.drain()
    writer.close()
