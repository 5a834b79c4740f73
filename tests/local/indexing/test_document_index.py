"""Finding the passages that a question is about, in the sample note and in small texts."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local.indexing.document_index import DocumentIndex, ReadingProgress
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from tests.local.support import NOTE


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[DocumentIndex]:
    index = DocumentIndex(tmp_path / "index.sqlite3")
    await index.open()
    yield index
    await index.close()


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., DocumentSource]:
    def make(name: str, text: str, version: str = "1") -> DocumentSource:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return DocumentSource(key=name, name=name, path=path, version=version)

    return make


NOTE_SOURCE = DocumentSource(key="note", name="Записка.pdf", path=NOTE, version="1")


@pytest.mark.parametrize(
    ("question", "page", "passage"),
    [
        ("Какое оборудование установлено в системе В2?", 5, "канальный вентилятор КВ 50-30"),
        ("Какое оборудование установлено в системе B2?", 5, "канальный вентилятор КВ 50-30"),
        ("Какая высота этажа?", 3, "Высота первого этажа\nсоставляет 4,20 м"),
        ("Где находится ВРУ-1?", 6, "ВРУ-1 находится в электрощитовой"),
        ("где вру-1", 6, "ВРУ-1 находится в электрощитовой"),
        ("сколько ВРУ № 1 занимает", 6, "ВРУ-1"),
        ("Что с эвакуацией из электрощитовой?", 6, "Пути эвакуации. Дверь электрощитовой"),
        ("температура зимой на улице, наружного воздуха", 2, "минус 27 °C"),
        ("Где серверная?", 7, "помещение 305"),
        ("Расход воздуха П1", 5, "8600"),
    ],
)
async def test_the_first_passage_answers_the_question(index: DocumentIndex, question: str, page: int, passage: str) -> None:
    """On the known page of the sample note."""
    await index.ensure_read([NOTE_SOURCE])
    first = (await index.search([NOTE_SOURCE], question, 4))[0]

    assert (page, True) == (first.page, passage in first.text)


async def test_a_question_of_many_parts_gets_a_passage_for_each(index: DocumentIndex) -> None:
    """Distances, service and escape routes stand in different passages."""
    await index.ensure_read([NOTE_SOURCE])
    question = (
        "Проанализируй размещение ВРУ-1 на плане:\n1. Соответствие нормативным расстояниям\n2. Доступность для обслуживания\n"
        "3. Пути эвакуации"
    )
    found = await index.search([NOTE_SOURCE], question, 4)

    assert {6} == {candidate.page for candidate in found}
    parts = ("Нормативные расстояния.", "Доступность для обслуживания.", "Пути эвакуации.")
    assert [True] * 3 == [any(part in candidate.text for candidate in found) for part in parts]


async def test_a_document_is_found_from_its_first_passage_to_its_last(
    index: DocumentIndex, source: Callable[..., DocumentSource]
) -> None:
    """A reader sends those of a long one in several parts."""
    rooms = [f"# Помещение К{number}\n\n" + f"Стены помещения К{number} окрашены. " * 12 for number in range(2100)]
    register = source("Ведомость.md", "\n\n".join(rooms))
    await index.ensure_read([register])

    for number in (0, 1000, 2000, 2099):
        found = await index.search([register], f"К{number}", 4)
        assert any(f"К{number} окрашены" in candidate.text for candidate in found)


@pytest.mark.parametrize("question", ["Какая температура плавления вольфрама?", "Кто директор?", "В77", "???"])
async def test_what_is_not_there_is_not_found(index: DocumentIndex, question: str) -> None:
    """A stray word in common is not enough; a question of no words gets the beginning instead."""
    await index.ensure_read([NOTE_SOURCE])
    found = await index.search([NOTE_SOURCE], question, 4)

    assert ([1, 2, 2, 2] if question == "???" else []) == [candidate.page for candidate in found]


async def test_any_question_can_be_searched_for(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """No letter of any script is an error, nor are the index's own operators."""
    sources = [source("a.txt", "Щит ВРУ-1")]
    await index.ensure_read(sources)
    letters = [chr(code) for code in range(0x20, 0x30000) if chr(code).isalnum()]
    for start in range(0, len(letters), 1000):
        await index.search(sources, " ".join(letter * 6 for letter in letters[start : start + 1000 : 20]), 4)

    assert 1 == len(await index.search(sources, 'ВРУ-1" OR * NEAR( NOT ^ col:', 4))


