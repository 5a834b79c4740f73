"""Pieces of a page by document."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.batch.results.sections import Sections, document_link, without_controls
from aizoomdoc_client.batch.task import BatchDocument

FIRST, SECOND = BatchDocument(name="а.pdf", path=Path("/a/а.pdf")), BatchDocument(name="а.pdf", path=Path("/b/а.pdf"))


def test_pieces_of_a_document_stand_together(tmp_path: Path) -> None:
    """In whatever order they came; documents of the same name are apart, and stand in the order of their numbers."""
    with Sections.in_folder(tmp_path) as sections:
        numbers = [sections.number(SECOND)]
        for document, piece in ((FIRST, "1"), (SECOND, "2"), (FIRST, "3")):
            sections.add(document, piece)
        sections.add_failure("ой")
        numbers += [sections.number(FIRST), sections.number(SECOND)]
        found = [(document, list(pieces)) for document, pieces in sections.documents]

        assert ([1, 2, 1], [(SECOND, ["2"]), (FIRST, ["1", "3"])], ["ой"]) == (numbers, found, list(sections.failures))


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (None, None),
        (Path("/jobs/plans/a b#1.pdf"), "./plans/a%20b%231.pdf"),
        (Path("/jobs/javascript:alert(1)"), "./javascript%3Aalert%281%29"),
        (Path("/plans/План.pdf"), "file:///plans/%D0%9F%D0%BB%D0%B0%D0%BD.pdf"),
    ],
)
def test_a_page_finds_documents_below_its_folder_wherever_it_is_moved(path: Path | None, link: str | None) -> None:
    """Other files by their full paths."""
    assert link == document_link(BatchDocument(name="x", path=path), Path("/jobs"))


def test_control_characters_are_visible() -> None:
    """Line ends are those of Unix."""
    assert "a\ufffdb\nc\nd\te\ufffd" == without_controls("a\x1bb\r\nc\rd\te\ud800")
