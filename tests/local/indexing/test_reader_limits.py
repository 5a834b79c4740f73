"""What one document may take."""

from __future__ import annotations

from aizoomdoc_client.local.indexing.reader_limits import MEGABYTE, ReaderLimits


def test_larger_documents_may_take_longer() -> None:
    """In all, and between two pages."""
    limits = ReaderLimits(silence=20, seconds=100, silence_per_megabyte=2, seconds_per_megabyte=10)

    assert (20, 100) == (limits.silent_seconds(0), limits.total_seconds(0))
    assert (30, 150) == (limits.silent_seconds(5 * MEGABYTE), limits.total_seconds(5 * MEGABYTE))
