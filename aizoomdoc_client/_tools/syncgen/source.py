"""Parses an async class into its members, with the source text of each; base classes of its own package count as parts of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs

from .renaming import WIDTH, UnmappedError

Function = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen
class Member:
    """A public method or property. `heading` is the comment line before a group of members, None within a group."""

    name: str
    where: str
    node: Function
    decorators: tuple[str, ...]
    signature: str
    docstring: str | None
    body: str
    heading: str | None

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_property(self) -> bool:
        """Whether it is a property."""
        return "property" in self.decorators

    @property
    def is_overload(self) -> bool:
        """Whether it is an overload, which has no body."""
        return "overload" in self.decorators

    @property
    def returns(self) -> str:
        """The annotation of its return value."""
        assert self.node.returns is not None
        return ast.unparse(self.node.returns)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of a call that passes on all parameters except `self`."""
        args = self.node.args
        positional = [argument.arg for argument in (*args.posonlyargs, *args.args)][1:]
        star = [f"*{args.vararg.arg}"] if args.vararg else []
        named = [f"{argument.arg}={argument.arg}" for argument in args.kwonlyargs]
        return (*positional, *star, *named, *([f"**{args.kwarg.arg}"] if args.kwarg else []))

    def parameter_of(self, annotation: str) -> str:
        """The name of the first parameter that is annotated so; raises `UnmappedError` where there is none."""
        args = self.node.args
        for each in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            if each.annotation and ast.unparse(each.annotation) == annotation:
                return each.arg
        raise UnmappedError(f"{self.where}: {self.name} has no parameter that is annotated {annotation}")

    @property
    def names(self) -> set[str]:
        """All names in its signature and decorators."""
        parts = [self.node.args, self.node.returns, *self.node.decorator_list]
        return {found.id for part in parts if part for found in ast.walk(part) if isinstance(found, ast.Name)}


@attrs.frozen
class Source:
    """A class's docstring and public members, its bases, and where its module's other names come from: level and module by name.

    The levels are those of a module that stands in the root package, wherever this one stands.
    """

    docstring: str
    members: tuple[Member, ...]
    bases: tuple[str, ...]
    imports: dict[str, tuple[int, str]]


def read(root: Path, source: str, class_name: str) -> Source:
    """Parses the class `class_name` of the module `source` in the package `root`, and the bases that its own package gives it.

    Raises `UnmappedError` for anything that cannot be copied.
    """
    found = read_text((root / source).read_text(encoding="utf-8"), source, class_name)
    parts = [(path, read(root, path, base)) for base in found.bases if (path := _part_of(source, found.imports.get(base)))]
    imports = {name: home for _, part in parts for name, home in part.imports.items()} | found.imports
    members = (*found.members, *(member for path, part in parts for member in _with_heading(path, part.members)))
    return attrs.evolve(found, members=members, imports=imports)


def _part_of(source: str, imported: tuple[int, str] | None) -> str | None:
    """The module beside a package's `source` that a name was imported from; None for one of elsewhere."""
    package = Path(source).parent
    level, module = imported or (0, "")
    path = Path(*module.split(".")).with_suffix(".py")
    return path.as_posix() if package.parts and level == 1 and path.parent == package else None


def _with_heading(path: str, members: tuple[Member, ...]) -> Iterator[Member]:
    """The members, the first of them under the name of their module."""
    heading = f"    # -- {Path(path).stem} ".ljust(WIDTH - 4, "-")
    for place, member in enumerate(members):
        yield attrs.evolve(member, heading=heading) if place == 0 else member


