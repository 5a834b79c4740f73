"""A project tree of 10,000 nodes, from the bytes of the response to models."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from ..figures import Contender, Figure, Group, Sample
from ..worker import Sampler

NODES = 10_000
TURNS = 3
QUICK = {"turns": 1}
STAMP = "2025-01-01T00:00:00.123456Z"


@functools.cache
def body() -> bytes:
    """The response: folders, and documents with two files each."""
    return json.dumps([_node(number) for number in range(NODES)], ensure_ascii=False).encode()


def _node(number: int) -> dict[str, Any]:
    is_document = number % 4 > 0
    files = [_file(number, kind) for kind in ("pdf", "ocr_html")] if is_document else []
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "parent_id": f"00000000-0000-4000-8000-{number // 4 * 4:012}",
        "client_id": "c1",
        "node_type": "document" if is_document else "folder",
        "name": f"Том {number}. Вентиляция",
        "code": f"ОВ-{number}",
        "version": 1,
        "status": "active",
        "attributes": {"pages": 12},
        "sort_order": number,
        "created_at": STAMP,
        "updated_at": STAMP,
        "files": files,
    }


def _file(number: int, kind: str) -> dict[str, Any]:
    key = f"tree_docs/{number}/{kind}"
    name = {"id": f"f{number}-{kind}", "job_id": f"j{number}", "file_type": kind, "r2_key": key}
    return {**name, "file_name": f"Том {number}.{kind}", "file_size": 1024 + number, "created_at": STAMP}


@contextmanager
def client_models(url: str, turns: int = TURNS) -> Generator[Sampler]:
    """As `get_projects_tree` reads it."""
    from aizoomdoc_client.models import ProjectNode
    from aizoomdoc_client.protocol import codec

    del url
    yield _sampler(lambda content: codec.decode(content, tuple[ProjectNode, ...]), turns)


@contextmanager
def dictionaries(url: str, turns: int = TURNS) -> Generator[Sampler]:
    """The standard library, without models."""
    del url
    yield _sampler(json.loads, turns)


@contextmanager
def pydantic_models(url: str, *, one_by_one: bool, turns: int = TURNS) -> Generator[Sampler]:
    """The same models by pydantic: all at once from the bytes, or each from its dictionary."""
    from pydantic import BaseModel, TypeAdapter

    class File(BaseModel):
        id: str
        file_type: str
        r2_key: str
        file_name: str = ""
        job_id: str | None = None
        file_size: int | None = None
        created_at: datetime | None = None
        external_url: str | None = None

    class Node(BaseModel):
        id: str
        node_type: str
        name: str
        parent_id: str | None = None
        client_id: str | None = None
        code: str | None = None
        version: int | str | None = None
        status: str | None = None
        attributes: dict[str, Any] = {}
        sort_order: int = 0
        created_at: datetime | None = None
        updated_at: datetime | None = None
        files: list[File] = []

    del url
    File.model_rebuild(_types_namespace={"datetime": datetime, "Any": Any})
    Node.model_rebuild(_types_namespace={"datetime": datetime, "Any": Any, "File": File})

    def each(content: bytes) -> list[Node]:
        return [Node(**fields) for fields in cast("list[dict[str, Any]]", json.loads(content))]

    yield _sampler(each if one_by_one else TypeAdapter(list[Node]).validate_json, turns)


def _sampler(read: Callable[[bytes], Any], turns: int) -> Sampler:
    content = body()

    def sample() -> Sample:
        seconds = 0.0
        for _ in range(turns):
            began = time.perf_counter()
            found = read(content)
            seconds += time.perf_counter() - began
            if len(found) != NODES:
                raise RuntimeError(f"{len(found)} nodes were read of {NODES}")
            del found
        return {"rate": NODES * turns / seconds}

    return sample


def _figure(name: str, reference: str, target: float) -> Figure:
    title = f"10,000 tree nodes, bytes to models, {reference}"
    return Figure(name=name, title=title, subject="client", reference=reference, target=target, unit="nodes/s")


def _pydantic(name: str, *, one_by_one: bool) -> Contender:
    return Contender(name, "benchmarks.suites.tree:pydantic_models", {"one_by_one": one_by_one}, quick=QUICK)


GROUPS = (
    Group(
        name="tree",
        needs=("pydantic",),
        contenders=(
            Contender("client", "benchmarks.suites.tree:client_models", quick=QUICK),
            Contender("json.loads alone", "benchmarks.suites.tree:dictionaries", quick=QUICK),
            _pydantic("pydantic validate_json", one_by_one=False),
            _pydantic("json.loads + pydantic", one_by_one=True),
        ),
        figures=(
            _figure("tree-json", "json.loads alone", 1.1),
            _figure("tree-pydantic", "pydantic validate_json", 2.0),
            _figure("tree-pydantic-each", "json.loads + pydantic", 3.3),
        ),
    ),
)
