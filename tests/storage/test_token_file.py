"""The token file: its content, its permissions, and that symbolic links are not followed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.storage import FileTokenStore, TokenKey, TokenSet
from aizoomdoc_client.storage.token_file import decode, encode
from tests.storage.samples import KEY, LOGIN, OTHER_KEY, TOKENS, mode, with_warnings
from tests.sync.interleaver import Interleaver, code_of, orders

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


def test_saved_tokens_are_loaded_by_another_store(path: Path) -> None:
    """Another store of the same file loads the tokens of each key."""
    FileTokenStore(path).save(KEY, LOGIN)
    FileTokenStore(path).save(OTHER_KEY, TOKENS)
    store = FileTokenStore(path)

    assert [LOGIN, TOKENS, None] == [store.load(KEY), store.load(OTHER_KEY), store.load(TokenKey("https://else", KEY.user))]


def test_tokens_saved_later_by_another_process_are_loaded(path: Path) -> None:
    """A store that saved a key loads what another one has saved under it since."""
    store = FileTokenStore(path)
    store.save(KEY, TOKENS)
    FileTokenStore(path).save(KEY, LOGIN)

    assert LOGIN == store.load(KEY)


def test_deleting_removes_one_key(path: Path) -> None:
    """Deleting removes the entry of a key from the file, with its tokens, and keeps the others."""
    store = FileTokenStore(path)
    store.save(KEY, LOGIN)
    store.save(OTHER_KEY, TOKENS)
    store.delete(KEY)

    assert (None, TOKENS) == (FileTokenStore(path).load(KEY), FileTokenStore(path).load(OTHER_KEY))
    assert str(LOGIN.static_token) not in path.read_text(encoding="utf-8")


def test_loading_writes_nothing(path: Path) -> None:
    """Loading and deleting a missing key creates neither a file nor a folder."""
    store = FileTokenStore(path)
    found = store.load(KEY)
    store.delete(KEY)

    assert (None, False) == (found, path.parent.parent.exists())


def test_the_file_has_a_version(path: Path) -> None:
    """The file is JSON: first its version, then the entries by server and user."""
    FileTokenStore(path).save(KEY, TOKENS)
    document = json.loads(path.read_text(encoding="utf-8"))

    assert ["version", "servers"] == list(document)
    assert TOKENS.access_token == document["servers"][KEY.server_url][KEY.user]["access_token"]


ENTRIES = st.dictionaries(
    st.builds(TokenKey, TEXT, TEXT), st.builds(TokenSet, access_token=TEXT, expires_at=TIMES, expires_in=TIMES), max_size=3
)


@given(ENTRIES)
def test_any_text_can_be_stored(entries: dict[TokenKey, TokenSet]) -> None:
    """Entries with any characters are read as they were written."""
    assert entries == decode(encode(entries))


@pytest.mark.parametrize("time", [float("inf"), float("-inf"), float("nan")])
def test_a_time_that_is_not_finite_is_stored_as_0(path: Path, time: float) -> None:
    """JSON has neither infinity nor NaN; the tokens count as expired."""
    FileTokenStore(path).save(KEY, TokenSet(access_token="a", expires_at=time, expires_in=time))

    assert TokenSet(access_token="a") == FileTokenStore(path).load(KEY)


def test_file_and_folders_are_private(path: Path, umask: int) -> None:
    """Whatever the umask, the file and its lock have mode 0600, and new folders 0700."""
    FileTokenStore(path).save(KEY, LOGIN)
    made = {each.name: mode(each) for each in (path, path.with_name("tokens.json.lock"), path.parent, path.parent.parent)}

    assert {"tokens.json": "0o600", "tokens.json.lock": "0o600", "aizoomdoc": "0o700", "settings": "0o700"} == made


async def test_the_lock_file_is_private(path: Path, umask: int) -> None:
    """A key's lock file has mode 0600 in a folder of mode 0700, and its name reveals neither server nor user."""
    async with FileTokenStore(path).lock(KEY):
        made = list(path.parent.iterdir())

    assert (["0o600"], "0o700") == ([mode(each) for each in made], mode(path.parent))
    assert not any(word in made[0].name for word in ("docs", "example", "profile", "default"))


