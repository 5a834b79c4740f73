"""What stands over the results of a job."""

from __future__ import annotations

import pytest

from aizoomdoc_client.batch.results.summary import ResultSummary


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://docs.example.org/api", "https://docs.example.org/api"),
        ("https://user:secret@docs.example.org:8443", "https://docs.example.org:8443"),
        ("https://docs.example.org/?token=secret#secret", "https://docs.example.org/"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("secret@docs.example.org", ""),
        ("https://[secret", ""),
        ("https://host:secret", ""),
        ("", ""),
    ],
)
def test_the_servers_url_has_no_credentials(url: str, shown: str) -> None:
    """Results are given to other people."""
    assert shown == ResultSummary(server_url=url).server_url


def test_tasks_are_counted() -> None:
    """In whatever states they are."""
    assert [0, 5] == [ResultSummary().total, ResultSummary(counts={"done": 3, "failed": 2}).total]
