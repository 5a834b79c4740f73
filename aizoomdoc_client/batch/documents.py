"""Documents of a job from files: paths, folders, patterns, and what Python users pass."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG

import attrs

from ..catalog import LocalizedText, system_reason, text
from ..filesystem.names import visible_name
from ..models import ProjectNode
from .document_names import FileNames, distinct_names
from .folder_files import DOCUMENT_SUFFIXES, FileIdentity, FolderFiles, identity, is_folder, is_hidden, is_temporary
from .natural_order import natural_key
from .problems import Problems
from .task import BatchDocument

__all__ = ["DOCUMENT_SUFFIXES", "DocumentLike", "FoundDocuments", "as_documents", "find_documents", "reason_against"]

DocumentLike = str | os.PathLike[str] | BatchDocument | ProjectNode
"""A document, or a path of a document or of a folder of documents."""

_RECURSIVE = "recursive=True"


@attrs.frozen(kw_only=True)
class FoundDocuments:
    """Documents, and what users should know of files that were left out.

    `problems` are files and folders that cannot be read or do not exist, `others` the numbers of files in folders that are no
    documents, by suffix, and `subfolders` is the number of folders that were not read.
    """

    documents: tuple[BatchDocument, ...]
    problems: tuple[LocalizedText, ...] = ()
    others: Mapping[str, int] = attrs.field(factory=dict[str, int])
    subfolders: int = 0


def as_documents(documents: DocumentLike | Iterable[DocumentLike], *, recursive: bool = False) -> tuple[BatchDocument, ...]:
    """The documents that are meant: first `BatchDocument` and `ProjectNode` values as they are, then files in natural order.

    Paths are taken as `find_documents` takes them. Blocks while folders are read. Raises `ConfigurationError` that names what
    cannot be read, is empty, or is no document, and where there are no documents at all.
    """
    given = [documents] if isinstance(documents, (str, os.PathLike, BatchDocument, ProjectNode)) else list(documents)
    problems = Problems()
    taken: list[BatchDocument] = []
    paths: list[str | os.PathLike[str]] = []
    for each in given:
        if isinstance(each, BatchDocument):
            taken.append(each)
        elif isinstance(each, ProjectNode):
            if each.node_type == "document":
                taken.append(BatchDocument(name=each.name, document_id=each.id, client_id=each.client_id))
            else:
                problems.add(text("node_is_no_document", name=each.name, type=each.node_type))
        elif isinstance(each, (str, os.PathLike)):  # pyright: ignore[reportUnnecessaryIsInstance]  # users' code has no types
            paths.append(each)
        else:
            problems.add(text("document_of_unknown_type", type=type(each).__name__))
    found = find_documents(paths, recursive=recursive)
    for problem in found.problems:
        problems.add(problem)
    if not problems.count and not taken and not found.documents:
        problems.add(text("no_documents"))
    problems.raise_if_any(text("batch_documents"))
    return (*taken, *found.documents)


def find_documents(
    places: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = False,
    exclude: Iterable[str | os.PathLike[str]] = (),
    recursive_option: str = _RECURSIVE,
) -> FoundDocuments:
    """The documents at these places, each file once, in the natural order of their names.

    A file is taken whatever its name, of a folder those with one of `DOCUMENT_SUFFIXES`, with `recursive` also of the folders
    below it. A place that does not exist may be a pattern with ``*``, ``?``, ``[…]`` and, for any folders, ``**``. Left out are
    hidden files of folders, files that office programs keep while a document is open, and those of `exclude`. Blocks.
    """
    excluded = {each for path in exclude if (each := _identity_at(Path(path))) is not None}
    search = _Search(recursive=recursive, recursive_option=recursive_option, excluded=excluded)
    for place in places:
        search.take(os.fspath(place))
    return search.found()


def reason_against(path: Path) -> LocalizedText | str | None:
    """Why the file at `path` cannot be asked about: missing, unreadable, no file, or empty; None where it can. Blocks."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return text("document_is_no_file")
        if not status.st_size:
            return text("document_has_no_bytes")
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return system_reason(error)
    except ValueError:  # a null character in the name
        return text("errno_ENOENT")
    return None