async def test_documents_to_be_compared_are_all_quoted(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """Even where one of them says much more about it."""
    sources = [
        source("план1.txt", "Система вентиляции П1, система вентиляции В1.\n\n" * 30),
        source("план2.txt", "Отопление водяное.\n\nВентиляция естественная."),
        source("план3.txt", "Система вентиляции В3 с рекуперацией."),
    ]
    await index.ensure_read(sources)
    found = await index.search(sources, "Сравни системы вентиляции на этих планах", 4)

    assert ["план1.txt", "план2.txt", "план3.txt"] == [candidate.name for candidate in found]


async def test_only_the_documents_given_are_searched(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """Passages of other documents in the index are not found."""
    first, second = source("a.txt", "Щит ВРУ-1."), source("b.txt", "Щит ВРУ-1.")
    await index.ensure_read([first, second])

    assert ["b.txt"] == [candidate.name for candidate in await index.search([second], "ВРУ-1", 4)]
    assert [] == await index.search([], "ВРУ-1", 4)


async def test_a_document_is_read_once(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """Until its version changes; then the old text is gone."""
    first = source("a.txt", "Щит ВРУ-1.")
    await index.ensure_read([first])
    same = source("a.txt", "Насос Н-1.")
    assert [1, 0] == [len(await index.search([same], code, 4)) for code in ("ВРУ-1", "Н-1")]

    await index.ensure_read([same, changed := source("a.txt", "Насос Н-1.", "2")])
    assert [0, 1] == [len(await index.search([changed], code, 4)) for code in ("ВРУ-1", "Н-1")]


async def test_closing_ends_reading_ahead(tmp_path: Path, source: Callable[..., DocumentSource]) -> None:
    """Without waiting for what is under way."""
    index, sources = DocumentIndex(tmp_path / "index.sqlite3"), [source(f"{number}.txt", "Щит") for number in range(50)]
    await index.open()
    index.read_ahead(sources)
    await index.close()
    again = DocumentIndex(tmp_path / "index.sqlite3")
    await again.open()

    assert len(await again.known(sources)) < 5
    await again.close()


async def test_progress_is_reported_document_by_document(tmp_path: Path, source: Callable[..., DocumentSource]) -> None:
    """Those already known are not counted."""
    index = DocumentIndex(tmp_path / "one-reader.sqlite3", readers=1)
    await index.open()
    known, told = source("a.txt", "a b"), list[tuple[int, int]]()
    await index.ensure_read([known])

    async def progress(now: ReadingProgress) -> None:
        told.append((now.documents_done, now.documents))

    await index.ensure_read([known, source("b.txt", "b"), source("c.txt", "c")], progress)
    await index.close()
    assert (0, 2) == told[0]
    assert sorted(told) == told


async def test_what_ends_while_progress_is_told_is_not_missed(
    index: DocumentIndex, source: Callable[..., DocumentSource]
) -> None:
    """The client that gets the progress may be slow: all is read before it has taken the first report."""
    document = source("a.txt", "Щит ВРУ-1")

    async def slow(_: ReadingProgress) -> None:
        await index.ensure_read([document])

    assert 1 == len(await index.ensure_read([document], slow))


async def test_an_unreadable_document_is_known_as_that(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """With the reason, and the others are read all the same."""
    entries = await index.ensure_read([source("a.txt", ""), source("b.txt", "Щит")])

    assert ["файл пуст; загрузите его снова", None] == [entry.error and entry.error.ru for entry in entries]


async def test_documents_that_are_gone_are_deleted(index: DocumentIndex, source: Callable[..., DocumentSource]) -> None:
    """Those of the same kind only."""
    kept, gone, other = source("p-a.txt", "Щит"), source("p-b.txt", "Щит"), source("f-c.txt", "Щит")
    await index.ensure_read([kept, gone, other])
    await index.delete_missing("p-", [kept])

    assert {"p-a.txt", "f-c.txt"} == set(await index.known([kept, gone, other]))


async def test_an_index_of_nonsense_is_a_clear_error(tmp_path: Path) -> None:
    """It names the file."""
    (tmp_path / "index.sqlite3").write_bytes(b"nonsense" * 1000)
    index = DocumentIndex(tmp_path / "index.sqlite3")
    with pytest.raises(ConfigurationError, match=r"index\.sqlite3 cannot be used"):
        await index.open()
    await index.close()


async def test_an_index_of_an_earlier_version_is_filled_anew(tmp_path: Path, source: Callable[..., DocumentSource]) -> None:
    """Its tables are dropped, and the documents are read again."""
    path = tmp_path / "index.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.executescript("CREATE TABLE documents (id INTEGER PRIMARY KEY, blank_pages INTEGER); PRAGMA user_version=1")
    document = source("Щит.txt", "Щит ВРУ-1 стоит в электрощитовой.")
    index = DocumentIndex(path)
    await index.open()
    try:
        [known] = await index.ensure_read([document])
    finally:
        await index.close()

    assert known.page_count == 1


async def test_a_row_of_a_long_table_is_quoted_under_its_heads(
    index: DocumentIndex, source: Callable[..., DocumentSource]
) -> None:
    """Also where the table was divided into several passages."""
    rows = [f"| Н-{number} | Насос циркуляционный | {number},5 |" for number in range(1, 61)]
    head = ["| Марка | Наименование | Расход, м³/ч |", "| --- | --- | --- |"]
    table = source("Ведомость.md", "\n".join([*head, *rows]))
    await index.ensure_read([table])

    found = await index.search([table], "расход Н-50", 4)

    assert "\n".join([*head, *rows[48:51]]) == found[0].text
