"""Documents of a job from paths, folders and patterns."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from aizoomdoc_client.batch.documents import as_documents, find_documents
from aizoomdoc_client.batch.task import BatchDocument
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import ProjectNode


def files(folder: Path, *names: str | bytes) -> Path:
    for name in names:
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-")
    return folder


def names(documents: Iterable[BatchDocument]) -> list[str]:
    return [each.name for each in documents]


def message(*places: str | Path, recursive: bool = False) -> str:
    with pytest.raises(ConfigurationError) as caught:
        as_documents(places, recursive=recursive)
    return caught.value.message


def test_a_folders_documents_come_in_natural_order(tmp_path: Path) -> None:
    """Numbers count by their value, capital letters do not divide, and ё stands with е."""
    wanted = ["2.pdf", "План 2.pdf", "план 10.pdf", "Ёлка 1.pdf", "Ель 2.pdf", "План 02.pdf"]
    folder = files(tmp_path, *wanted)

    assert ["2.pdf", "Ёлка 1.pdf", "Ель 2.pdf", "План 02.pdf", "План 2.pdf", "план 10.pdf"] == names(as_documents(folder))


def test_a_name_is_the_path_below_the_folder_and_a_path_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a change of the working folder makes no difference."""
    files(tmp_path / "plans", "План 1.pdf", "АР/План 1.pdf")
    monkeypatch.chdir(tmp_path)

    assert [("АР/План 1.pdf", tmp_path / "plans/АР/План 1.pdf"), ("План 1.pdf", tmp_path / "plans/План 1.pdf")] == [
        (each.name, each.path) for each in as_documents("plans", recursive=True)
    ]


def test_a_folder_is_read_alone_unless_those_below_it_are_wanted(tmp_path: Path) -> None:
    """What was not read is counted."""
    folder = files(tmp_path, "a.pdf", "below/b.pdf")
    found = find_documents([folder])

    assert (["a.pdf"], 1) == (names(found.documents), found.subfolders)
    assert ["a.pdf", "below/b.pdf"] == names(find_documents([folder], recursive=True).documents)


def test_a_folder_gives_what_servers_read(tmp_path: Path) -> None:
    """Hidden files and those that programs keep are not there for people; of the others they learn how many there are."""
    wanted = ["a.PDF", "b.docx", "c.xlsx", "d.html", "e.md", "f.txt", "g.jpg", "h.tiff"]
    others = ["i.dwg", "j.dwg", "k.zip", "no suffix"]
    folder = files(tmp_path, *wanted, *others, "~$b.docx", ".hidden.pdf", ".hidden/a.pdf", "Thumbs.db", "desktop.ini")
    found = find_documents([folder], recursive=True)

    assert (wanted, {".dwg": 2, ".zip": 1, "": 1}) == (names(found.documents), found.others)


def test_a_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    """But not what a shell's pattern names beside documents: files that an office program keeps while one is open."""
    folder = files(tmp_path, "a.dwg", ".b", "c.docx", "~$c.docx", "Thumbs.db")

    assert [".b", "a.dwg", "c.docx"] == names(as_documents(sorted(folder.iterdir())))


def test_each_file_is_taken_once(tmp_path: Path) -> None:
    """However often it is named: as a file, in a folder, by links to it or to its folder."""
    folder = files(tmp_path / "plans", "a.pdf")
    (folder / "1 link.pdf").symlink_to(folder / "a.pdf")
    (tmp_path / "link").symlink_to(folder)
    places = [folder, folder / "a.pdf", folder / ".." / "plans" / "a.pdf", tmp_path / "link", folder / "*.pdf"]

    assert ["a.pdf"] == names(as_documents(places, recursive=True))


def test_two_names_of_one_file_that_are_no_links_are_two(tmp_path: Path) -> None:
    """As copies are: backups hold files by such names, and each is somebody's document."""
    folder = files(tmp_path, "a.pdf")
    (folder / "b.pdf").hardlink_to(folder / "a.pdf")

    assert ["a.pdf", "b.pdf"] == names(as_documents(folder))