def read_text(text: str, file_name: str, class_name: str) -> Source:
    """Like `read`, but takes the text of one module, and its bases are left to the caller."""
    module = ast.parse(text)
    found = next((node for node in module.body if isinstance(node, ast.ClassDef) and node.name == class_name), None)
    if found is None:
        raise UnmappedError(f"{file_name}: there is no class {class_name}")
    reader = _Reader(text, file_name, found)
    docstring = reader.docstring(found.body)
    if docstring is None:
        raise UnmappedError(f"{reader.where(found)}: {class_name} has no docstring")
    bases = tuple(base.id for base in found.bases if isinstance(base, ast.Name))
    home = Path(file_name).with_suffix("")
    own = ".".join(part for part in home.parts if part != "__init__")
    imports = {name: (1, own) for name in _defined_names(module) if name != class_name}
    return Source(docstring, tuple(reader.members()), bases, imports | dict(_imports(module, home.parent.parts)))


def _defined_names(module: ast.Module) -> Iterator[str]:
    """The names of the module's classes and constants."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _imports(module: ast.Module, package: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, str]]]:
    """Each imported name, with the level and the module of its import, as seen from the root package."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            inner = package[: len(package) + 1 - node.level] if node.level else ()
            home = ".".join([*inner, *([node.module] if node.module else [])])
            for alias in node.names:
                yield alias.asname or alias.name, (min(node.level, 1), home)


class _Reader:
    def __init__(self, text: str, file_name: str, node: ast.ClassDef) -> None:
        self._text = text
        self._lines = text.splitlines()
        self._file_name = file_name
        self._class = node

    def where(self, node: ast.stmt) -> str:
        return f"{self._file_name}, line {node.lineno}"

    def members(self) -> Iterator[Member]:
        previous = self._class.lineno
        for node in self._class.body:
            if isinstance(node, Function):
                if not node.name.startswith("_") or node.name.endswith("_"):  # as a notebook's `_repr_html_`
                    yield self._member(node, self._heading(previous, node))
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                raise UnmappedError(f"{self.where(node)}: only methods and properties can be copied")
            previous = node.end_lineno or node.lineno

    def docstring(self, body: list[ast.stmt]) -> str | None:
        """The source text between the quotes, with its escapes."""
        first = body[0]
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)):
            return None
        text = ast.get_source_segment(self._text, first.value) or ""
        if not text.startswith('"""'):
            raise UnmappedError(f'{self.where(first)}: only docstrings in plain """ can be copied')
        return text.removeprefix('"""').removesuffix('"""')

    def _member(self, node: Function, heading: str | None) -> Member:
        self._require_annotations(node)
        docstring = self.docstring(node.body)
        decorators = tuple(ast.unparse(decorator) for decorator in node.decorator_list)
        if docstring is None and not node.name.startswith("__") and "overload" not in decorators:
            raise UnmappedError(f"{self.where(node)}: {node.name} has no docstring")
        rest = node.body[1:] if docstring is not None else node.body
        header, body = self._header(node), self._between(rest[0], rest[-1]) if rest else ""
        return Member(node.name, self.where(node), node, decorators, header, docstring, body, heading)

    def _require_annotations(self, node: Function) -> None:
        args = node.args
        extra = [argument for argument in (args.vararg, args.kwarg) if argument is not None]
        listed = [*args.posonlyargs, *args.args][1:] + args.kwonlyargs + extra
        bare = [argument.arg for argument in listed if argument.annotation is None]
        if bare or node.returns is None:
            raise UnmappedError(
                f"{self.where(node)}: {node.name} has no annotation for {bare[0] if bare else 'its return value'}"
            )

    def _header(self, node: Function) -> str:
        """The signature from ``(`` to the ``:`` after the return annotation, without a comment that follows it."""
        assert node.returns is not None
        *lines, last = self._lines[node.lineno - 1 : node.returns.end_lineno]
        last = last.encode()[: node.returns.end_col_offset].decode()  # ast counts bytes of UTF-8
        text = "\n".join([*lines, last])
        return f"{text[text.index('(') :]}:"

    def _between(self, first: ast.stmt, last: ast.stmt) -> str:
        return "\n".join(self._lines[first.lineno - 1 : last.end_lineno])

    def _heading(self, after: int, node: Function) -> str | None:
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        between = self._lines[after : start - 1]
        return next((line for line in between if line.lstrip().startswith("# -- ")), None)
