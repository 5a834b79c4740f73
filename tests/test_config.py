"""Settings: their sources and their validation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import UNSET, AIZoomDocClient, AsyncAIZoomDocClient
from aizoomdoc_client.addresses import checked_server_url
from aizoomdoc_client.config import (
    ClientConfig,
    RetryPolicy,
    StreamTimeouts,
    UploadLimits,
    config_folder,
    load_profile,
    resolve_config,
)
from aizoomdoc_client.exceptions import AIZoomDocWarning, ConfigurationError

T = TypeVar("T")

SERVER = "https://argument.example"
_NETWORK = {"proxy", "ca_file", "client_certificate", "client_key", "headers", "max_connections"}
_OF_CONNECTIONS = {"server_url", "allow_insecure", "profile", "http_session"} | _NETWORK


@pytest.fixture
def profile(tmp_path: Path) -> Callable[[str | bytes], dict[str, str]]:
    """Writes the profile file; returns an environment that points to it."""

    def write(text: str | bytes) -> dict[str, str]:
        (tmp_path / "config.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return {"AIZOOMDOC_CONFIG_DIR": str(tmp_path)}

    return write


PRECEDENCE = [
    # setting, argument, variable, its text, what the text means, the profile's line, what the line means, default
    ("timeout", 1.5, "AIZOOMDOC_TIMEOUT", "2.5", 2.5, "timeout = 3.5", 3.5, 60.0),
    ("timeout", None, "AIZOOMDOC_TIMEOUT", "2.5", 2.5, "timeout = 3.5", 3.5, 60.0),
    ("timeout", 1.5, "AIZOOMDOC_TIMEOUT", "none", None, "timeout = 3.5", 3.5, 60.0),
    ("timeout", 1.5, "AIZOOMDOC_TIMEOUT", " None ", None, "timeout = 'none'", None, 60.0),
    ("transport", "sse", "AIZOOMDOC_TRANSPORT", "websocket", "websocket", 'transport = "sse"', "sse", "auto"),
    ("allow_insecure", False, "AIZOOMDOC_ALLOW_INSECURE", "1", True, "allow_insecure = true", True, False),
    ("allow_insecure", True, "AIZOOMDOC_ALLOW_INSECURE", "0", False, "allow_insecure = true", True, False),
]


@pytest.mark.parametrize("case", PRECEDENCE, ids=lambda case: case[0])
@pytest.mark.parametrize("sources", range(8))
def test_setting_comes_from_the_first_place_that_has_it(
    case: tuple[Any, ...], sources: int, profile: Callable[[str], dict[str, str]]
) -> None:
    """Argument, then environment, then profile, then default: whichever of them are given."""
    name, argument, variable, text, meaning, line, saved, default = case
    by_argument, by_variable, by_profile = (bool(sources & bit) for bit in (1, 2, 4))
    environ = profile(f"[default]\n{line}\n" if by_profile else "")
    environ |= {variable: text} if by_variable else {}
    expected = argument if by_argument else meaning if by_variable else saved if by_profile else default

    config = resolve_config(server_url=SERVER, environ=environ, **({name: argument} if by_argument else {}))

    assert expected == getattr(config, name)


@pytest.mark.parametrize("setting", [field.name for field in attrs.fields(ClientConfig)])
def test_what_is_not_given_is_found_elsewhere(setting: str, profile: Callable[[str], dict[str, str]]) -> None:
    """UNSET is not given, and neither is None, but for the time-out, where it is no limit."""
    environ = profile(f"[default]\nserver_url = '{SERVER}'\ntimeout = 3\n")
    elsewhere = resolve_config(environ=environ)

    assert elsewhere == resolve_config(environ=environ, **{setting: UNSET})
    assert (elsewhere == resolve_config(environ=environ, **{setting: None})) == (setting != "timeout")


def test_every_setting_is_an_argument() -> None:
    """The constructors take every setting, and `with_options` all but those that decide on connections and saved logins."""
    settings = {field.name for field in attrs.fields(ClientConfig)} | {"hooks", "http_session", "token_store"}
    taken = [
        set(inspect.signature(method).parameters) - {"self"}
        for client in (AsyncAIZoomDocClient, AIZoomDocClient)
        for method in (client.__init__, client.with_options)
    ]

    assert [settings, settings - _OF_CONNECTIONS] * 2 == taken


def test_an_unknown_setting_is_refused() -> None:
    """A mistyped name raises instead of being ignored."""
    with pytest.raises(TypeError, match="time_out"):
        resolve_config(server_url=SERVER, time_out=5, environ={})


@pytest.mark.parametrize(
    ("argument", "variable", "saved", "expected"),
    [
        ("https://a.example", "https://b.example", "https://c.example", "https://a.example"),
        (None, "https://b.example", "https://c.example", "https://b.example"),
        (None, "", "https://c.example", "https://c.example"),
        (None, None, "https://c.example", "https://c.example"),
    ],
)
def test_server_comes_from_the_first_place_that_has_it(
    argument: str | None, variable: str | None, saved: str, expected: str, profile: Callable[[str], dict[str, str]]
) -> None:
    """The server as argument, in the environment (an empty variable is unset), in the profile."""
    environ = profile(f'[default]\nserver_url = "{saved}"\n') | ({} if variable is None else {"AIZOOMDOC_SERVER": variable})

    assert expected == resolve_config(server_url=argument, environ=environ).server_url


@pytest.mark.parametrize(
    ("argument", "variable", "expected"),
    [("mine", "theirs", "mine"), (None, "theirs", "theirs"), (None, "", None), (None, None, None)],
)
def test_static_token_comes_from_argument_or_environment(
    argument: str | None, variable: str | None, expected: str | None, tmp_path: Path
) -> None:
    """The token as argument, else in the environment, never in the profile file."""
    environ = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path)} | ({} if variable is None else {"AIZOOMDOC_TOKEN": variable})

    assert expected == resolve_config(server_url=SERVER, static_token=argument, environ=environ).static_token


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "a\x7f", "a\x85"])
def test_unusable_token_is_refused_and_not_shown(token: str, tmp_path: Path) -> None:
    """An empty token as argument is an error; the environment's token is not used instead."""
    environ = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path), "AIZOOMDOC_TOKEN": "theirs"}

    with pytest.raises(ConfigurationError, match="static_token is empty or has control characters") as caught:
        resolve_config(server_url=SERVER, static_token=token, environ=environ)

    assert "theirs" not in str(caught.value)