def test_loops_of_links_come_to_an_end(tmp_path: Path) -> None:
    """Two links each to the folder above make more paths than can be counted; patterns do not go through them."""
    folder = files(tmp_path / "plans", "sub/a.pdf", "sub/sub/b.pdf")
    for number in range(3):
        (folder / "sub" / f"0 up {number}").symlink_to(folder)
        (folder / "sub" / "sub" / f"up {number}").symlink_to(folder / "sub")
    (folder / "itself").symlink_to(folder / "itself")

    assert ["sub/a.pdf", "sub/sub/b.pdf"] == names(as_documents(folder, recursive=True))
    assert ["sub/a.pdf", "sub/sub/b.pdf"] == names(as_documents(f"{folder}/**/*.pdf"))


def test_links_out_of_the_folder_are_followed(tmp_path: Path) -> None:
    """People link a share into a folder of their own."""
    files(tmp_path / "share", "a.pdf")
    folder = files(tmp_path / "plans", "b.pdf")
    (folder / "share").symlink_to(tmp_path / "share")

    assert ["b.pdf", "share/a.pdf"] == names(as_documents(folder, recursive=True))


def test_files_of_the_same_name_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their folder, and where that is not enough by the whole path."""
    for folder in ("a/plans", "b/plans", "specs"):
        files(tmp_path / folder, "План 1.pdf")
    files(tmp_path / "specs", "План 2.pdf")
    monkeypatch.chdir(tmp_path)

    assert ["plans/План 1.pdf", "specs/План 1.pdf", "План 2.pdf"] == names(as_documents(["a/plans", "specs"]))
    assert ["a/plans/План 1.pdf", "b/plans/План 1.pdf"] == names(as_documents(Path().rglob("План 1.pdf")))[:2]


def test_a_name_that_is_no_utf8_is_shown_escaped(tmp_path: Path) -> None:
    """It comes from an old archive or a Windows share, and can be opened all the same."""
    folder = files(tmp_path, "План.pdf".encode("cp1251"), "tab\there.pdf")
    documents = as_documents(folder)

    assert ["\\xcf\\xeb\\xe0\\xed.pdf", "tab\\x09here.pdf"] == names(documents)
    assert [b"%PDF-"] * 2 == [each.path.read_bytes() for each in documents if each.path]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.pdf", ["a.pdf", "План [1].pdf"]),
        ("**/*.pdf", ["a.pdf", "sub/b.pdf", "sub/c/d.pdf", "План [1].pdf"]),
        ("**", ["a.pdf", "sub/b.pdf", "sub/c/d.pdf", "sub/e.dwg", "План [1].pdf"]),
        ("sub/?.*", ["b.pdf", "e.dwg"]),
        ("s*", ["b.pdf"]),
        ("План [1].pdf", ["План [1].pdf"]),
        ("[!П]*.pdf", ["a.pdf"]),
    ],
)
def test_patterns_are_for_whoever_has_no_shell(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    """They find what a shell's would, and do not keep a file from being named that has such characters in its name."""
    files(tmp_path, "a.pdf", "sub/b.pdf", "sub/c/d.pdf", "sub/e.dwg", "План [1].pdf", ".hidden/x.pdf", ".y.pdf")

    assert expected == names(as_documents(f"{tmp_path}/{pattern}"))


