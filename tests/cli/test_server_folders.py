"""Where a local server keeps its data when nobody says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.cli.server_folders import default_data_folder


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    base = tmp_path / "data"

    def user_data_dir(*_: object, **__: object) -> str:
        return str(base)

    monkeypatch.setattr("platformdirs.user_data_dir", user_data_dir)
    return base


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir(parents=True)
    return tmp_path / name


def test_each_folder_of_documents_has_data_of_its_own(tmp_path: Path, base: Path) -> None:
    """Also of the same name; a server without documents has the common one, and the same folder always the same."""
    alpha, other = folder(tmp_path, "a/План 1"), folder(tmp_path, "b/План 1")
    folders = [default_data_folder(each) for each in (None, alpha, other)]

    assert 3 == len(set(folders))
    assert folders == [default_data_folder(each) for each in (None, alpha, other)]
    assert base / "server" == folders[0]
    assert [True, True] == [each.name.startswith("План 1-") for each in folders[1:]]


def test_one_folder_is_one_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative, with dots, or by a link."""
    alpha = folder(tmp_path, "alpha")
    (tmp_path / "link").symlink_to(alpha)
    monkeypatch.chdir(tmp_path)

    assert 1 == len({default_data_folder(Path(name)) for name in ("alpha", "./alpha/../alpha", "link", str(alpha))})


def test_data_of_an_earlier_version_go_on_with_the_first_folder(tmp_path: Path, base: Path) -> None:
    """They do not disappear; another folder gets its own, and a server without documents still finds them."""
    (base / "server").mkdir(parents=True)
    (base / "server" / "aizoomdoc.sqlite3").write_bytes(b"")
    alpha, other = folder(tmp_path, "alpha"), folder(tmp_path, "other")

    assert [base / "server"] * 2 == [default_data_folder(None), default_data_folder(alpha)]
    assert base / "servers" == default_data_folder(other).parent
    assert [base / "server"] * 2 == [default_data_folder(None), default_data_folder(alpha)]


def test_data_of_a_server_without_documents_are_not_taken_over(tmp_path: Path, base: Path) -> None:
    """So that both can run at once."""
    assert base / "server" == default_data_folder(None)
    (base / "server" / "aizoomdoc.sqlite3").write_bytes(b"")

    assert base / "servers" == default_data_folder(folder(tmp_path, "alpha")).parent


def test_for_documents_that_are_not_there_nothing_is_made(tmp_path: Path, base: Path) -> None:
    """The server refuses to start."""
    default_data_folder(tmp_path / "none")

    assert not base.exists()


def test_the_folders_are_private(tmp_path: Path, base: Path) -> None:
    """Before anything is in them."""
    own = default_data_folder(folder(tmp_path, "alpha"))

    assert {0o700} == {each.stat().st_mode & 0o777 for each in (base, base / "servers", own)}


def test_a_folder_that_cannot_be_made_is_left_to_the_server(tmp_path: Path, base: Path) -> None:
    """It says so with the reason."""
    base.write_text("a file")

    assert base / "server" == default_data_folder(None)
    assert base / "servers" == default_data_folder(folder(tmp_path, "alpha")).parent
