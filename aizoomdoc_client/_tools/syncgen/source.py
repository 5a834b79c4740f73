"""Parses an async class into its members, with the source text of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs

from .renaming import UnmappedError

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

    @property
    def names(self) -> set[str]:
        """All names in its signature and decorators."""
        parts = [self.node.args, self.node.returns, *self.node.decorator_list]
        return {found.id for part in parts if part for found in ast.walk(part) if isinstance(found, ast.Name)}


@attrs.frozen
class Source:
    """A class's docstring and public members, and its module's imports: level and module by name."""

    docstring: str
    members: tuple[Member, ...]
    imports: dict[str, tuple[int, str]]


def read(path: Path, class_name: str) -> Source:
    """Parses the class `class_name` of the module at `path`; raises `UnmappedError` for anything that cannot be copied."""
    return read_text(path.read_text(encoding="utf-8"), path.name, class_name)


def read_text(text: str, file_name: str, class_name: str) -> Source:
    """Like `read`, but takes the text of a module."""
    module = ast.parse(text)
    found = next((node for node in module.body if isinstance(node, ast.ClassDef) and node.name == class_name), None)
    if found is None:
        raise UnmappedError(f"{file_name}: there is no class {class_name}")
    reader = _Reader(text, file_name, found)
    docstring = reader.docstring(found.body)
    if docstring is None:
        raise UnmappedError(f"{reader.where(found)}: {class_name} has no docstring")
    return Source(docstring, tuple(reader.members()), dict(_imports(module)))


def _imports(module: ast.Module) -> Iterator[tuple[str, tuple[int, str]]]:
    """Each imported name, with the level and the module of its import."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, (node.level, node.module or "")


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
                if not node.name.startswith("_") or node.name.endswith("__"):
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
        """The signature from ``(`` to ``:``."""
        text = "\n".join(self._lines[node.lineno - 1 : node.body[0].lineno - 1]) or self._lines[node.lineno - 1]
        return text[text.index("(") : text.rindex(":") + 1]

    def _between(self, first: ast.stmt, last: ast.stmt) -> str:
        return "\n".join(self._lines[first.lineno - 1 : last.end_lineno])

    def _heading(self, after: int, node: Function) -> str | None:
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        between = self._lines[after : start - 1]
        return next((line for line in between if line.lstrip().startswith("# -- ")), None)