class _Search:
    def __init__(self, *, recursive: bool, recursive_option: str, excluded: set[FileIdentity]) -> None:
        self._recursive = recursive
        self._recursive_option = recursive_option
        self._excluded = excluded
        self._files: dict[FileIdentity, FileNames] = {}
        self._problems: list[LocalizedText] = []
        self._others: Counter[str] = Counter()
        self._subfolders = 0

    def take(self, place: str) -> None:
        """Adds the documents at one place, or its problem."""
        path = Path(place)
        if not place:  # as of an unset variable; `Path` would take it for the working folder
            self._problems.append(text("document_unusable", path="", reason=text("document_named_by_nothing")))
        elif is_folder(path):
            self._take_folder(path)
        elif os.path.lexists(place) or not glob.has_magic(place):
            if is_temporary(path.name):
                return  # a shell's pattern matches them, too
            self._take_file(FileNames.of(path, path.parent))
        else:
            self._take_pattern(place)

    def found(self) -> FoundDocuments:
        """What was taken so far."""
        files = list(self._files.values())
        named = sorted(zip(distinct_names(files), files, strict=True), key=lambda pair: natural_key(pair[0]))
        documents = tuple(BatchDocument(name=name, path=file.path.absolute()) for name, file in named)
        return FoundDocuments(
            documents=documents, problems=tuple(self._problems), others=dict(self._others), subfolders=self._subfolders
        )

    def _take_folder(self, folder: Path) -> None:
        files = FolderFiles(folder, recursive=self._recursive)
        paths = list(files)
        for path in paths:
            self._take_file(FileNames.of(path, folder))
        self._problems += files.problems
        self._others.update(files.others)
        self._subfolders += files.subfolders
        if not paths and not files.problems:
            self._report(folder, self._reason_for_nothing(files))

    def _reason_for_nothing(self, files: FolderFiles) -> LocalizedText:
        if files.subfolders:
            return text("folder_has_documents_below", option=self._recursive_option)
        return text("folder_without_documents", suffixes=DOCUMENT_SUFFIXES)

    def _take_pattern(self, pattern: str) -> None:
        """The files that match, or, where only folders do, those."""
        folder, matches = _matches(pattern)
        files = [path for path in matches if not is_folder(path)]
        for path in files:
            if not is_temporary(path.name):
                self._take_file(FileNames.of(path, folder))
        if not files:
            for path in matches:
                self._take_folder(path)
        if not matches:
            self._report(Path(pattern), text("document_matches_nothing"))

    def _take_file(self, file: FileNames) -> None:
        if (reason := reason_against(file.path)) is not None:
            self._report(file.path, reason)
            return
        own = _identity_at(file.path)
        if own is not None and own not in self._excluded:
            self._files.setdefault(own, file)

    def _report(self, path: Path, reason: LocalizedText | str) -> None:
        self._problems.append(text("document_unusable", path=visible_name(str(path)), reason=reason))


def _identity_at(path: Path) -> FileIdentity | None:
    try:
        return identity(path, path.stat())
    except (OSError, ValueError):
        return None  # it does not exist yet, as the results of a first run


def _matches(pattern: str) -> tuple[Path, list[Path]]:
    """The folder before the pattern's first special character, and the matches below it, in natural order.

    ``**`` does not follow links to folders, because links in a loop would give endless paths.
    """
    parts = Path(pattern).parts
    first = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    folder, wanted = Path(*parts[:first]), [*parts[first:], *(["*"] if parts[-1] == "**" else [])]
    with_hidden = any(part.startswith(".") for part in wanted)
    try:
        found = list(folder.glob("/".join(wanted)))
    except ValueError:  # not a valid pattern
        return folder, []
    shown = (path for path in found if with_hidden or not any(map(is_hidden, path.relative_to(folder).parts)))
    return folder, sorted(shown, key=lambda path: natural_key(path.as_posix()))
