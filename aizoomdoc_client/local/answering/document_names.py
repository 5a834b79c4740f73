"""The names of documents in an answer: where several have the same name, with their folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..indexing.document_source import DocumentSource


def names_by_key(groups: Iterable[Sequence[DocumentSource]]) -> Mapping[str, str]:
    """The name of each document by its key; where a name repeats, with as many folders as distinguish the documents."""
    by_name: defaultdict[str, dict[str, DocumentSource]] = defaultdict(dict)
    for group in groups:
        for source in group:
            by_name[source.name][source.key] = source
    return {key: name for same in by_name.values() for key, name in _distinguish(list(same.values()))}


def _distinguish(same: Sequence[DocumentSource]) -> Iterable[tuple[str, str]]:
    paths = [[*source.folder.split("/"), source.name] if source.folder else [source.name] for source in same]
    length, deepest = 1, max(map(len, paths))
    names = [source.name for source in same]
    while length < deepest and len(set(names)) < len(names):
        length += 1
        names = ["/".join(path[-length:]) for path in paths]
    return zip((source.key for source in same), names, strict=True)