UNDECODABLE = b"canary-\xff".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("argument", "variables", "named"),
    [
        ({"static_token": UNDECODABLE}, {}, "static_token"),
        ({}, {"AIZOOMDOC_TOKEN": UNDECODABLE}, "AIZOOMDOC_TOKEN"),
        ({}, {"AIZOOMDOC_TOKEN": f"\n{UNDECODABLE}\n"}, "AIZOOMDOC_TOKEN"),
        ({"profile": UNDECODABLE}, {}, "profile"),
        ({}, {"AIZOOMDOC_PROFILE": UNDECODABLE}, "AIZOOMDOC_PROFILE"),
    ],
)
def test_bytes_that_are_no_utf8_are_refused_with_the_name_of_their_setting(
    argument: dict[str, str], variables: dict[str, str], named: str, tmp_path: Path
) -> None:
    """Before anything is sent or saved, and without the value, which may be a token."""
    environ = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path), **variables}
    with pytest.raises(ConfigurationError) as caught:
        resolve_config(server_url=SERVER, environ=environ, **argument)

    assert f"{named} has bytes in it that are not UTF-8: was it saved or typed in another encoding?" == caught.value.message
    assert "canary" not in caught.value.localized("ru")


def test_token_is_in_no_repr(tmp_path: Path) -> None:
    """The settings can be printed."""
    config = resolve_config(server_url=SERVER, static_token="canary", environ={"AIZOOMDOC_CONFIG_DIR": str(tmp_path)})

    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    ("argument", "variable", "expected"),
    [("mine", "env", "mine"), (None, "env", "env"), (None, "", "default"), ("", "env", "env")],
)
def test_profile_is_chosen_by_argument_then_environment(
    argument: str | None, variable: str, expected: str, profile: Callable[[str], dict[str, str]]
) -> None:
    """The name of the profile has the same precedence as any setting."""
    text = "".join(f'[{name}]\nserver_url = "https://{name}.example"\n' for name in ("mine", "env", "default"))

    config = resolve_config(profile=argument, environ=profile(text) | {"AIZOOMDOC_PROFILE": variable})

    assert (expected, f"https://{expected}.example") == (config.profile, config.server_url)


