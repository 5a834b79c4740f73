"""The lists of public names: what they are made of, and how a stale one is found."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import aizoomdoc_client
from aizoomdoc_client._tools import exports
from aizoomdoc_client._tools.command import PACKAGE, GeneratorError
from aizoomdoc_client._tools.exports import BEGIN, END, FACES, Face, public_names


def test_the_committed_lists_are_what_the_generator_makes() -> None:
    """Each file is what is made of today's modules."""
    assert [] == exports.check(PACKAGE)


def test_every_public_name_is_there() -> None:
    """Each name of ``__all__`` is found, at its home module and in ``dir()``."""
    homes = {name: importlib.import_module(f"aizoomdoc_client.{home}") for home in exports.HOMES for name in names_of(home)}

    assert sorted(homes) == sorted(aizoomdoc_client.__all__)
    assert all(getattr(aizoomdoc_client, name) is getattr(home, name) for name, home in homes.items())
    assert set(homes) <= set(dir(aizoomdoc_client))


def names_of(home: str) -> list[str]:
    return public_names(PACKAGE.joinpath(*home.split(".")))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """A mistyped name is told as Python tells it."""
    with pytest.raises(AttributeError, match="module 'aizoomdoc_client' has no attribute 'AIZoomClient'"):
        _ = aizoomdoc_client.AIZoomClient


def module(folder: Path, text: str) -> Path:
    (folder / "home.py").write_text(text, encoding="utf-8")
    return folder / "home"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("__all__ = ['One', 'two']\nclass Three: ...", ["One", "two"]),
        ("__all__: list[str] = []\nclass Three: ...", []),
        (
            "class One: ...\nclass _Two: ...\nThree = int | str\nfour: int = 4\n_five = 5\ndef six(): ...",
            ["One", "Three", "four", "six"],
        ),
        ("import os\nfrom typing import Any\nif True:\n    One = 1", []),
    ],
)
def test_public_is_what_all_lists_or_what_the_module_defines(tmp_path: Path, text: str, expected: list[str]) -> None:
    """``__all__`` decides; without it whatever is defined without an underscore, and nothing that is imported."""
    assert expected == public_names(module(tmp_path, text))


@pytest.mark.parametrize("text", ["__all__ = ['One', *others]", "__all__ = names()"])
def test_a_list_that_is_made_at_run_time_is_refused(tmp_path: Path, text: str) -> None:
    """Type checkers could not read it either."""
    with pytest.raises(GeneratorError, match="must be a plain list"):
        public_names(module(tmp_path, text))


def test_a_home_that_is_gone_is_named(tmp_path: Path) -> None:
    """A renamed module has to be renamed in the list of homes, too."""
    with pytest.raises(GeneratorError, match="gone: there is no such module"):
        public_names(tmp_path / "gone")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with the sources of all that is public."""
    relay = [f"relay.{each.partition(':')[0]}" for each in exports.RELAY]
    batch = [f"batch.{each.partition(':')[0]}" for each in exports.BATCH]
    for name in (
        "__init__",
        "models.__init__",
        "batch.__init__",
        *exports.HOMES,
        *(f"models.{each}" for each in exports.MODELS),
        *batch,
        "relay.__init__",
        *relay,
    ):
        path = Path(*name.split("."))
        source = path / "__init__.py" if (PACKAGE / path).is_dir() else path.with_suffix(".py")
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / source, tmp_path / source)
    return tmp_path


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.path)
@pytest.mark.parametrize(
    "spoil", [lambda text: text.replace("import (\n", "import (\n\n"), lambda text: text.replace(END, "\n" + END)]
)
def test_an_edited_list_is_found_and_written_anew(package: Path, face: Face, spoil: object) -> None:
    """Whole texts are compared; writing heals them."""
    path = package / face.path
    fresh = path.read_text(encoding="utf-8")
    path.write_text(spoil(fresh), encoding="utf-8")  # type: ignore[operator]
    stale = exports.check(package)

    assert ([f"{face.path} is stale: run python -m aizoomdoc_client._tools.exports"], []) == (stale, exports.write(package))
    assert fresh == path.read_text(encoding="utf-8")


def test_a_new_model_reaches_both_lists(package: Path) -> None:
    """A class in a module of `models` is a name of `models` and of the package, with no other file touched."""
    path = package / "models" / "health.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n\nclass Load: ...\n", encoding="utf-8")
    exports.write(package)

    listed = [face.path for face in FACES if '    "Load",\n' in (package / face.path).read_text(encoding="utf-8")]
    assert (["models/__init__.py", "__init__.py"], []) == (listed, exports.check(package))


def test_a_name_has_one_home(package: Path) -> None:
    """Two modules that make the same name public are an error."""
    (package / "answer.py").write_text("class Chat: ...\n", encoding="utf-8")

    with pytest.raises(GeneratorError, match="Chat is public in answer and in models"):
        exports.check(package)


def test_a_home_may_give_one_of_its_names(package: Path) -> None:
    """The name after the colon, if the module has it."""
    assert ["Limits"] == exports.home_names(package / "batch", "progression:Limits")

    with pytest.raises(GeneratorError, match="progression has no public Limit:"):
        exports.home_names(package / "batch", "progression:Limit")


def test_a_file_without_the_marks_is_refused(package: Path) -> None:
    """What is generated is marked; where the marks are missing nothing is overwritten."""
    path = package / "__init__.py"
    path.write_text(path.read_text(encoding="utf-8").replace(BEGIN, ""), encoding="utf-8")

    with pytest.raises(GeneratorError, match=r"__init__\.py has no generated part"):
        exports.write(package)


def test_the_command_checks_and_complains() -> None:
    """``--check`` ends with 0 when all is fresh; an unknown argument ends with 2 and the usage."""
    command = [sys.executable, "-m", "aizoomdoc_client._tools.exports"]
    fresh = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    wrong = subprocess.run([*command, "--chekc"], capture_output=True, text=True, check=False)

    assert (0, "", 2, True) == (fresh.returncode, fresh.stderr, wrong.returncode, wrong.stderr.startswith("usage:"))
