"""What the tests of protocol share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aizoomdoc_client.protocol import tokens


@pytest.fixture(scope="module", params=[0, tokens.SMALL], ids=["compared", "as they come"])
def ways_to_read_tokens(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs a module twice: with every token frame compared as bytes, and with small ones decoded whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "SMALL", request.param)
        yield