def test_the_next_save_makes_a_file_private(path: Path) -> None:
    """A file of mode 0644 has mode 0600 after the next save."""
    store = FileTokenStore(path)
    store.save(KEY, TOKENS)
    path.chmod(0o644)
    store.save(KEY, TOKENS)

    assert "0o600" == mode(path)


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    """The mode of a folder that existed before is not changed, because it may be used for other files, too."""
    tmp_path.chmod(0o750)
    FileTokenStore(tmp_path / "tokens.json").save(KEY, TOKENS)

    assert "0o750" == mode(tmp_path)


@pytest.mark.parametrize("name", ["tokens.json", "tokens.json.new"])
def test_a_planted_link_is_not_written_through(path: Path, name: str) -> None:
    """A symbolic link with the file's or the draft's name is replaced; its target keeps its content and mode."""
    target = path.parent / "victim"
    path.parent.mkdir(parents=True)
    target.write_text("precious", encoding="utf-8")
    target.chmod(0o644)
    path.with_name(name).symlink_to(target)
    with_warnings(lambda: FileTokenStore(path).save(KEY, LOGIN))

    assert ("precious", "0o644") == (target.read_text(encoding="utf-8"), mode(target))
    assert (False, LOGIN) == (path.is_symlink(), FileTokenStore(path).load(KEY))


def test_a_planted_link_is_not_read(path: Path, tmp_path: Path) -> None:
    """Tokens are not loaded through a symbolic link, even if they are valid; the link is set aside."""
    elsewhere = FileTokenStore(tmp_path / "others-tokens.json")
    elsewhere.save(KEY, LOGIN)
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere.path)
    tokens, texts = with_warnings(lambda: FileTokenStore(path).load(KEY))

    assert (None, True) == (tokens, path.with_name("tokens.json.corrupt").is_symlink())
    assert ["is a symbolic link" in text for text in texts] == [True]
    assert LOGIN == elsewhere.load(KEY)


def test_a_planted_link_with_the_locks_name_is_not_followed(path: Path) -> None:
    """With a symbolic link in place of the lock the save fails: a warning is issued, and the tokens are kept in memory."""
    path.parent.mkdir(parents=True)
    path.with_name("tokens.json.lock").symlink_to(path.parent / "victim")
    store = FileTokenStore(path)
    _, texts = with_warnings(lambda: store.save(KEY, LOGIN))

    assert (1, LOGIN, False) == (len(texts), store.load(KEY), (path.parent / "victim").exists())


def test_a_planted_draft_is_not_written_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another file takes the name of the draft, it is unchanged: the save fails, and the tokens are kept in memory."""
    path.parent.mkdir(parents=True)
    draft = path.with_name("tokens.json.new")
    draft.write_text("precious", encoding="utf-8")
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    store = FileTokenStore(path)
    _, texts = with_warnings(lambda: store.save(KEY, LOGIN))

    assert ("precious", LOGIN, 1) == (draft.read_text(encoding="utf-8"), store.load(KEY), len(texts))


def test_a_relative_path_is_resolved_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store keeps its file when the process changes its working directory."""
    monkeypatch.chdir(tmp_path)
    store = FileTokenStore("tokens.json")
    monkeypatch.chdir("/")
    store.save(KEY, TOKENS)

    assert TOKENS == FileTokenStore(tmp_path / "tokens.json").load(KEY)


def test_threads_may_save_and_load_at_once(path: Path) -> None:
    """A thread that loads what another one is saving gets the tokens of before or after, in whichever order their steps come."""
    loaded = list[TokenSet | None]()

    def run(preempted: Sequence[int]) -> int:
        store = FileTokenStore(path)
        both = Interleaver(
            lambda: store.save(KEY, TOKENS), lambda: loaded.append(store.load(KEY)), code_of(FileTokenStore, "load", "_change")
        )
        both.run(preempted)
        path.unlink()
        return both.steps

    assert len(list(orders(run, 2))) > 10
    assert {TOKENS, None} == set(loaded)
