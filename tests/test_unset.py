"""The value that stands for an argument that was not given."""

from __future__ import annotations

import copy
import inspect
import pickle

from aizoomdoc_client import UNSET, AIZoomDocClient, Unset


def test_there_is_one_unset() -> None:
    """Copied or from another process it is the same object, so that ``is`` tells it."""
    others = [copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET)), *Unset]

    assert [UNSET] * 4 == others
    assert all(other is UNSET for other in others)


def test_it_reads_as_its_name() -> None:
    """Signatures and tracebacks show what one would write."""
    assert "UNSET" == repr(UNSET)
    assert "temperature: 'float | Unset' = UNSET" in str(inspect.signature(AIZoomDocClient.update_settings))
