"""Languages, sanitized text, exit codes, and messages from elsewhere."""

from __future__ import annotations

import ast
import inspect
import re
import socket
from pathlib import Path

import click
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import cli, exceptions
from aizoomdoc_client.cli import wording
from aizoomdoc_client.cli.errors import KINDS, MEANINGS, ExitCode, report
from aizoomdoc_client.cli.language import Text, count, speak, wanted_language
from aizoomdoc_client.cli.sanitize import sanitized, without_controls
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import Program

NOBODYS_ID = "00000000-0000-4000-8000-000000000000"
BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
DANGEROUS = [*(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"), *BIDI]
TREE = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass) if issubclass(kind, exceptions.AIZoomDocError)]


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "ru_RU.UTF-8"}, "ru"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LC_ALL": "C", "AIZOOMDOC_LANG": "ru"}, "ru"),
        (["--lang", "ru"], {"AIZOOMDOC_LANG": "en"}, "ru"),
        (["chat", "send", "?", "--lang=ru"], {}, "ru"),
        (["--help", "--lang", "ru"], {}, "ru"),
        (["--lang"], {}, "en"),
        (["--lang", "de"], {}, "en"),
        (["chat", "send", "--", "--lang", "ru"], {}, "en"),
    ],
)
def test_the_language_is_found(arguments: list[str], environ: dict[str, str], expected: str) -> None:
    """The command line decides, then AIZOOMDOC_LANG, LC_ALL and LANG, then it is English."""
    assert expected == wanted_language(arguments, environ)


def test_russian_counts() -> None:
    """A Russian noun takes the form that its number wants."""
    speak("ru")
    try:
        said = [count(number, ("файл", "файла", "файлов"), ("file", "files")) for number in (1, 2, 5, 11, 21, 22, 112)]
    finally:
        speak("en")

    assert ["1 файл", "2 файла", "5 файлов", "11 файлов", "21 файл", "22 файла", "112 файлов"] == said


def test_both_wordings_of_every_text_fit_together() -> None:
    """Every text of the room has two wordings that are not empty, with the same places to fill in; the Russian one is Russian."""
    faults = []
    for path in sorted(Path(cli.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Text"
                and all(isinstance(arg, ast.Constant) for arg in node.args)
            ):
                ru, en = (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))
                places = [sorted(re.findall(r"\{\w*", text)) for text in (ru, en)]
                in_russian = ru == en or re.search("[а-яё«]", ru, re.IGNORECASE)
                if (
                    places[0] != places[1]
                    or bool(ru) != bool(en)
                    or (ru and not in_russian)
                    or re.search("[а-яё]", en, re.IGNORECASE)
                ):
                    faults.append(f"{path.name}, line {node.lineno}")

    assert [] == faults


@pytest.mark.parametrize("code", DANGEROUS, ids="{:04x}".format)
def test_a_dangerous_character_is_made_harmless(code: int) -> None:
    """No control and no bidi character reaches a terminal, and what replaces it is none."""
    assert not {sanitized(chr(code)), without_controls(chr(code))} & {chr(code) for code in DANGEROUS}


@given(st.text(), st.integers(0, 50))
def test_it_makes_no_difference_where_text_is_cut(text: str, place: int) -> None:
    """Pieces made harmless one by one join to the whole made harmless, wherever the cut is."""
    assert sanitized(text) == sanitized(text[:place]) + sanitized(text[place:])


def test_ordinary_text_stays() -> None:
    """Letters, line feeds, tabs, emoji and accents are what they were."""
    text = "Высота 3,3 м²\n\t— «план»; é 👷🏽 ق"

    assert text == sanitized(text)


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_and_a_line(kind: type[exceptions.AIZoomDocError]) -> None:
    """Each class of the tree is reported in one line, by a code that is documented."""
    said = report(kind("Что-то случилось"))

    assert said is not None
    assert (True, True, 1) == (said.code in MEANINGS, said.code > 0, len(said.line.splitlines()))


def test_codes_go_by_kind() -> None:
    """The code says what kind of failure it was; the narrower class decides."""
    expected = {
        exceptions.ConfigurationError: 3,
        exceptions.TokenExpiredError: 4,
        exceptions.PermissionDeniedError: 5,
        exceptions.NotFoundError: 6,
        exceptions.ValidationError: 7,
        exceptions.PayloadTooLargeError: 7,
        exceptions.GatewayError: 8,
        exceptions.AnswerError: 8,
        exceptions.RateLimitError: 9,
        exceptions.QueueFullError: 9,
        exceptions.QueueTimeoutError: 9,
        exceptions.APITimeoutError: 10,
        exceptions.StreamTimeoutError: 10,
        exceptions.StreamInterruptedError: 11,
        exceptions.DeliveryUnknownError: 11,
        exceptions.AIZoomDocError: 1,
    }

    assert expected == {kind: said.code for kind in expected if (said := report(kind("?"))) is not None}


def test_every_kind_is_a_class_of_the_tree() -> None:
    """The table of kinds names classes that exist."""
    assert set() == set(KINDS) - {kind.__name__ for kind in TREE}


def test_the_help_and_the_guides_know_every_code(program: Program) -> None:
    """Help and both guides list all exit codes."""
    pages = [program("--help").out, *(path.read_text(encoding="utf-8") for path in sorted(Path("docs").glob("guide*.md")))]
    codes = {str(int(code)) for code in ExitCode}

    assert [codes, codes, codes] == [codes & set(re.findall(r"^(?:\| )?\s*(\d+) ", page, re.MULTILINE)) for page in pages]
    assert set(MEANINGS) == set(ExitCode)


