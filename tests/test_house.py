"""The rules of the house, held against the source: who may import whom, how long a module may be, what the repository owes.

`SEES` is the house as a table: each room with the rooms it may look into; docs/architecture.md draws the same picture.
Imports are read from the syntax tree, so those inside functions and under TYPE_CHECKING count too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

REPO = Path(__file__).parent.parent
PACKAGE = "aizoomdoc_client"
HOUSE = REPO / PACKAGE

GROUND = frozenset({"catalog", "exceptions", "models", "events", "addresses", "config", "credentials", "user_stacklevel"})
WIRE = GROUND | {"protocol", "filesystem"}
PARTS = WIRE | {"transport", "storage", "session"}
CORE = PARTS | {"answer", "answer_stream", "client"}

SEES: dict[str, frozenset[str]] = {
    "": CORE | {"sync", "batch"},  # the package itself: its public names
    "__main__": frozenset({"cli"}),
    "catalog": frozenset(),
    "exceptions": frozenset({"catalog"}),
    "models": frozenset(),
    "events": frozenset(),
    "addresses": frozenset({"exceptions"}),
    "credentials": frozenset(),
    "filesystem": frozenset({"exceptions"}),
    "user_stacklevel": frozenset({"catalog", "exceptions"}),
    "config": frozenset({"exceptions", "addresses", "user_stacklevel"}),
    "protocol": GROUND,
    "transport": WIRE,
    "storage": WIRE,
    "session": WIRE | {"transport.base", "storage.base"},
    "answer": WIRE,
    "answer_stream": WIRE | {"answer", "session"},
    "server_warnings": GROUND,
    "assembly": PARTS,
    "client": CORE | {"server_warnings", "assembly"},
    "sync": CORE,
    "batch": CORE,
    "testing": GROUND | {"session.retrier", "local"},
    "cli": CORE | {"sync", "batch", "local"},
    "local": WIRE,
    "_tools": frozenset(),
}

# Rooms whose modules do not import one another, but for the modules named: the nouns of models/, the commands of cli/.
ISLANDS: dict[str, frozenset[str]] = {"models": frozenset({"models.dates"}), "cli.commands": frozenset()}

# Libraries that only these rooms may import.
KEEPERS: dict[str, frozenset[str]] = {
    "aiohttp": frozenset({"transport", "local", "testing"}),
    "websockets": frozenset({"transport", "local", "testing"}),
    "picows": frozenset({"transport"}),
    "filelock": frozenset({"filesystem"}),
    "uvloop": frozenset({"sync", "cli"}),
    "click": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "tomlkit": frozenset({"cli"}),
    "keyring": frozenset({"storage"}),
    "pypdfium2": frozenset({"local"}),
    "jwt": frozenset({"local"}),
    "snowballstemmer": frozenset({"local"}),
    "bs4": frozenset({"local"}),
    "pytest": frozenset({"testing"}),
}

# Rooms without I/O, clock and randomness, and all that they may import from outside.
PURE_ROOMS = frozenset({"exceptions", "events", "models", "protocol", "credentials"})
PURE = frozenset(
    {
        "__future__",
        "attrs",
        "cattrs",
        "cattrs.cols",
        "cattrs.gen",
        "collections",
        "collections.abc",
        "datetime",
        "email.utils",
        "enum",
        "functools",
        "html",
        "http",
        "itertools",
        "json",
        "math",
        "msgspec",
        "re",
        "types",
        "typing",
        "urllib.parse",
        "uuid",
    }
)


@attrs.frozen
class Import:
    """One import: `target` is dotted, and relative to the package where `inside`."""

    importer: str
    line: int
    target: str
    inside: bool

    @property
    def room(self) -> str:
        return self.importer.partition(".")[0]

    def fault(self, reason: str) -> str:
        return f"{self.importer or PACKAGE}, line {self.line}, imports {self.target}: {reason}"


def modules_of(house: Path) -> dict[str, Path]:
    """Every module below `house` by its dotted name there; a package goes by its own name, `house` itself by the empty one."""
    found = {}
    for path in sorted(house.rglob("*.py")):
        parts = path.relative_to(house).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(house: Path) -> Iterator[Import]:
    modules = modules_of(house)
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for target in targets(node, package=name if path.name == "__init__.py" else name.rpartition(".")[0]):
                inside = target == PACKAGE or target.startswith(f"{PACKAGE}.")
                relative = target.removeprefix(PACKAGE).removeprefix(".")
                yield Import(name, getattr(node, "lineno", 0), landing(relative, modules) if inside else target, inside)


def targets(node: ast.AST, *, package: str) -> Iterator[str]:
    """The absolute names that an import statement of a module in `package` asks for; inside the package with what it takes."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level:
        anchor = [PACKAGE, *filter(None, package.split("."))]
        base = ".".join([*anchor[: len(anchor) - node.level + 1], *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        ours = (node.module or "").partition(".")[0] == PACKAGE
        yield from (f"{node.module}.{alias.name}" if ours else str(node.module) for alias in node.names)


def landing(target: str, modules: dict[str, Path]) -> str:
    """The module that `target`, a module or a name in one, is found in."""
    return target if target in modules else target.rpartition(".")[0]


def house_faults(house: Path) -> list[str]:
    """Imports inside the package that look up, sideways, or into a room that the table does not open."""
    faults = []
    for found in filter(lambda found: found.inside, imports_of(house)):
        room = found.target.partition(".")[0]
        island = next((name for name in ISLANDS if found.importer.startswith(f"{name}.")), None)
        if found.room not in SEES:
            faults.append(found.fault(f"the room {found.room} is not in the table"))
        elif island and found.target.startswith(f"{island}.") and found.target not in ISLANDS[island]:
            faults.append(found.fault(f"modules of {island} do not know one another"))
        elif room == found.room or not found.target:
            continue  # its own room; or the package's version
        elif not SEES[found.room] & {room, found.target}:
            faults.append(found.fault(f"{found.room or 'the package'} may see {sorted(SEES[found.room])} only"))
    return faults


def library_faults(house: Path) -> list[str]:
    """Imports from outside that belong to another room."""
    faults = []
    for found in filter(lambda found: not found.inside, imports_of(house)):
        keepers = KEEPERS.get(found.target.partition(".")[0])
        if keepers is not None and found.room not in keepers:
            faults.append(found.fault(f"only {sorted(keepers)} may"))
        elif found.room in PURE_ROOMS and found.target not in PURE:
            faults.append(found.fault(f"{found.room} has no I/O, clock or randomness, and this is not known to be free of them"))
    return faults


def printing(house: Path) -> list[str]:
    """Calls of `print` outside the terminal's room."""
    return [
        f"{name}, line {node.lineno}"
        for name, path in modules_of(house).items()
        if name.partition(".")[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def build_house(root: Path, **files: str) -> Path:
    """A package of made-up modules: keywords are paths with ``__`` for ``/``."""
    for name, source in {"__init__": "", **files}.items():
        path = root / PACKAGE / f"{name.replace('__', '/') if name != '__init__' else name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root / PACKAGE


def test_imports_go_down() -> None:
    """No room imports from a room that the table does not let it see."""
    assert [] == house_faults(HOUSE)


def test_libraries_stay_in_their_rooms() -> None:
    """Sockets, the terminal and readers of files are imported by their own rooms only, and the pure rooms stay pure."""
    assert [] == library_faults(HOUSE)


def test_only_the_terminal_prints() -> None:
    """Nothing outside cli/ calls print."""
    assert [] == printing(HOUSE)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("protocol__codec", "from ..session import auth"),
        ("protocol__codec", "from ..session.auth import Auth"),
        ("protocol__codec", "from .. import client"),
        ("protocol__codec", "import aizoomdoc_client.client"),
        ("protocol__codec", "from aizoomdoc_client import client"),
        ("protocol__codec", "def late():\n    from ..client import Client"),
        ("protocol__codec", "if TYPE_CHECKING:\n    from ..client import Client"),
        ("session__stream", "from ..transport import websocket"),
        ("session__stream", "from ..transport.websocket import connect"),
        ("models__chats", "from .files import FileInfo"),
        ("cli__commands__chat", "from .login import login"),
        ("local__app", "from ..session import auth"),
        ("client", "from ._tools import syncgen"),
        ("attic", "from . import client"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, module: str, source: str) -> None:
    """An import up, sideways, late, or for type checkers only is a fault, however it is written."""
    others = ("session__auth", "transport__websocket", "models__files", "cli__commands__login", "_tools__syncgen", "client")
    house = build_house(tmp_path, **{**dict.fromkeys(others, ""), module: source})

    assert 1 == len(house_faults(house))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("session__stream", "from ..transport.base import Transport"),
        ("session__stream", "from ..transport import base"),
        ("session__stream", "from .auth import Auth"),
        ("models__chats", "from .dates import naive_as_utc"),
        ("client", "from . import __version__"),
        ("cli__commands__chat", "from ...client import Client\nfrom ..output import show"),
    ],
)
def test_an_allowed_import_is_none(tmp_path: Path, module: str, source: str) -> None:
    """Imports down, inside a room and of what a room opens to others pass."""
    others = ("session__auth", "transport__base", "models__dates", "cli__output", "client")
    house = build_house(tmp_path, **{**dict.fromkeys(others, ""), module: source})

    assert [] == house_faults(house)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("protocol__codec", "import asyncio", 1),
        ("protocol__codec", "from random import random", 1),
        ("protocol__codec", "import http.client", 1),
        ("session__caller", "def late():\n    import aiohttp.web", 1),
        ("client", "from rich.console import Console", 1),
        ("transport__http", "import aiohttp", 0),
        ("protocol__codec", "from urllib.parse import quote", 0),
    ],
)
def test_a_library_in_the_wrong_room_is_found(tmp_path: Path, module: str, source: str, expected: int) -> None:
    """A library outside its rooms is a fault, and so is anything but known pure modules in the protocol."""
    house = build_house(tmp_path, **{module: source})

    assert expected == len(library_faults(house))