def test_no_server_anywhere_says_what_to_do(tmp_path: Path) -> None:
    """There is no built-in server."""
    with pytest.raises(ConfigurationError, match=r"No server: pass server_url .*, set AIZOOMDOC_SERVER, or run"):
        resolve_config(environ={"AIZOOMDOC_CONFIG_DIR": str(tmp_path)})


def test_profile_that_was_asked_for_must_be_there(profile: Callable[[str], dict[str, str]]) -> None:
    """A mistyped profile is an error that names it and the file."""
    with pytest.raises(ConfigurationError, match=r"no profile 'wrok' in .*config\.toml"):
        resolve_config(profile="wrok", environ=profile("[work]\n"))


BROKEN_FILES = {
    "no TOML": b"= = =",
    "cut off": b'[default]\nserver_url = "https://x.ex',
    "no UTF-8": b'[default]\nserver_url = "\xff"',
    "NUL": b"\x00",
    "too deep": b"a = " + b"[" * 20_000,
    "a number of 5,000 digits": b"a = " + b"1" * 5_000,
    "an impossible date": b"a = 2020-13-45",
    "two tables of one name": b"[default]\n[default]\n",
}


@pytest.mark.parametrize("content", BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_broken_profile_file_is_named(content: bytes, profile: Callable[[bytes], dict[str, str]], tmp_path: Path) -> None:
    """A file that cannot be read is an error that names it, in one line."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_config(environ=profile(content))

    assert str(tmp_path / "config.toml") in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[default]\nx\n", "строка 2: это не TOML; исправьте её или удалите файл и войдите снова"),
        (b"[default]\n[default]\n", "строка 2: имя или таблица встречается второй раз; удалите одно из двух"),
        ("[default]\n# имя\n".encode("cp1251"), "строка 2: текст не в UTF-8, сохраните файл в этой кодировке"),
        (b"a = " + b"9" * 5000, "строка 1: это не TOML; исправьте её или удалите файл и войдите снова"),
    ],
)
def test_a_broken_profile_file_is_told_in_russian_with_what_to_do(
    content: bytes, said: str, profile: Callable[[bytes], dict[str, str]], tmp_path: Path
) -> None:
    """Python itself says it in English only, and nothing of the file."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_config(environ=profile(content))

    assert f"файл профилей {tmp_path / 'config.toml'} не читается: {said}" == caught.value.localized("ru")


@pytest.mark.parametrize("content", BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_environment_works_beside_a_broken_profile_file(content: bytes, profile: Callable[[bytes], dict[str, str]]) -> None:
    """Where the server comes from the environment, a broken file is a warning that names it."""
    environ = profile(content) | {"AIZOOMDOC_SERVER": "https://env.example"}

    with pytest.warns(AIZoomDocWarning, match=r"config\.toml cannot be read"):
        config = resolve_config(environ=environ)

    assert "https://env.example" == config.server_url


def test_broken_profile_file_is_an_error_when_its_profile_was_asked_for(profile: Callable[[bytes], dict[str, str]]) -> None:
    """A named profile must be readable."""
    with pytest.raises(ConfigurationError, match=r"config\.toml cannot be read"):
        resolve_config(server_url=SERVER, profile="work", environ=profile(b"= ="))


def test_folder_in_place_of_the_profile_file_is_named(tmp_path: Path) -> None:
    """Whatever the system says about the file, the error names it."""
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(ConfigurationError, match=r"config\.toml cannot be read"):
        load_profile(tmp_path / "config.toml", "default")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("server_url = 1", "server_url"),
        ("server_url = ['https://user:canary@x']", "server_url"),
        ("timeout = '60'", "timeout"),
        ("timeout = ''", "timeout"),
        ("timeout = true", "timeout"),
        ("timeout = 0", "timeout"),
        ("timeout = -1", "timeout"),
        ("timeout = nan", "timeout"),
        ("timeout = inf", "timeout"),
        ("timeout = 1e300", "timeout"),
        ("transport = 1", "transport"),
        ("transport = 'carrier pigeon'", "transport"),
        ("transport = []", "transport"),
        ("allow_insecure = 'yes'", "allow_insecure"),
        ("allow_insecure = 1", "allow_insecure"),
    ],
)
def test_unusable_value_of_a_profile_names_key_and_file(
    line: str, named: str, profile: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    """A value of the wrong type or out of bounds is an error even where an argument overrides it."""
    with pytest.raises(ConfigurationError, match=f"^{named} of profile 'default' in ") as caught:
        resolve_config(server_url=SERVER, timeout=5, environ=profile(f"[default]\n{line}\n"))

    assert str(tmp_path / "config.toml") in str(caught.value)
    assert "canary" not in str(caught.value)


def test_profile_that_is_no_table_is_named(profile: Callable[[str], dict[str, str]]) -> None:
    """A value where a table was meant is an error."""
    with pytest.raises(ConfigurationError, match=r"default in .*config\.toml must be a table"):
        resolve_config(environ=profile("default = 1"))


def test_profile_file_may_begin_with_a_byte_order_mark(profile: Callable[[bytes], dict[str, str]]) -> None:
    """Editors on Windows write one."""
    environ = profile(b'\xef\xbb\xbf[default]\nserver_url = "https://bom.example"\n')

    assert "https://bom.example" == resolve_config(environ=environ).server_url


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("AIZOOMDOC_TIMEOUT", "soon"),
        ("AIZOOMDOC_TIMEOUT", "nan"),
        ("AIZOOMDOC_TIMEOUT", "inf"),
        ("AIZOOMDOC_TIMEOUT", "0"),
        ("AIZOOMDOC_TIMEOUT", "-1"),
        ("AIZOOMDOC_TIMEOUT", "null"),
        ("AIZOOMDOC_TRANSPORT", "pigeon"),
        ("AIZOOMDOC_ALLOW_INSECURE", "maybe"),
    ],
)
def test_unusable_variable_is_named(variable: str, text: str, tmp_path: Path) -> None:
    """A variable that cannot be used is an error that names it."""
    with pytest.raises(ConfigurationError, match=variable):
        resolve_config(server_url=SERVER, environ={"AIZOOMDOC_CONFIG_DIR": str(tmp_path), variable: text})


