"""``python -m aizoomdoc_client.testing``: a scripted server that runs until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from ..exceptions import ConfigurationError
from .behavior import ServerBehavior
from .proxy import FaultProxy
from .server import DEFAULT_TOKENS, ScriptedServer


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the server until SIGTERM or Ctrl-C."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        server = ScriptedServer(
            ServerBehavior.PRESETS[options.behavior],
            static_tokens=options.token or DEFAULT_TOKENS,
            expires_in=options.expires_in,
            host=options.host,
            port=options.port,
        )
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve_until_stopped(server))
    except (ConfigurationError, OSError, OverflowError) as error:  # the last for a port that is none
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aizoomdoc_client.testing", description="A server for tests.")
    presets = sorted(ServerBehavior.PRESETS)
    parser.add_argument("--behavior", choices=presets, default="production", help="the server to imitate (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (a free one)")
    parser.add_argument("--token", action="append", help="a static token to accept; may be repeated (your-static-token)")
    parser.add_argument("--expires-in", type=float, default=3600, help="life of access tokens in seconds (%(default)s)")
    return parser


async def serve_until_stopped(service: ScriptedServer | FaultProxy) -> None:
    """Starts the service, prints its address, and stops it on SIGTERM."""
    stopped = asyncio.Event()
    # The event loops of Windows have no signal handlers; Ctrl-C raises KeyboardInterrupt there.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with service:
        sys.stdout.write(f"Listening on {service.url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    main()
