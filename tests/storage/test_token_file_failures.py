"""A token file that cannot be written or read: no tokens are lost, and one warning is issued."""

from __future__ import annotations

import errno
import json
import logging
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from aizoomdoc_client.exceptions import TokenStoreWarning
from aizoomdoc_client.storage import FileTokenStore, TokenSet
from tests.storage.samples import ACCESS, KEY, LOGIN, OTHER_KEY, REFRESH, STATIC, TOKENS, with_warnings

Breaking = Callable[[str, int], None]

WHOLE = json.dumps({"version": 1, "servers": {KEY.server_url: {KEY.user: {"access_token": ACCESS}}}})
CORRUPT = {
    "empty": "",
    "torn": WHOLE[:-20],
    "no JSON": "\x00\x01 not json",
    "no UTF-8": b"\xff\xfe{}",
    "a list": "[]",
    "no version": '{"servers": {}}',
    "no servers": '{"version": 1}',
    "a later version": WHOLE.replace('"version": 1', '"version": 2'),
    "no mapping of users": '{"version": 1, "servers": {"https://docs.example.org": []}}',
    "a number for a token": WHOLE.replace(f'"{ACCESS}"', "5"),
    "infinite time": WHOLE.replace(f'"{ACCESS}"', f'"{ACCESS}", "expires_at": 1e999'),
    "deep": "[" * 100_000,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture
def break_os(monkeypatch: pytest.MonkeyPatch) -> Breaking:
    """Makes a function of `os` fail with an errno; `os.open` only for files to be written."""

    def breaking(function: str, number: int) -> None:
        real = getattr(os, function)

        def fails(*arguments: object, **options: object) -> object:
            writes = function != "open" or str(arguments[0]).endswith(".new")
            if writes:
                raise OSError(number, os.strerror(number), arguments[0])
            return real(*arguments, **options)

        monkeypatch.setattr(os, function, fails)

    return breaking


@pytest.mark.parametrize(
    ("function", "number"),
    [("open", errno.EROFS), ("open", errno.EACCES), ("fsync", errno.ENOSPC), ("fsync", errno.EIO), ("replace", errno.EROFS)],
    ids=lambda value: errno.errorcode.get(value, value) if isinstance(value, int) else value,
)
def test_tokens_that_cannot_be_written_are_kept_in_memory(path: Path, break_os: Breaking, function: str, number: int) -> None:
    """The old file is unchanged, the new tokens are loaded from memory, no draft is left, and one warning has the reason."""
    FileTokenStore(path).save(KEY, TOKENS)
    before = path.read_bytes()
    store = FileTokenStore(path)
    break_os(function, number)
    _, texts = with_warnings(lambda: [store.save(KEY, LOGIN), store.save(OTHER_KEY, LOGIN), store.save(KEY, LOGIN)])

    assert [(True, True)] == [(str(path) in text, os.strerror(number) in text) for text in texts]
    assert (LOGIN, LOGIN) == (store.load(KEY), store.load(OTHER_KEY))
    assert (before, False) == (path.read_bytes(), path.with_name("tokens.json.new").exists())


def test_a_folder_that_cannot_be_created(tmp_path: Path) -> None:
    """If a file has the folder's name, tokens are kept in memory, and one warning is issued."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = FileTokenStore(tmp_path / "file" / "folder" / "tokens.json")
    found, texts = with_warnings(
        lambda: [store.load(KEY), store.save(KEY, LOGIN), store.load(KEY), store.save(OTHER_KEY, TOKENS)]
    )

    assert ([None, None, LOGIN, None], 1) == (found, len(texts))


def test_the_file_is_written_again_when_that_is_possible(path: Path, break_os: Breaking, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk has space again, the next save is written, and the next failure is reported again."""
    store = FileTokenStore(path)
    break_os("fsync", errno.ENOSPC)
    with_warnings(lambda: store.save(KEY, TOKENS))
    monkeypatch.undo()
    _, texts = with_warnings(lambda: store.save(KEY, LOGIN))
    break_os("fsync", errno.ENOSPC)
    _, more_texts = with_warnings(lambda: store.save(KEY, TOKENS))

    assert (0, 1, LOGIN) == (len(texts), len(more_texts), FileTokenStore(path).load(KEY))


def test_tokens_that_cannot_be_deleted_are_not_loaded(path: Path, break_os: Breaking) -> None:
    """Tokens that could not be deleted from the file are not loaded by this store any more, and a warning names the file."""
    store = FileTokenStore(path)
    store.save(KEY, LOGIN)
    break_os("fsync", errno.EROFS)
    _, texts = with_warnings(lambda: store.delete(KEY))

    assert (None, [True]) == (store.load(KEY), ["could not be deleted" in text for text in texts])


def test_a_file_without_read_permission_is_unchanged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is neither set aside nor replaced, because its content is unknown."""
    FileTokenStore(path).save(KEY, TOKENS)
    before = path.read_bytes()
    real = os.open

    def denied(name: str, *arguments: int, **options: int) -> int:
        if str(name) == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(os, "open", denied)
    store = FileTokenStore(path)
    found, texts = with_warnings(lambda: [store.load(KEY), store.save(KEY, LOGIN), store.load(KEY)])

    assert ([None, None, LOGIN], 1, before) == (found, len(texts), path.read_bytes())


def test_waiting_for_another_writer_is_bounded(path: Path) -> None:
    """If another process holds the file's lock until the timeout, tokens are kept in memory and a warning has the reason."""
    store = FileTokenStore(path, lock_timeout=0)
    with FileLock(path.with_name("tokens.json.lock")):
        _, texts = with_warnings(lambda: store.save(KEY, LOGIN))

    assert (["another process has held tokens.json.lock for 0 s" in text for text in texts]) == [True]
    assert (LOGIN, False) == (store.load(KEY), path.exists())


@pytest.mark.parametrize("content", CORRUPT.values(), ids=CORRUPT)
@pytest.mark.parametrize("first", ["load", "save"])
def test_a_corrupt_file_is_set_aside(path: Path, content: str | bytes, first: str) -> None:
    """A file that is no token file counts as empty and is renamed; one warning names it."""
    written = content.encode() if isinstance(content, str) else content
    path.write_bytes(written)
    store = FileTokenStore(path)
    actions = {"load": lambda: [store.load(KEY), store.save(KEY, TOKENS)], "save": lambda: [store.save(KEY, TOKENS)]}
    _, texts = with_warnings(actions[first])

    assert [(True, True)] == [(str(path) in text, "tokens.json.corrupt" in text) for text in texts]
    assert (written, TOKENS) == (path.with_name("tokens.json.corrupt").read_bytes(), FileTokenStore(path).load(KEY))


def test_no_corrupt_file_is_lost(path: Path) -> None:
    """Files that are set aside later get a number in their names."""
    for content in ("one", "two", "three"):
        path.write_text(content, encoding="utf-8")
        with_warnings(lambda: FileTokenStore(path).load(KEY))
    aside = {each.name: each.read_text(encoding="utf-8") for each in path.parent.glob("*.corrupt*")}

    assert {"tokens.json.corrupt": "one", "tokens.json.corrupt.2": "two", "tokens.json.corrupt.3": "three"} == aside


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_path_that_is_no_regular_file_is_set_aside(path: Path, make: Callable[[Path], None]) -> None:
    """A folder or a named pipe with the file's name neither blocks the store nor makes it fail."""
    make(path)
    store = FileTokenStore(path)
    found, texts = with_warnings(lambda: [store.load(KEY), store.save(KEY, TOKENS), store.load(KEY)])

    assert ([None, None, TOKENS], ["is no regular file" in text for text in texts]) == (found, [True])


def test_a_corrupt_file_that_cannot_be_moved_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corrupt file that cannot be renamed is not overwritten; one warning has both reasons."""
    path.write_text("torn", encoding="utf-8")
    store = FileTokenStore(path)

    def denied(*names: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "rename", denied)
    found, texts = with_warnings(lambda: [store.load(KEY), store.save(KEY, LOGIN), store.load(KEY)])

    assert ([None, None, LOGIN], "torn") == (found, path.read_text(encoding="utf-8"))
    assert [("no valid JSON" in text, "Read-only file system" in text) for text in texts] == [(True, True)]


def test_a_valid_file_written_meanwhile_is_not_set_aside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that found a corrupt file reads it again under the lock, and takes what another process has written."""
    path.write_text("torn", encoding="utf-8")
    real = FileLock.acquire

    def late(lock: FileLock, *arguments: object, **options: object) -> object:
        monkeypatch.undo()
        path.unlink()
        FileTokenStore(path).save(KEY, TOKENS)
        return real(lock, *arguments, **options)

    monkeypatch.setattr(FileLock, "acquire", late)

    assert (TOKENS, []) == with_warnings(lambda: FileTokenStore(path).load(KEY))


def test_a_token_that_cannot_be_encoded_is_kept_in_memory(path: Path) -> None:
    """A token with a lone surrogate, which UTF-8 cannot encode, is not written, and the file is unchanged."""
    store = FileTokenStore(path)
    store.save(OTHER_KEY, TOKENS)
    odd = TokenSet(access_token="\udc80")
    _, texts = with_warnings(lambda: store.save(KEY, odd))

    assert (1, odd, None, TOKENS) == (len(texts), store.load(KEY), *map(FileTokenStore(path).load, (KEY, OTHER_KEY)))


@pytest.mark.filterwarnings("error")
def test_no_tokens_are_lost_when_warnings_are_errors(path: Path, break_os: Breaking) -> None:
    """When warnings are errors, a failed save raises its warning, and the tokens are still kept in memory."""
    store = FileTokenStore(path)
    break_os("fsync", errno.ENOSPC)
    with pytest.raises(TokenStoreWarning, match="No space left on device"):
        store.save(KEY, LOGIN)

    assert LOGIN == store.load(KEY)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("fault", ["full", "torn", "mistyped", "no text"])
def test_no_failure_shows_a_token(path: Path, break_os: Breaking, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    """No warning, traceback with all variables, log or ``repr`` contains a token or the bytes of a file with one."""
    caplog.set_level(logging.DEBUG)
    store = FileTokenStore(path)
    store.save(OTHER_KEY, LOGIN)
    login = TokenSet(access_token=ACCESS + "\udc80", static_token=STATIC) if fault == "no text" else LOGIN
    if fault == "full":
        break_os("fsync", errno.ENOSPC)
    if fault in {"torn", "mistyped"}:
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole[:-9] if fault == "torn" else whole.replace(f'"{REFRESH}"', f'["{STATIC}"]'), encoding="utf-8")
    with pytest.raises(TokenStoreWarning) as caught:
        store.save(KEY, login)
    report = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    package = report[report.index("aizoomdoc_client") :]  # without the frames of the test, whose variables hold tokens

    assert [] == [word for word in (ACCESS, REFRESH, STATIC) if word in package + caplog.text + repr(store)]
