"""The summary of a job for the head of its results: server, start, counts and questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import attrs

from ...serializable import Serializable
from .row import ResultState

__all__ = ["ResultSummary"]

NO_COUNTS: Mapping[ResultState, int] = MappingProxyType({})


def without_credentials(url: str) -> str:
    """`url` without user name, password, query and fragment, which can be secret; empty for a URL without a host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


@attrs.frozen(kw_only=True)
class ResultSummary(Serializable):
    """Facts about a whole job.

    `server_url` is kept without credentials and query; `started_at` is when the job was begun; `counts` has the number of tasks
    in each state, and leaves out the states that none is in; `questions` are what was asked, as people see it; `title`
    names the job, and is empty where it has no name.
    """

    server_url: str = attrs.field(default="", converter=without_credentials)
    started_at: datetime | None = None
    counts: Mapping[ResultState, int] = attrs.field(default=NO_COUNTS, hash=False)
    questions: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    title: str = ""

    @property
    def total(self) -> int:
        """The number of tasks."""
        return sum(self.counts.values())
