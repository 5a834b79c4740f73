"""``python -m aizoomdoc_client.testing.proxy URL``: a fault proxy that runs until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator, Sequence

from ..__main__ import serve_until_stopped
from .fault_proxy import FaultProxy
from .network_faults import Bandwidth, CloseAfter, CutInFrame, Direction, Fault, HalfOpen, Latency, RandomPlan, ResetAfter, Slices


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the proxy until SIGTERM or Ctrl-C, then prints how much was forwarded."""
    parser = _parser()
    options = parser.parse_args(arguments)
    plan = None if options.random is None else RandomPlan(seed=options.random, share=options.share)
    try:
        proxy = FaultProxy(options.url, *_faults(options), plan=plan, host=options.host, port=options.port)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve_until_stopped(proxy))
    except (ValueError, OSError, OverflowError) as error:  # the last for a port that is none
        parser.error(str(error))
    sys.stdout.write(f"{proxy.connections} connections, {proxy.bytes_up} bytes up, {proxy.bytes_down} bytes down\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aizoomdoc_client.testing.proxy",
        description="A proxy that injects network faults between a client and a server.",
    )
    parser.add_argument("url", help="the server, such as http://127.0.0.1:8000")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (a free one)")
    parser.add_argument("--direction", choices=("up", "down"), help="the bytes that faults apply to (both; for cuts: down)")
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="delay of each piece")
    parser.add_argument("--jitter", type=float, metavar="SECONDS", help="random delay of at most that, besides --latency")
    parser.add_argument("--slices", type=int, metavar="BYTES", help="forward in pieces of at most that size")
    parser.add_argument("--bandwidth", type=float, metavar="BYTES", help="bytes per second")
    parser.add_argument("--reset-after", type=int, metavar="BYTES", help="reset each connection after so many bytes")
    parser.add_argument("--close-after", type=int, metavar="BYTES", help="close each connection after so many bytes")
    parser.add_argument("--cut-in-frame", type=int, metavar="N", help="close in the middle of frame N of an answer, from 0")
    parser.add_argument("--half-open", type=int, metavar="BYTES", help="drop everything after so many bytes")
    parser.add_argument("--random", metavar="SEED", help="one random fault for some connections, reproducible by its seed")
    parser.add_argument("--share", type=float, default=0.5, help="share of connections with a fault, from 0 to 1 (%(default)s)")
    return parser


def _faults(options: argparse.Namespace) -> Iterator[Fault]:
    """The faults that were asked for; raises `ValueError` for one that is out of its bounds."""
    either: Direction | None = options.direction
    cut: Direction = either or "down"
    if options.latency is not None or options.jitter is not None:
        yield Latency(options.latency or 0.0, options.jitter or 0.0, either)
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


if __name__ == "__main__":
    main()