@pytest.mark.parametrize(
    "message",
    [
        "No server: pass server_url, set AIZOOMDOC_SERVER, or run `aizoomdoc login`",
        "There is no profile 'zzz' in /x/config.toml: run `aizoomdoc --profile zzz login`",
        "The port 8000 of 127.0.0.1 is in use: stop what listens there or choose another port (0 for any)",
        "No connection to localhost:9: Connect call failed ('127.0.0.1', 9)",
        "Invalid static token",
        "Nothing came in time",
        "The message was not posted, for the chat's history could not be read first: The server took too long to answer",
        "План.pdf is too large: at most 104,857,600 bytes are taken, and it has 104,857,601 bytes (see upload_limits)",
        "План.pdf is too large: at most 104,857,600 bytes are taken, and it has more (see upload_limits)",
        "The connection broke off after 1,048,576 of 6,000,000 bytes of План.pdf: the server may take no file of this size",
        "The server does not say that its model will see these files: 17; give it files of at most 20 MB",
        "The server accepted temperature and did not keep it",
        "The token file /x/tokens.json cannot be used: Permission denied; tokens live in memory until this process ends",
        "No such option '--bad'.",
        "No such option: --bad (Possible options: --profile)",
        "Got unexpected extra argument (x)",
        "Invalid value for '--port': 99999 is not in the range 0<=x<=65535.",
    ],
)
def test_messages_from_elsewhere_are_in_russian(message: str) -> None:
    """What a person meets of other rooms' and click's messages is said in Russian without an English word left."""
    speak("ru")
    try:
        said = wording.worded(message)
    finally:
        speak("en")

    words = set(re.findall(r"(?<![\w/.`«-])[a-z]{3,}(?![\w/:.])", said))
    assert set() == words - {"aizoomdoc", "login", "temperature", "localhost", "zzz"}, said


def test_real_failures_are_told_in_russian(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """What other rooms really say when things go wrong is known by its pattern: no English is left, names and paths aside."""
    data = ("--data", str(tmp_path / "data"))
    free = running_port()
    failures: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("me",), {"AIZOOMDOC_CONFIG_DIR": str(tmp_path / "none")}),
        (("me", "--server", f"http://127.0.0.1:{free}"), {}),
        (("health", "--server", f"http://127.0.0.1:{free}"), {}),
        (("me", "--profile", "zzz"), {}),
        (("me",), {"AIZOOMDOC_TIMEOUT": "soon"}),
        (("me",), {"AIZOOMDOC_ALLOW_INSECURE": "perhaps"}),
        (("me",), {"AIZOOMDOC_TRANSPORT": "pigeon"}),
        (("me", "--server", "http://192.0.2.1"), {}),
        (("me", "--server", "nonsense"), {}),
        (("login", "--token", "wrong"), {}),
        (("login", "--token", "\x07"), {}),
        (("chat", "use", NOBODYS_ID), {}),
        (("chat", "use", ".."), {}),
        (("serve", "--port", str(server.port), *data), {}),
        (("serve", "--projects", str(tmp_path / "missing"), *data), {}),
        (("serve", "--pace", "-1", *data), {}),
        (("serve", "--token", " ", *data), {}),
    ]
    told = [logged_in(*arguments, "--lang", "ru", env=env) for arguments, env in failures]
    paths = r"[\w./:'-]*[./:_=][\w./:'-]*|--[\w-]+|'[^']*'|«[^»]*»|AIZOOMDOC_\w+|https?|HTTP"
    names = f"{paths}|aizoomdoc|login|zzz|auto|websocket|sse|pace_seconds"

    assert set() == {
        (arguments, outcome.errors[0])
        for (arguments, _), outcome in zip(failures, told, strict=True)
        if outcome.code == 0 or re.search("[a-zA-Z]{3}", re.sub(names, "", outcome.errors[0]))
    }


def running_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_click_says_what_the_table_expects(program: Program) -> None:
    """Errors of use are told in Russian, whatever this version of click calls them."""
    lines = [
        program(*arguments, "--lang", "ru").errors[0]
        for arguments in [
            ("sned",),
            ("chat", "send"),
            ("chat", "send", "a", "b"),
            ("chat", "send", "--bad"),
            ("chat", "list", "--limit", "x"),
        ]
    ]

    assert ["нет такой команды", "не хватает аргумента", "лишние аргументы", "нет такого параметра", "--limit"] == [
        line.removeprefix("Ошибка: ").partition(":")[0].replace(" ВОПРОС", "") for line in lines
    ]


def walk(command: click.Command, ctx: click.Context) -> list[str]:
    pages = [command.get_help(ctx)]
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            pages += walk(below, click.Context(below, info_name=name, parent=ctx))
    return pages


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_help_page_is_in_one_language(language: str) -> None:
    """Help of every command is whole in the language that is asked for."""
    from aizoomdoc_client.cli.root import root

    speak("ru" if language == "ru" else "en")
    try:
        pages = walk(root, click.Context(root, info_name="aizoomdoc"))
    finally:
        speak("en")
    foreign = "Usage|Options|Commands|Show|default" if language == "ru" else "[а-яА-ЯёЁ]"

    assert [] == [page for page in pages if re.search(foreign, page)]
    assert 26 == len(pages)


def test_a_text_is_said_in_the_language_in_force() -> None:
    """The same text is said in Russian or English, when it is said."""
    text = Text("да {x}", "yes {x}")
    english = text.of(x=1)
    speak("ru")
    try:
        assert ("yes 1", "да 1") == (english, text.of(x=1))
    finally:
        speak("en")
