"""What the page shows beside the figures, taken out of the samples."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..figures import Samples, median

KB = 1024


@attrs.frozen
class Line:
    """A line of a plot: its name and its points."""

    name: str
    points: Sequence[tuple[float, float]]


def growing_answers(samples: Samples) -> list[Line]:
    """Events a second by the length of an answer."""
    return _lines(samples, "rate", 1.0)


def growing_crowds(samples: Samples) -> list[Line]:
    """KB of memory a stream by how many are open."""
    lines = _lines(samples, "memory", 1 / KB)
    return [line for line in lines if len(line.points) > 1]


def stages(samples: Samples, name: str) -> dict[str, float]:
    """Microseconds of the processor an event: a transport's stages, what is left for the rest, the whole, and its floor."""
    found = samples[f"{name}, stages"]
    transport, protocol = median(found, "transport") * 1e6, median(found, "protocol") * 1e6
    whole = median(samples[name], "cpu_each") * 1e6
    floor = median(samples[f"{name}, floor"], "cpu_each") * 1e6
    rest = max(whole - transport - protocol, 0.0)
    return {"transport": transport, "protocol": protocol, "rest": rest, "whole": whole, "floor": floor}


def profile(samples: Samples, name: str) -> list[tuple[str, float]]:
    """The dearest functions with their shares of the time, in order."""
    [found] = samples[f"{name}, profile"]
    return sorted(((function, share) for function, share in found.items() if function != "cpu"), key=lambda item: -item[1])


def _lines(samples: Samples, metric: str, scale: float) -> list[Line]:
    """One line for each contender of several sizes: its name and the size stand in the sample's name."""
    names = dict.fromkeys(name.rpartition(", ")[0] for name in samples)
    return [
        Line(
            name,
            [(_size(key), median(found, metric) * scale) for key, found in samples.items() if key.rpartition(", ")[0] == name],
        )
        for name in names
    ]


def _size(name: str) -> float:
    return float(name.rpartition(", ")[2].replace(",", ""))
