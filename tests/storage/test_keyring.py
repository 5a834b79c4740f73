"""Tokens in the system's keyring, for which a fake one in memory stands in."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import keyring.backends.fail
import keyring.backends.null
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

import aizoomdoc_client.storage as package
from aizoomdoc_client.exceptions import TokenStoreWarning
from aizoomdoc_client.storage import FileTokenStore, KeyringTokenStore, MemoryTokenStore, TokenSet, default_token_store
from tests.storage.samples import ACCESS, KEY, LOGIN, OTHER_KEY, REFRESH, STATIC, TOKENS, run, with_warnings

REFRESHED = TokenSet(access_token=ACCESS, expires_at=5.0, expires_in=3.0, refresh_token=REFRESH)


class FakeKeyring(KeyringBackend):
    """Stores secrets in memory; with `locked` each call raises this error, with the secret in its text, as some backends do."""

    priority = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}
        self.locked: type[Exception] | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self.check(service, username)
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.check(service, username, password)
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.check(service, username)
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")

    def check(self, *given: str) -> None:
        if self.locked is not None:
            raise self.locked(f"locked: {given} {self.secrets}")


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    fake = FakeKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", fake)
    return fake


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture
def store(tmp_path: Path) -> KeyringTokenStore:
    made = default_token_store(tmp_path)
    assert isinstance(made, KeyringTokenStore)
    return made


def in_file(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return {token for token in (ACCESS, REFRESH, STATIC) if token in text}


def test_a_login_is_split_between_keyring_and_file(store: KeyringTokenStore, path: Path, backend: FakeKeyring) -> None:
    """Static and refresh token are in the keyring only, the access token in the file only; `load` returns all of them."""
    store.save(KEY, LOGIN)
    [((service, account), secret)] = backend.secrets.items()

    assert ("aizoomdoc", True, True) == (service, KEY.server_url in account, KEY.user in account)
    assert ({ACCESS}, [True, True, False]) == (in_file(path), [token in secret for token in (STATIC, REFRESH, ACCESS)])
    assert LOGIN == default_token_store(path.parent).load(KEY)


def test_an_entry_without_a_login_goes_to_the_file_only(store: KeyringTokenStore, path: Path, backend: FakeKeyring) -> None:
    """The default store does not use the keyring for tokens without a static token, even with a refresh token."""
    store.save(KEY, REFRESHED)

    assert ({ACCESS, REFRESH}, {}, REFRESHED) == (in_file(path), backend.secrets, default_token_store(path.parent).load(KEY))


def test_a_refresh_token_goes_to_the_keyring_without_static_only(path: Path, backend: FakeKeyring) -> None:
    """Without `static_only` a refresh token is stored in the keyring even if there is no static token."""
    store = KeyringTokenStore(FileTokenStore(path))
    store.save(KEY, REFRESHED)

    assert ({ACCESS}, 1, REFRESHED) == (in_file(path), len(backend.secrets), store.load(KEY))


def test_a_store_in_memory_can_be_the_inner_one() -> None:
    """Any store that returns the token set that was saved can be the inner one."""
    store = KeyringTokenStore(MemoryTokenStore())
    store.save(KEY, LOGIN)

    assert (LOGIN, None) == (store.load(KEY), store.load(OTHER_KEY))


def test_deleting_deletes_from_both(store: KeyringTokenStore, path: Path, backend: FakeKeyring) -> None:
    """A deleted login is neither in the file nor in the keyring; that of another key stays in both."""
    store.save(KEY, LOGIN)
    store.save(OTHER_KEY, LOGIN)
    store.delete(KEY)

    assert (None, LOGIN, 1) == (store.load(KEY), store.load(OTHER_KEY), len(backend.secrets))


def test_deleting_a_missing_secret_is_no_error(store: KeyringTokenStore, backend: FakeKeyring) -> None:
    """A user who deleted the secret from the keyring by hand can still log out."""
    store.save(KEY, LOGIN)
    backend.secrets.clear()
    store.delete(KEY)

    assert store.load(KEY) is None


def test_saving_without_secrets_deletes_them_from_the_keyring(store: KeyringTokenStore, path: Path, backend: FakeKeyring) -> None:
    """Saving tokens without secrets for the key of a login deletes its secrets from the keyring."""
    store.save(KEY, LOGIN)
    store.save(KEY, TOKENS)

    assert ({}, TOKENS) == (backend.secrets, store.load(KEY))


def no_backend(monkeypatch: pytest.MonkeyPatch, backend: FakeKeyring) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.fail.Keyring())


def null_backend(monkeypatch: pytest.MonkeyPatch, backend: FakeKeyring) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.null.Keyring())


def no_package(monkeypatch: pytest.MonkeyPatch, backend: FakeKeyring) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


def locked_backend(monkeypatch: pytest.MonkeyPatch, backend: FakeKeyring) -> None:
    backend.locked = KeyringLocked


def broken_backend(monkeypatch: pytest.MonkeyPatch, backend: FakeKeyring) -> None:
    backend.locked = OSError


Fault = Callable[[pytest.MonkeyPatch, FakeKeyring], None]
FAULTS: list[Fault] = [no_backend, null_backend, no_package, locked_backend, broken_backend]


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_working_keyring_all_is_in_the_file(
    store: KeyringTokenStore, path: Path, backend: FakeKeyring, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """If the keyring is missing, fails, or stores nothing, a login is in the file and is loaded from it."""
    fault(monkeypatch, backend)
    store.save(KEY, LOGIN)

    assert ({ACCESS, REFRESH, STATIC}, LOGIN) == (in_file(path), default_token_store(path.parent).load(KEY))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_keyring_that_cannot_be_read_keeps_its_login(
    store: KeyringTokenStore, backend: FakeKeyring, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """A keyring that cannot be read causes one warning; saving tokens meanwhile does not change its secrets."""
    store.save(KEY, LOGIN)
    with monkeypatch.context() as broken:
        fault(broken, backend)
        found, texts = with_warnings(lambda: [store.load(KEY), store.save(KEY, TOKENS), store.load(KEY)])
    backend.locked = None

    assert ([TOKENS, None, TOKENS], 1) == (found, len(texts))
    assert LOGIN == store.load(KEY)


def test_a_missing_package_is_named(store: KeyringTokenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a login is in the keyring and the package is not installed, the warning says how to install it."""
    store.save(KEY, LOGIN)
    monkeypatch.setitem(sys.modules, "keyring", None)
    _, texts = with_warnings(lambda: store.load(KEY))

    assert [True] == ["pip install 'aizoomdoc-client[keyring]'" in text for text in texts]