def test_all_that_cannot_be_asked_about_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was named or found in a folder; the rest is known, too, for whoever goes on without."""
    monkeypatch.chdir(files(tmp_path, "plans/a.pdf", "plans/b.pdf"))
    (tmp_path / "plans" / "empty.pdf").touch()
    (tmp_path / "plans" / "gone.pdf").symlink_to("nowhere")
    os.mkfifo(tmp_path / "plans" / "pipe.pdf")

    assert [
        "'plans/empty.pdf': the file is empty",
        "'plans/pipe.pdf': it is neither a file nor a folder",
        "'plans/gone.pdf': No such file or directory",
        "'none.pdf': No such file or directory",
        "'*.doc': no file matches",
        "'plans/a.pdf/b': Not a directory",
    ] == message("plans", "none.pdf", "*.doc", "plans/a.pdf/b").removeprefix("Documents: ").split("; ")
    assert ["a.pdf", "b.pdf"] == names(find_documents(["plans", "none.pdf"]).documents)


def test_of_many_problems_ten_are_named(tmp_path: Path) -> None:
    """And the others counted."""
    shown = message(*(f"/nowhere/{number}.pdf" for number in range(307)))

    assert "'/nowhere/9.pdf': No such file or directory; and 297 more" == shown[shown.index("'/nowhere/9") :]


@pytest.mark.parametrize("odd", ["a\0b.pdf", "x" * 300 + ".pdf", "\ud800.pdf", "", "a/**b", "[", "**"])
def test_no_name_breaks_the_search(tmp_path: Path, odd: str) -> None:
    """Whatever a program passes is an error of this package, with what the system says."""
    with pytest.raises(ConfigurationError):
        as_documents(f"{tmp_path}/none/{odd}")


def test_an_empty_name_is_not_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from a variable that was not set; all of the working folder would be asked about."""
    monkeypatch.chdir(files(tmp_path, "a.pdf"))

    assert "Documents: '': the name is empty" == message("")
    assert ["a.pdf"] == names(as_documents(Path()))


@pytest.mark.parametrize("place", [".", "./", "../plans", "../plans/", "./*.pdf", "../plans/*", "sub/../*.pdf", "sub/.."])
def test_places_are_named_in_many_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The names of the documents are the same."""
    monkeypatch.chdir(files(tmp_path / "plans", "a.pdf", "sub/b.txt"))

    assert ["a.pdf"] == names(as_documents(place))


def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    """A file and a folder; other files of the folder do not hide it."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    folder = files(tmp_path, "a.pdf", "b.pdf", "secret/c.pdf")
    (folder / "b.pdf").chmod(0)
    (folder / "secret").chmod(0)
    try:
        found = find_documents([folder], recursive=True)
    finally:
        (folder / "secret").chmod(0o700)

    assert [
        f"'{folder}/b.pdf': Permission denied",
        f"'{folder}/secret': the folder cannot be read (Permission denied)",
    ] == list(map(str, found.problems))


def test_a_folder_without_documents_is_no_empty_job(tmp_path: Path) -> None:
    """The error says what counts as a document, or that there are some below."""
    files(tmp_path, "drawings/a.dwg", "parent/below/a.pdf")

    assert "documents there end in .pdf, .docx" in message(tmp_path / "drawings")
    assert "read those, too, with recursive=True" in message(tmp_path / "parent")
    assert "Documents: there are none" == message()


def test_results_beside_the_documents_are_none(tmp_path: Path) -> None:
    """A second run does not ask about what the first one wrote, also where that is not there yet."""
    folder = files(tmp_path, "a.pdf", "answers.html")
    found = find_documents([folder], exclude=[folder / "answers.html", folder / "answers.sqlite"])

    assert ["a.pdf"] == names(found.documents)


def test_what_is_no_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """Documents that a program has made, and nodes of the project tree; other nodes and values are refused."""
    made = BatchDocument(name="made", path=tmp_path / "none")
    node = ProjectNode(id="1", node_type="document", name="План", client_id="c")
    folder = files(tmp_path, "a.pdf")

    assert (made, BatchDocument(name="План", document_id="1", client_id="c")) == as_documents([folder, made, node])[:2]
    assert (made,) == as_documents(made)
    with pytest.raises(
        ConfigurationError, match=r"'АР' of the project tree is a folder, not a document; a document is .* not int"
    ):
        as_documents([ProjectNode(id="2", node_type="folder", name="АР"), 5])  # type: ignore[list-item]
