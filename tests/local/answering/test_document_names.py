"""The names that an answer calls documents by."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.local.answering.document_names import names_by_key
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from tests.local.support import Serve, final


def source(key: str, name: str, folder: str = "") -> DocumentSource:
    return DocumentSource(key=key, name=name, path=Path(), version="1", folder=folder)


def test_a_name_that_repeats_stands_with_its_folder() -> None:
    """With as many folders as tell the documents apart, and those alone."""
    group = [
        source("1", "План.pdf", "alpha/Корпус А/ОВ"),
        source("2", "План.pdf", "alpha/Корпус Б/ОВ"),
        source("3", "План.pdf"),
        source("4", "Записка.pdf", "alpha"),
    ]
    expected = {"1": "Корпус А/ОВ/План.pdf", "2": "Корпус Б/ОВ/План.pdf", "3": "План.pdf", "4": "Записка.pdf"}

    assert expected == names_by_key([group])
    assert expected == names_by_key([group[:1], group[1:]])


def test_uploads_of_one_name_keep_it() -> None:
    """They have no folder."""
    assert {"1": "a.pdf", "2": "a.pdf"} == names_by_key([[source("1", "a.pdf"), source("2", "a.pdf")]])


async def test_quotes_sources_and_notes_say_the_folder(serve: Serve, tmp_path: Path) -> None:
    """Of documents that are all called the same."""
    root = tmp_path / "projects"
    for folder, content in (("А", "Щит ВРУ-1 стоит в подвале."), ("Б", "Щит ЩО-2 стоит на крыше."), ("В", "")):
        (root / "alpha" / folder).mkdir(parents=True)
        (root / "alpha" / folder / "План.txt").write_text(content, encoding="utf-8")
    user = await serve(projects_dir=root)
    chat = await user.chat()
    await user.say(chat, "Где стоит ВРУ-1?")
    events = await user.events(chat)
    told = events[-2].data

    assert "> — «А/План.txt», стр. 1" in final(events)
    assert ["А/План.txt"] == [place["document"] for place in told["sources"]]
    assert ["Не удалось прочитать «В/План.txt»: файл пуст; загрузите его снова."] == told["notes"]