def test_a_locked_keyring_loses_no_newer_refresh_token(store: KeyringTokenStore, backend: FakeKeyring) -> None:
    """A refresh token that was saved while the keyring was locked is loaded instead of the older one in the keyring."""
    store.save(KEY, LOGIN)
    backend.locked = KeyringLocked
    with_warnings(lambda: [store.load(KEY), store.save(KEY, TokenSet(access_token=ACCESS, refresh_token="newer"))])
    backend.locked = None

    assert TokenSet(access_token=ACCESS, refresh_token="newer", static_token=STATIC) == store.load(KEY)


def test_a_deletion_that_the_keyring_refuses_causes_a_warning(store: KeyringTokenStore, path: Path, backend: FakeKeyring) -> None:
    """The login is deleted from the file; a warning names the keyring entry that may still exist, without its secret."""
    store.save(KEY, LOGIN)
    backend.locked = KeyringLocked
    _, texts = with_warnings(lambda: store.delete(KEY))

    assert (None, [(True, True)]) == (store.load(KEY), [(KEY.user in text, "by hand" in text) for text in texts])


def test_a_keyring_entry_that_cannot_be_decoded_causes_a_warning(store: KeyringTokenStore, backend: FakeKeyring) -> None:
    """An entry of unknown format stays in the keyring; the login is loaded without its secrets."""
    store.save(KEY, LOGIN)
    backend.secrets = dict.fromkeys(backend.secrets, "{torn")
    tokens, texts = with_warnings(lambda: store.load(KEY))

    assert (TOKENS, 1) == (tokens, len(texts))


def test_no_failure_shows_a_secret(store: KeyringTokenStore, backend: FakeKeyring) -> None:
    """Neither a warning about a backend's error nor the ``repr`` of a store contains a secret."""
    store.save(KEY, LOGIN)
    backend.locked = OSError
    _, texts = with_warnings(lambda: [store.load(KEY), store.save(OTHER_KEY, LOGIN), store.delete(KEY)])

    assert [] == [token for token in (ACCESS, REFRESH, STATIC) if token in "".join(texts) + repr(store) + repr(LOGIN)]


async def test_the_lock_is_the_inner_stores() -> None:
    """The lock is the inner store's lock."""
    inner = MemoryTokenStore()

    assert inner.lock(KEY) is KeyringTokenStore(inner).lock(KEY)


def test_the_default_folder_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the default store is in the configuration folder."""
    monkeypatch.setenv("AIZOOMDOC_CONFIG_DIR", str(tmp_path / "settings"))
    default_token_store().save(KEY, TOKENS)

    assert TOKENS == FileTokenStore(tmp_path / "settings" / "tokens.json").load(KEY)


def test_nothing_is_imported_before_it_is_needed(tmp_path: Path) -> None:
    """Loading imports neither filelock nor keyring, and saving without a login does not import keyring."""
    source = """
def heavy():
    return sorted({"filelock", "keyring"} & set(sys.modules))

store, key = default_token_store(__import__("pathlib").Path(sys.argv[1])), TokenKey("s", "u")
store.load(key)
loaded = heavy()
store.save(key, TokenSet(access_token="a", refresh_token="r"))
store.load(key)
store.delete(key)
print(loaded, heavy())
"""
    assert "[] ['filelock']" == run(source, tmp_path)


def test_the_package_itself_imports_no_module() -> None:
    """Each public name of the package is imported on first use."""
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018 - the look-up is the subject
    assert (set(), set(package.__all__)) == (
        set(package.__all__) - set(dir(package)),
        {name for name in package.__all__ if getattr(package, name)},
    )
    source = f"import sys, {package.__name__}; print([name for name in sys.modules if name.startswith('{package.__name__}.')])"
    assert "[]\n" == subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout


def test_warnings_are_of_their_own_class(store: KeyringTokenStore, backend: FakeKeyring) -> None:
    """A filter for `TokenStoreWarning` silences the store's warnings and no others."""
    store.save(KEY, LOGIN)
    backend.locked = KeyringLocked
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", TokenStoreWarning)

        assert TOKENS == store.load(KEY)
