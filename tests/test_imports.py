"""The package can be imported, all of it: what is loaded on first use would otherwise be missed only by the user who needs it."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import aizoomdoc_client
from aizoomdoc_client import local, models, storage, testing


def fault_of(module: str) -> str | None:
    """Why it cannot be imported."""
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever a library's other version leads to
        return f"{module}: {error!r}"
    return None


def test_every_module_can_be_imported() -> None:
    """With all extras installed, no module lacks a library or a name in one."""
    found = [module.name for module in pkgutil.walk_packages(aizoomdoc_client.__path__, "aizoomdoc_client.")]
    modules = [name for name in found if not name.endswith("__main__")]  # which begins the program

    assert len(modules) > 100
    assert [] == [fault for fault in map(fault_of, modules) if fault]


@pytest.mark.parametrize("package", [aizoomdoc_client, local, models, storage, testing], ids=lambda package: package.__name__)
def test_every_public_name_is_there(package: ModuleType) -> None:
    """Each name of `__all__` is listed once and can be imported."""
    names = list(package.__all__)

    assert sorted(set(names)) == sorted(names)
    assert [] == [name for name in names if getattr(package, name, None) is None]


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [("relay.redis", "redis", "redis"), ("telemetry", "opentelemetry", "otel"), ("telemetry", "opentelemetry.trace", "otel")],
)
def test_a_missing_library_is_an_error_that_names_the_extra(module: str, library: str, extra: str) -> None:
    """In a process of its own: here the module is loaded already."""
    source = f"import sys; sys.modules[{library!r}] = None; import aizoomdoc_client.{module}"
    ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)

    assert f"pip install 'aizoomdoc-client[{extra}]'" in ended.stderr.splitlines()[-1]