@pytest.mark.parametrize("text", ["1", "true", "YES", " on "])
def test_flag_has_words_for_yes(text: str, tmp_path: Path) -> None:
    """Several words switch a flag on."""
    environ = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path), "AIZOOMDOC_ALLOW_INSECURE": text}

    assert resolve_config(server_url="http://remote.example", environ=environ).allow_insecure


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda: RetryPolicy(attempts=0), "attempts"),
        (lambda: RetryPolicy(attempts=2.5), "attempts"),  # type: ignore[arg-type]  # what users do
        (lambda: RetryPolicy(attempts="3"), "attempts"),  # type: ignore[arg-type]  # as above
        (lambda: RetryPolicy(attempts=True), "attempts"),
        (lambda: RetryPolicy(base_delay=0), "base_delay"),
        (lambda: RetryPolicy(max_delay=None), "max_delay"),  # type: ignore[arg-type]  # as above
        (lambda: RetryPolicy(max_retry_after=float("nan")), "max_retry_after"),
        (lambda: RetryPolicy(max_reruns=-1), "max_reruns"),
        (lambda: StreamTimeouts(connect=None), "connect"),  # type: ignore[arg-type]  # as above
        (lambda: StreamTimeouts(idle=float("inf")), "idle"),
        (lambda: StreamTimeouts(total=0), "total"),
        (lambda: UploadLimits(file=0), "file"),
        (lambda: UploadLimits(llm_file=1.5), "llm_file"),  # type: ignore[arg-type]  # as above
        (lambda: StreamTimeouts(first_event="330"), "first_event"),  # type: ignore[arg-type]  # as above
        (lambda: ClientConfig(server_url=SERVER, timeout="60"), "timeout"),  # type: ignore[arg-type]  # as above
        (lambda: ClientConfig(server_url=SERVER, timeout=True), "timeout"),
        (lambda: ClientConfig(server_url=SERVER, max_frame_bytes=0), "max_frame_bytes"),
        (lambda: ClientConfig(server_url=SERVER, static_token=""), "static_token"),
        (lambda: ClientConfig(server_url=SERVER, static_token=5), "static_token"),  # type: ignore[arg-type]  # as above
        (lambda: ClientConfig(server_url=SERVER, transport="pigeon"), "transport"),  # type: ignore[arg-type]  # as above
    ],
)
def test_unusable_argument_is_named(build: Callable[[], object], named: str) -> None:
    """A setting of the wrong type or out of bounds is a `ConfigurationError` that names it, never a TypeError."""
    with pytest.raises(ConfigurationError, match=named):
        build()


