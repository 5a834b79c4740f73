"""What `aizoomdoc_client.batch` offers, and what its import costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from aizoomdoc_client import batch
from aizoomdoc_client.batch import journal_export

WANTED = {
    *("BatchJob", "Done", "Failed", "Skipped", "BatchTask", "BatchDocument", "BatchQuestion", "BatchSettings", "BatchUnit"),
    *("JobCounts", "JobProgress", "Limits", "SyncBatchJob", "export"),
}


def test_all_that_a_program_needs_is_there() -> None:
    """Each name is found at its home, and in ``dir()``."""
    assert set() == WANTED - {*batch.__all__} == WANTED - {*dir(batch)}
    homes = {name: importlib.import_module(home, batch.__name__) for name, home in batch._HOMES.items()}
    homes = {name: importlib.import_module(home, batch.__name__) for name, home in batch._HOMES.items()}

    assert all(getattr(batch, name) is getattr(home, name) for name, home in homes.items())


def test_export_is_the_function() -> None:
    """No module of the package hides it, in whatever order things are imported."""
    code = "import aizoomdoc_client.cli.commands.batch, aizoomdoc_client.batch.journal_export as m, aizoomdoc_client.batch as b"
    subprocess.run([sys.executable, "-c", f"{code}; assert b.export is m.export"], check=True)

    assert batch.export is journal_export.export


def test_importing_it_imports_nothing_else() -> None:
    """A program that has the import at its head starts as fast as without."""
    code = (
        "import sys, aizoomdoc_client as a; n = {*sys.modules}; import aizoomdoc_client.batch; print(sorted({*sys.modules} - n))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "['aizoomdoc_client.batch']" == done.stdout.strip()


def test_a_mistyped_name_is_an_attribute_error() -> None:
    """As Python tells it."""
    with pytest.raises(AttributeError, match=r"module 'aizoomdoc_client\.batch' has no attribute 'Job'"):
        _ = batch.Job