def test_a_print_is_found(tmp_path: Path) -> None:
    """A call of print is found in a room and let pass in the terminal's."""
    house = build_house(tmp_path, client="print(1)", cli__output="print(1)")

    assert ["client, line 1"] == printing(house)


@pytest.mark.parametrize(
    "program",
    [
        f"import {PACKAGE}",
        f"from {PACKAGE} import cli; sys.argv = ['aizoomdoc', '--help']; cli.main()",
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
    """A module has 400 lines at the most, those made by a program aside."""
    sources = {name: path.read_text(encoding="utf-8").splitlines() for name, path in modules_of(HOUSE).items()}
    by_hand = {name: lines for name, lines in sources.items() if "generated" not in "\n".join(lines[:5]).lower()}

    assert {} == {name: len(lines) for name, lines in by_hand.items() if len(lines) > 400}


def test_every_room_states_its_rule() -> None:
    """The docstring of each room's ``__init__`` has its RULE."""
    rooms = sorted({path.parent for path in HOUSE.glob("*/*.py")})
    front_doors = {room.name: room / "__init__.py" for room in rooms}
    said = {
        name: ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or "" if door.exists() else ""
        for name, door in front_doors.items()
    }

    assert [] == [name for name, docstring in said.items() if "RULE:" not in docstring]


def test_every_module_of_the_package_is_in_the_table() -> None:
    """The table names every room and every module beside the rooms."""
    assert set() == {name.partition(".")[0] for name in modules_of(HOUSE)} - set(SEES)


@pytest.mark.parametrize("heading", ["Try it", "Test it"])
def test_the_readme_has_a_single_line_to_run(heading: str) -> None:
    """Under each of the two headings stands one bash block of one line."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```bash\n(.*?)^```$", section[1] if section else "", re.MULTILINE | re.DOTALL)

    assert [1] == [len(block.splitlines()) for block in blocks]


def test_ci_runs_the_line_of_the_readme() -> None:
    """The script of CI holds no copy of the line, so the two cannot differ."""
    script = (REPO / ".ci" / "run").read_text(encoding="utf-8")

    assert (True, False, False) == ("README.md" in script, "pip install" in script, "nox" in script)