def test_time_outs_can_be_switched_off() -> None:
    """None means no limit where that is allowed."""
    timeouts = StreamTimeouts(first_event=None, idle=None, total=None)

    assert (None, None, None) == (timeouts.first_event, timeouts.idle, timeouts.total)
    assert ClientConfig(server_url=SERVER, timeout=None).timeout is None


@pytest.mark.parametrize(("environ", "expected"), [({"AIZOOMDOC_CONFIG_DIR": "/some/where"}, Path("/some/where"))])
def test_config_folder_can_be_chosen(environ: Mapping[str, str], expected: Path) -> None:
    """The environment says where profiles and tokens are."""
    assert expected == config_folder(environ)


def test_config_folder_is_the_systems_by_default() -> None:
    """Without a variable, or with an empty one, the system's place for settings is taken."""
    assert "aizoomdoc" == config_folder({}).name == config_folder({"AIZOOMDOC_CONFIG_DIR": ""}).name


ACCEPTED = {
    "https://docs.example.org": "https://docs.example.org",
    "https://docs.example.org/": "https://docs.example.org",
    "HTTPS://Docs.Example.ORG": "https://docs.example.org",
    "  https://docs.example.org  ": "https://docs.example.org",
    "https://docs.example.org:8443/api/v1//": "https://docs.example.org:8443/api/v1",
    "https://docs.example.org:": "https://docs.example.org",
    "https://docs.example.org:65535": "https://docs.example.org:65535",
    "https://docs.example.org?": "https://docs.example.org",
    "https://10.0.0.7": "https://10.0.0.7",
    "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
    "https://сервер.рф": "https://сервер.рф",
    "https://हिन्दी.भारत": "https://हिन्दी.भारत",
    "https://xn--e1afmkfd.xn--p1ai": "https://xn--e1afmkfd.xn--p1ai",
    "https://my_host": "https://my_host",
    "http://localhost:8000": "http://localhost:8000",
    "http://LOCALHOST:8000": "http://localhost:8000",
    "http://127.0.0.1:8000/prefix": "http://127.0.0.1:8000/prefix",
    "http://127.8.9.1": "http://127.8.9.1",
    "http://[::1]:8000": "http://[::1]:8000",
    "http://[::ffff:127.0.0.1]": "http://[::ffff:127.0.0.1]",
}


