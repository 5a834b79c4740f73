"""The token file when all is well: what it holds, whose it is, and that nobody's links are followed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.storage import FileTokenStore, TokenKey, TokenSet
from aizoomdoc_client.storage.file import decode, encode
from tests.storage.samples import KEY, LOGIN, OTHER_KEY, TOKENS, mode, told

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TIMES = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(params=[0o000, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "aizoomdoc" / "tokens.json"


def test_what_is_saved_outlives_the_store(path: Path) -> None:
    """Another store of the same file loads what was saved, each key its own."""
    FileTokenStore(path).save(KEY, LOGIN)
    FileTokenStore(path).save(OTHER_KEY, TOKENS)
    store = FileTokenStore(path)

    assert [LOGIN, TOKENS, None] == [store.load(KEY), store.load(OTHER_KEY), store.load(TokenKey("https://else", KEY.user))]


def test_what_another_process_saved_later_is_loaded(path: Path) -> None:
    """A store that saved a key itself gives what another one put there afterwards."""
    store = FileTokenStore(path)
    store.save(KEY, TOKENS)
    FileTokenStore(path).save(KEY, LOGIN)

    assert LOGIN == store.load(KEY)


def test_a_deleted_key_is_gone_and_others_stay(path: Path) -> None:
    """Deleting takes one entry out of the file and leaves no trace of its tokens."""
    store = FileTokenStore(path)
    store.save(KEY, LOGIN)
    store.save(OTHER_KEY, TOKENS)
    store.delete(KEY)

    assert (None, TOKENS) == (FileTokenStore(path).load(KEY), FileTokenStore(path).load(OTHER_KEY))
    assert str(LOGIN.static_token) not in path.read_text(encoding="utf-8")


def test_looking_writes_nothing(path: Path) -> None:
    """Loading and deleting what is not there makes neither a file nor a folder."""
    store = FileTokenStore(path)
    found = store.load(KEY)
    store.delete(KEY)

    assert (None, False) == (found, path.parent.parent.exists())


def test_the_file_says_its_version(path: Path) -> None:
    """The file is JSON with its version first, then entries by server and user."""
    FileTokenStore(path).save(KEY, TOKENS)
    document = json.loads(path.read_text(encoding="utf-8"))

    assert ["version", "servers"] == list(document)
    assert TOKENS.access_token == document["servers"][KEY.server_url][KEY.user]["access_token"]


ENTRIES = st.dictionaries(
    st.builds(TokenKey, TEXT, TEXT), st.builds(TokenSet, access_token=TEXT, expires_at=TIMES, expires_in=TIMES), max_size=3
)


@given(ENTRIES)
def test_any_text_survives(entries: dict[TokenKey, TokenSet]) -> None:
    """Reading gives what was written, whatever characters it has."""
    assert entries == decode(encode(entries))


@pytest.mark.parametrize("time", [float("inf"), float("-inf"), float("nan")])
def test_a_time_that_is_no_number_is_long_past(path: Path, time: float) -> None:
    """An endless or undefined life does not spoil the file; it counts as over."""
    FileTokenStore(path).save(KEY, TokenSet(access_token="a", expires_at=time, expires_in=time))

    assert TokenSet(access_token="a") == FileTokenStore(path).load(KEY)


def test_file_and_folders_are_private(path: Path, umask: int) -> None:
    """Whatever the umask, what is made is 0600 and 0700: the file, its lock, its folder and the folders above it."""
    FileTokenStore(path).save(KEY, LOGIN)
    made = {each.name: mode(each) for each in (path, path.with_name("tokens.json.lock"), path.parent, path.parent.parent)}

    assert {"tokens.json": "0o600", "tokens.json.lock": "0o600", "aizoomdoc": "0o700", "settings": "0o700"} == made


async def test_the_lock_file_is_private_and_nameless(path: Path, umask: int) -> None:
    """A key's lock file is 0600 in a folder of 0700, and its name says nothing about server and user."""
    async with FileTokenStore(path).lock(KEY):
        made = list(path.parent.iterdir())

    assert (["0o600"], "0o700") == ([mode(each) for each in made], mode(path.parent))
    assert not any(word in made[0].name for word in ("docs", "example", "profile", "default"))


def test_a_file_open_to_others_is_closed_by_the_next_save(path: Path) -> None:
    """Replacing a file of mode 0644 makes it one of mode 0600."""
    store = FileTokenStore(path)
    store.save(KEY, TOKENS)
    path.chmod(0o644)
    store.save(KEY, TOKENS)

    assert "0o600" == mode(path)


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    """A folder that somebody else made, which may hold other things, is not changed."""
    tmp_path.chmod(0o750)
    FileTokenStore(tmp_path / "tokens.json").save(KEY, TOKENS)

    assert "0o750" == mode(tmp_path)


@pytest.mark.parametrize("name", ["tokens.json", "tokens.json.new"])
def test_a_planted_link_is_not_written_through(path: Path, name: str) -> None:
    """Where a symbolic link waits under the file's or the draft's name, its target keeps its content and its mode."""
    target = path.parent / "victim"
    path.parent.mkdir(parents=True)
    target.write_text("precious", encoding="utf-8")
    target.chmod(0o644)
    path.with_name(name).symlink_to(target)
    told(lambda: FileTokenStore(path).save(KEY, LOGIN))

    assert ("precious", "0o644") == (target.read_text(encoding="utf-8"), mode(target))
    assert (False, LOGIN) == (path.is_symlink(), FileTokenStore(path).load(KEY))


def test_a_planted_link_is_not_read(path: Path, tmp_path: Path) -> None:
    """Tokens are not taken from where a symbolic link points, though they are good ones; the link is set aside."""
    elsewhere = FileTokenStore(tmp_path / "others-tokens.json")
    elsewhere.save(KEY, LOGIN)
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere.path)
    tokens, texts = told(lambda: FileTokenStore(path).load(KEY))

    assert (None, True) == (tokens, path.with_name("tokens.json.corrupt").is_symlink())
    assert ["is a symbolic link" in text for text in texts] == [True]
    assert LOGIN == elsewhere.load(KEY)


def test_a_planted_link_under_the_locks_name_is_not_touched(path: Path) -> None:
    """A symbolic link in the lock's place is not followed: the save fails, is said to, and lives in memory."""
    path.parent.mkdir(parents=True)
    path.with_name("tokens.json.lock").symlink_to(path.parent / "victim")
    store = FileTokenStore(path)
    _, texts = told(lambda: store.save(KEY, LOGIN))

    assert (1, LOGIN, False) == (len(texts), store.load(KEY), (path.parent / "victim").exists())


def test_a_draft_planted_at_the_last_moment_is_not_written_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another file has the draft's name in spite of all, the save fails and lives in memory, and that file is untouched."""
    path.parent.mkdir(parents=True)
    draft = path.with_name("tokens.json.new")
    draft.write_text("precious", encoding="utf-8")
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    store = FileTokenStore(path)
    _, texts = told(lambda: store.save(KEY, LOGIN))

    assert ("precious", LOGIN, 1) == (draft.read_text(encoding="utf-8"), store.load(KEY), len(texts))


def test_a_relative_path_is_fixed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store stays at its file when the process changes its folder."""
    monkeypatch.chdir(tmp_path)
    store = FileTokenStore("tokens.json")
    monkeypatch.chdir("/")
    store.save(KEY, TOKENS)

    assert TOKENS == FileTokenStore(tmp_path / "tokens.json").load(KEY)
