"""What an answer says, apart from its text, of what it could not take into account."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import pytest
from fpdf import FPDF

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.local import LocalServer
from aizoomdoc_client.local.answering.answerer import Group, UnreadDocument
from aizoomdoc_client.local.answering.notes import notes_of, reason_of_nothing
from aizoomdoc_client.local.project_tree import node_id
from aizoomdoc_client.local.reading import UnreadPart
from tests.local.hostile_files import nested_forms
from tests.local.support import Event, Serve, User, final, settings

SCAN = UnreadPart(kind="no_text", pages=(2, 3, 4, 5, 6, 7))


def unread(*parts: UnreadPart, name: str = "Отчёт.pdf", pages: int = 7) -> UnreadDocument:
    return UnreadDocument(name=name, page_count=pages, parts=parts)


@pytest.mark.parametrize(
    ("part", "russian", "english"),
    [
        (
            SCAN,
            "В «Отчёт.pdf» 6 из 7 страниц без текста (скан или чертёж).",
            "6 of 7 pages of “Отчёт.pdf” have no text (scan or drawing).",
        ),
        (
            UnreadPart(kind="little_text", pages=(3,)),
            "В «Отчёт.pdf» почти нет текста на 1 из 7 страниц: текстом записан, видимо, только штамп.",
            "1 of 7 pages of “Отчёт.pdf” has hardly any text: probably only the title block is text.",
        ),
        (
            UnreadPart(kind="garbled_text", pages=(1, 2)),
            "В «Отчёт.pdf» текст 2 из 7 страниц не разобрать: в файле записаны не те знаки, которые видны.",
            "The text of 2 of 7 pages of “Отчёт.pdf” cannot be made out: the file has other characters than those that are seen.",
        ),
        (
            UnreadPart(kind="too_many_pages", pages=(6, 7)),
            "В «Отчёт.pdf» прочитаны только первые 5 из 7 страниц.",
            "Only the first 5 of 7 pages of “Отчёт.pdf” were read.",
        ),
        (
            UnreadPart(kind="attachments", names=("a.dwg", "b.rvt", "c.xls", "d.doc")),
            "Вложения в «Отчёт.pdf» не читаются: a.dwg, b.rvt, c.xls и ещё 1.",
            "Attachments of “Отчёт.pdf” are not read: a.dwg, b.rvt, c.xls and 1 more.",
        ),
        (
            UnreadPart(kind="recognized", pages=(1, 2)),
            "В «Отчёт.pdf» текст 2 из 7 страниц распознан по изображению, в нём возможны ошибки.",
            "The text of 2 of 7 pages of “Отчёт.pdf” was recognized in its picture and may have mistakes.",
        ),
        (
            UnreadPart(kind="uncalculated", pages=(1, 4)),
            (
                "В «Отчёт.pdf» на 2 из 7 листов есть формулы без сохранённых результатов: этих значений нет;"
                " откройте файл в Excel или LibreOffice и сохраните."
            ),
            (
                "Formulas on 2 of 7 sheets of “Отчёт.pdf” have no stored results, so these values are missing;"
                " open the file in Excel or LibreOffice and save it."
            ),
        ),
        (
            UnreadPart(kind="hidden_sheets", names=("Черновик", "Цены")),
            "В «Отчёт.pdf» прочитаны и скрытые листы: Черновик, Цены.",
            "Hidden sheets of “Отчёт.pdf” were read, too: Черновик, Цены.",
        ),
    ],
)
def test_a_document_of_which_something_was_not_read_is_named(part: UnreadPart, russian: str, english: str) -> None:
    """With how much that is, in the language of the question."""
    group = Group(documents=("Отчёт.pdf",), unread=(unread(part),))

    assert ((russian,), (english,)) == (notes_of([group], "ru"), notes_of([group], "en"))


@pytest.mark.parametrize(
    "kind",
    ["no_text", "little_text", "garbled_text", "too_many_pages", "attachments", "recognized", "uncalculated", "hidden_sheets"],
)
def test_of_many_documents_three_are_named(kind: str) -> None:
    """In one note for each kind, however many there are."""
    documents = tuple(unread(UnreadPart(kind=kind, pages=(1, 2)), name=f"{number}.pdf") for number in range(300))  # type: ignore[arg-type]
    [note] = notes_of([Group(documents=("x",), unread=documents)], "en")

    assert "“0.pdf”, “1.pdf”, “2.pdf” and 297 more" in note
    assert "300 documents" in note


def test_a_hidden_sheet_is_no_reason_why_nothing_was_found() -> None:
    """It was read; what was not is the reason."""
    documents = unread(UnreadPart(kind="hidden_sheets", names=("Черновик",)))
    group = Group(documents=("x", "y"), unread=(documents,), unreadable=(("b.pdf", "empty"),))

    assert "“b.pdf” could not be read: empty." == reason_of_nothing(group, "en")


def test_unreadable_documents_are_counted_and_three_named() -> None:
    """With the reason of each."""
    entries = tuple((f"{number}.pdf", "файл пуст") for number in range(300))
    group = Group(documents=tuple(name for name, _ in entries), unreadable=entries)

    assert (
        "Не удалось прочитать 300 документов: «0.pdf» (файл пуст), «1.pdf» (файл пуст), «2.pdf» (файл пуст) и ещё 297.",
    ) == notes_of([group], "ru")


async def test_a_folder_that_was_not_searched_is_told(serve: Serve, tmp_path: Path) -> None:
    """Where all of the tree is asked about, or its client, and not where documents are named."""
    folder = (tmp_path / "projects" / "alpha").joinpath(*["dddd"] * 102)
    folder.mkdir(parents=True)
    (tmp_path / "projects" / "alpha" / "a.txt").write_text("The pump stands in the cellar.", encoding="utf-8")
    user = await serve(projects_dir=tmp_path / "projects")
    chat, told = await user.chat(), list[list[str]]()
    await user.say(chat, "Where is the pump?")
    for query in ({}, {"client_id": "alpha"}, {"document_ids": node_id("alpha/a.txt")}):
        told.append((await user.events(chat, **query))[-2].data.get("notes", []))

    assert told[0] == told[1]
    assert told[0][0].startswith("The folder “alpha/dddd/dddd/")
    assert len(told[0][0]) < 400
    assert told[0][0].endswith("was not searched: the folder lies too deep: at most 100 folders inside of one another are read.")
    assert [] == told[2]


def test_an_answer_from_a_part_of_the_documents_says_how_much_that_is() -> None:
    """First of all."""
    group = Group(documents=tuple(map(str, range(1000))), pending=380, unread=(unread(SCAN),))

    assert "Answered from 620 of 1,000 documents; the rest is still being read." == notes_of([group], "en")[0]
    assert "Ответ дан по 620 из 1\u00a0000 документов; остальные ещё читаются." == notes_of([group], "ru")[0]
    assert ("The documents are still being read (1,000); ask again a little later.",) == notes_of(
        [attrs.evolve(group, pending=1000, unread=())], "en"
    )


def test_the_groups_of_a_comparison_have_their_notes_together() -> None:
    """A document of both is named once."""
    group = Group(documents=("Отчёт.pdf",), unread=(unread(SCAN),))

    assert 1 == len(notes_of([group, group], "ru"))


def test_nothing_found_has_one_reason() -> None:
    """The chief one; none where all was read."""
    scans = tuple(unread(SCAN, name=name) for name in ("a.pdf", "b.pdf"))
    group = Group(documents=("a.pdf", "b.pdf", "c.pdf"), unread=scans, unreadable=(("c.pdf", "damaged"),))

    assert "12 pages of 2 documents have no text (scans or drawings): “a.pdf”, “b.pdf”." == reason_of_nothing(group, "en")
    assert reason_of_nothing(Group(documents=("a.pdf",)), "en") is None


def mostly_scanned(path: Path) -> Path:
    """One page of text, and six of drawings."""
    pdf = FPDF()
    pdf.set_font("Helvetica")
    pdf.add_page()
    pdf.cell(text="The pump station stands in the cellar of building five, axis B, level minus three.")
    for _ in range(6):
        pdf.add_page()
        for number in range(20):
            pdf.line(10, 10 * number, 100, 100)
    pdf.output(str(path))
    return path


async def test_a_document_of_one_page_of_text_and_six_scans(user: User, tmp_path: Path) -> None:
    """Nothing found: the text of the answer has the reason; something found: the notes have it, and the text is the quotes."""
    file = await user.upload("scan.pdf", mostly_scanned(tmp_path / "scan.pdf").read_bytes())
    told = list[list[Event]]()
    for question in ("What is the colour of the roof?", "Where is the pump station?"):
        chat = await user.chat()
        await user.say(chat, question, attached_file_ids=[file.body["id"]])
        told.append(await user.events(chat))
    note = "6 of 7 pages of “scan.pdf” have no text (scan or drawing)."

    assert [(True, [note]), (False, [note])] == [(note in final(events), events[-2].data["notes"]) for events in told]


async def test_documents_that_are_still_being_read_are_told(serve: Serve, tmp_path: Path) -> None:
    """A question about many documents is answered before all of them are read: the newest is read first, and takes long."""
    folder = tmp_path / "projects" / "alpha"
    folder.mkdir(parents=True)
    for number in range(11):
        (folder / f"{number}.txt").write_text("Щит ВРУ-1 стоит в подвале.", encoding="utf-8")
        os.utime(folder / f"{number}.txt", (number, number))
    (folder / "first.pdf").write_bytes(nested_forms())
    user = await serve(projects_dir=folder.parent, readers=1, reading_patience=0.1)
    chat = await user.chat()
    await user.say(chat, "Где ВРУ-1?")
    final = (await user.events(chat))[-2].data

    assert ["Документы ещё читаются (12); спросите немного позже."] == final["notes"]
    assert final["notes"][0] in final["content"]


async def test_a_client_has_the_notes(tmp_path: Path) -> None:
    """With the answer, with its stream, and with the stored message; nothing where there is nothing to say."""
    async with LocalServer(settings(tmp_path)) as server:
        client = AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore())
        chat = await client.create_chat()
        scan, text = mostly_scanned(tmp_path / "scan.pdf"), tmp_path / "text.txt"
        text.write_text("Щит ВРУ-1 стоит в подвале.", encoding="utf-8")
        async with client.send_message(chat, "Where is the pump station?", files=[scan]) as stream:
            assert () == stream.notes
            answer = await stream.result()
        other = await (await client.send_message(chat, "Где ВРУ-1?", files=[text])).result()
        stored = [message.notes for message in (await client.get_chat_history(chat)).messages]
        await client.close()
    expected = ("6 of 7 pages of “scan.pdf” have no text (scan or drawing).",)

    assert [expected, expected, ()] == [answer.notes, stream.notes, other.notes]
    assert [(), expected, (), ()] == stored
    assert list(expected) == answer.to_dict()["notes"]