@pytest.mark.parametrize(("url", "expected"), ACCEPTED.items())
def test_server_url_is_taken(url: str, expected: str) -> None:
    """A server is https anywhere or http on this machine, with a port and a path if need be, without a slash at the end."""
    assert expected == checked_server_url(url)


CLEAR = [
    "http://docs.example.org",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1.evil.com",
    "http://[::ffff:a00:1]",
    "http://[::ffff:0:127.0.0.1]",
    "http://[64:ff9b::127.0.0.1]",
    "http://[fe80::1]",
    "http://017700000001",
    "http://0x7f000001",
    "http://128.0.0.1",
    "http://169.254.169.254",
    "http://192.168.0.1",
    "http://localhost.evil.example",
    "http://evil-localhost",
    "http://localhost.",
    "http://evil.localhost",
    "http://2130706433",
    "http://0177.0.0.1",
    "http://0x7f.0.0.1",
    "http://127.1",
    "http://127.0.0.1.",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::ffff:10.0.0.1]",
    "http://[::127.0.0.1]",
    "http://127。0。0。1",
    "http://ⓛocalhost",
    "http://10.0.0.7",
]


@pytest.mark.parametrize("url", CLEAR)
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    """Any host but this machine would get the token unencrypted."""
    with pytest.raises(ConfigurationError, match=r"in the clear: use https, or allow_insecure=True"):
        checked_server_url(url)


@pytest.mark.parametrize("url", CLEAR)
def test_plain_http_can_be_allowed(url: str) -> None:
    """`allow_insecure` allows plain http."""
    assert url == checked_server_url(url, allow_insecure=True)


REFUSED = [
    "",
    "   ",
    "docs.example.org",
    "localhost:8000",
    "//docs.example.org",
    "/chats",
    "https://",
    "https:///path",
    "https:docs.example.org",
    "https:/docs.example.org",
    "ws://localhost:8000",
    "wss://docs.example.org",
    "ftp://docs.example.org",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://docs.example.org:0",
    "https://docs.example.org:65536",
    "https://docs.example.org:-1",
    "https://docs.example.org:80a",
    "https://docs.example.org:８０",
    "https://docs.exam\tple.org",
    "https://docs.example.org\n",
    "https://docs.example.org/\r\nHost: evil.example",
    "https://docs.example.org/\x00",
    "https://docs.example.org/\x85",
    "https://docs.example.org/\u202e",
    "https://docs example.org",
    "https://docs.example.org/a b",
    "https://evil.example\\.docs.example.org",
    "https://evil.example%2edocs.example.org",
    "https://[::1",
    "https://::1",
    "https://[docs.example.org]",
    "https://[v1.x:y]",
    "https://docs.example.org;x",
    "https://a,b",
    "https://\ud800.example",
    "https://docs.example.org\u2100evil",
]


