"""``python -m aizoomdoc_client.testing.proxy URL``: a fault proxy until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence

from .faults import Bandwidth, CloseAfter, CutInFrame, Direction, Fault, HalfOpen, Latency, ResetAfter, Slices
from .plans import RandomPlan
from .proxy import FaultProxy


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the proxy until SIGTERM or Ctrl-C, then says what went through."""
    parser = _parser()
    options = parser.parse_args(arguments)
    plan = None if options.random is None else RandomPlan(seed=options.random, share=options.share)
    try:
        proxy = FaultProxy(options.url, *_faults(options), plan=plan, host=options.host, port=options.port)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(proxy))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(f"{proxy.connections} connections, {proxy.bytes_up} bytes up, {proxy.bytes_down} bytes down\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aizoomdoc_client.testing.proxy", description="A proxy that makes trouble between a client and a server."
    )
    parser.add_argument("url", help="the server, such as http://127.0.0.1:8000")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (a free one)")
    parser.add_argument("--direction", choices=("up", "down"), help="which bytes the faults are about (both; down for cuts)")
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="hold each piece back")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="SECONDS", help="up to so much longer")
    parser.add_argument("--slices", type=int, metavar="BYTES", help="pass on in pieces of that size")
    parser.add_argument("--bandwidth", type=float, metavar="BYTES", help="bytes a second")
    parser.add_argument("--reset-after", type=int, metavar="BYTES", help="reset each connection after so many bytes")
    parser.add_argument("--close-after", type=int, metavar="BYTES", help="close each connection after so many bytes")
    parser.add_argument("--cut-in-frame", type=int, metavar="N", help="close in the middle of an answer's frame N, from 0")
    parser.add_argument("--half-open", type=int, metavar="BYTES", help="swallow everything after so many bytes")
    parser.add_argument("--random", metavar="SEED", help="a random fault for some connections, the same for the same seed")
    parser.add_argument("--share", type=float, default=0.5, help="how many of them, from 0 to 1 (%(default)s)")
    return parser


def _faults(options: argparse.Namespace) -> Iterator[Fault]:
    """The faults that were asked for; raises `ValueError` for one out of its bounds."""
    either: Direction | None = options.direction
    cut: Direction = either or "down"
    if options.latency is not None:
        yield Latency(options.latency, options.jitter, either)
    if options.slices is not None:
        yield Slices(options.slices, either)
    if options.bandwidth is not None:
        yield Bandwidth(options.bandwidth, either)
    if options.half_open is not None:
        yield HalfOpen(options.half_open, either)
    if options.reset_after is not None:
        yield ResetAfter(options.reset_after, cut)
    if options.close_after is not None:
        yield CloseAfter(options.close_after, cut)
    if options.cut_in_frame is not None:
        yield CutInFrame(options.cut_in_frame)


async def _serve(proxy: FaultProxy) -> None:
    stopped = asyncio.Event()
    # Windows has no such handlers; Ctrl-C arrives as KeyboardInterrupt there.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with proxy:
        sys.stdout.write(f"Listening on {proxy.url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    main()
