"""Promises of docs/architecture.md that no linter checks; the import rules are contracts in pyproject.toml (import-linter)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from aizoomdoc_client.protocol import codec

REPO = Path(__file__).parent.parent
PACKAGE = REPO / "aizoomdoc_client"


@pytest.mark.parametrize(
    "program",
    [
        "import aizoomdoc_client",
        "from aizoomdoc_client import cli; sys.argv = ['aizoomdoc', '--help']; cli.main()",
    ],
    ids=["import", "help"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(program: str) -> None:
    """Neither the import of the package nor the command's help loads a library that opens sockets."""
    report = "atexit.register(lambda: print(sorted({'aiohttp', 'websockets', 'picows'} & set(sys.modules)), file=sys.stderr))"
    done = subprocess.run(
        [sys.executable, "-c", f"import atexit, sys; {report}; {program}"], capture_output=True, text=True, check=False
    )

    assert (0, "[]\n") == (done.returncode, done.stderr)


def test_no_module_is_long() -> None:
    """A module has 400 lines at the most; generated ones may have more."""
    sources = {path: path.read_text(encoding="utf-8").splitlines() for path in PACKAGE.rglob("*.py")}
    written = {path: lines for path, lines in sources.items() if "generated" not in "\n".join(lines[:5]).lower()}

    assert {} == {str(path.relative_to(REPO)): len(lines) for path, lines in written.items() if len(lines) > 400}


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5, which Debian 12 has, then keeps what the last, failed repetition had taken.

    The strings of the codec are the exception: a repetition that fails there has taken a backslash at the end of the
    text, after which no match is possible either way; and each step back of a greedy one is kept, 80 bytes a character.
    """
    sources = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    patterns = {
        str(path.relative_to(REPO)): node.value
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and _is_pattern_with_possessive_group(node.value)
    }

    assert {"aizoomdoc_client/protocol/codec.py": codec._STRING.pattern} == patterns


def _is_pattern_with_possessive_group(constant: object) -> bool:
    pattern = constant.decode("latin-1") if isinstance(constant, bytes) else str(constant)
    return "(?" in pattern and re.search(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+|\(\?>", pattern) is not None


def test_every_dependency_has_its_reason() -> None:
    """Those of users, of each extra, of the groups of developers, and of the build are named under "Dependencies"."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["build-system"]["requires"], project["project"]["dependencies"]]
    lists += [*project["project"]["optional-dependencies"].values(), *project["dependency-groups"].values()]
    wanted = {re.split(r"[^\w.-]", requirement)[0].lower() for each in lists for requirement in each}
    architecture = (REPO / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[\w-]+", architecture.partition("\n## Dependencies\n")[2].lower()))

    assert {"aizoomdoc-client"} == wanted - named


def test_every_package_states_its_contract() -> None:
    """The docstring of a package has more than a first line: its contents and its allowed imports."""
    packages = {path.parent / "__init__.py" for path in PACKAGE.glob("*/*.py")}
    docstrings = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in packages}

    assert set() == {str(path.relative_to(REPO)) for path, docstring in docstrings.items() if "\n\n" not in docstring}


@pytest.mark.parametrize("heading", ["Try it", "Test it"])
def test_the_readme_has_a_single_line_to_run(heading: str) -> None:
    """Under each of the two headings there is one bash block of one line."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```bash\n(.*?)^```$", section[1] if section else "", re.MULTILINE | re.DOTALL)

    assert [1] == [len(block.splitlines()) for block in blocks]


def test_ci_runs_the_line_of_the_readme() -> None:
    """The script of CI holds no copy of the line, so the two cannot differ."""
    script = (REPO / ".ci" / "run").read_text(encoding="utf-8")

    assert (True, False, False) == ("README.md" in script, "pip install" in script, "nox" in script)