@pytest.mark.parametrize("url", REFUSED, ids=ascii)
@pytest.mark.parametrize("allow_insecure", [False, True])
def test_no_server_url_is_refused(url: str, allow_insecure: bool) -> None:
    """Invalid URLs, and URLs that parsers read differently, are always rejected."""
    with pytest.raises(ConfigurationError, match=r"must look like https://host\[:port\]\[/path\]") as caught:
        checked_server_url(url, allow_insecure=allow_insecure)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("url", "suggestion"),
    [
        ("docs.example.org", "https://docs.example.org"),
        ("docs.example.org:8443/api/", "https://docs.example.org:8443/api"),
        ("localhost:8000", "http://localhost:8000"),
    ],
)
def test_a_server_without_a_scheme_is_shown_with_it(url: str, suggestion: str) -> None:
    """A missing scheme is answered with a suggestion, in both languages."""
    with pytest.raises(ConfigurationError) as caught:
        checked_server_url(url)

    assert "server_url_without_scheme" == caught.value.code
    assert caught.value.message.endswith(f": try {suggestion}")
    assert caught.value.localized("ru").endswith(f"— попробуйте {suggestion}")


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.example.org?canary=1",
        "https://docs.example.org#canary",
        "https://@docs.example.org",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:8000@evil.example",
        "http://localhost@evil.example:8000",
        "http://evil.example@127.0.0.1",
        "http://canary:canary@[::1]",
    ],
)
def test_query_fragment_and_user_are_refused(url: str) -> None:
    """A server's URL has no query, fragment or user."""
    with pytest.raises(ConfigurationError, match="must not carry a user name, a query or a fragment") as caught:
        checked_server_url(url)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:canary@docs.example.org",
        "https://canary@docs.example.org",
        "https://user:canary@docs.example.org:99999",
        "https://user:can/canary@docs.example.org",
        "https://user:can?canary@docs.example.org",
        "https://user:can#canary@docs.example.org",
        "https://user:c@canary@docs.example.org",
        "https://user:canary@docs.example.org\u2100",
        "https://[user:canary@docs.example.org",
        "https:user:canary@docs.example.org",
        "https:/user:canary@docs.example.org",
        "user:canary@docs.example.org",
        "ftp://user:canary@docs.example.org",
        "canary://user@docs.example.org",
        "https://docs.example.org/?token=canary",
        "https://docs.example.org/?token=x@canary",
        "https://docs.example.org:x?token=canary",
        "http://docs.example.org?token=canary",
    ],
)
def test_no_error_shows_a_password_or_a_query(url: str) -> None:
    """An error about a URL shows none of its secrets, also of malformed URLs."""
    with pytest.raises(ConfigurationError) as caught:
        checked_server_url(url)

    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value.__context__ if not caught.value.__suppress_context__ else None)


@pytest.mark.parametrize("url", [None, 5, b"https://docs.example.org", ["https://docs.example.org"]])
def test_url_of_another_type_is_refused(url: Any) -> None:
    """A URL that is no text is a `ConfigurationError` too."""
    with pytest.raises(ConfigurationError, match="must be text"):
        checked_server_url(url)


def outcome(call: Callable[[], T]) -> T | ConfigurationError:
    try:
        return call()
    except ConfigurationError as error:
        return error


URL_PIECES = st.sampled_from(
    [*"@:/?#[]%.\\ \t\n", "http", "https", "://", "localhost", "127.0.0.1", "::1", "host", "é", "\ud800"]
)


@given(st.text() | st.lists(URL_PIECES).map("".join) | st.lists(URL_PIECES).map(lambda pieces: "https://" + "".join(pieces)))
def test_any_text_as_url_is_a_url_or_a_configuration_error(url: str) -> None:
    """Any text gives a normalised URL, or one error in one line."""
    checked = outcome(lambda: checked_server_url(url))

    if isinstance(checked, ConfigurationError):
        assert str(checked).isprintable()
    else:
        assert checked == checked_server_url(checked)
        assert checked.startswith(("https://", "http://localhost", "http://127.", "http://["))


TOML_PIECES = st.sampled_from(
    [
        "[default]",
        "\n",
        "server_url",
        "timeout",
        "transport",
        "allow_insecure",
        " = ",
        "'https://x.example'",
        "1",
        "nan",
        "true",
        "'",
    ]
)


@given(
    st.binary() | st.lists(TOML_PIECES).map("".join).map(str.encode) | st.text().map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_as_profile_file_are_settings_or_a_configuration_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Any content gives settings, or one error in one line."""
    folder = tmp_path_factory.getbasetemp() / "any bytes"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_bytes(content)

    config = outcome(lambda: resolve_config(environ={"AIZOOMDOC_CONFIG_DIR": str(folder)}))

    if isinstance(config, ConfigurationError):
        assert str(config).isprintable()
    else:
        assert "https://x.example" == config.server_url
