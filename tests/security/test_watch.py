"""The canary plugin, tested on its own runs: exposed tokens are reported masked, and clean tests pass."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.shows_tokens("the searched runs of this file, and their reports")

REPO = Path(__file__).parents[2]

EXPOSING_TESTS = """
import logging, subprocess, sys, warnings
import pytest
from aizoomdoc_client.exceptions import AIZoomDocWarning, APIError
from aizoomdoc_client.protocol import codec
from aizoomdoc_client.exceptions import ProtocolError

TOKEN = "-".join(["canary", "planted", "7f3a91"])
JWT = ".".join(["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxIn0xxxxx", "s" * 30])

def test_log(): logging.getLogger("some.library").debug("sent %s", TOKEN)
def test_log_of_an_error():
    try: raise ValueError(JWT)
    except ValueError: logging.getLogger("some.library").exception("failed")
def test_output(): print(TOKEN)
def test_captured_output(capsys):
    print(TOKEN, file=sys.stderr)
    capsys.readouterr()
def test_program(): subprocess.run([sys.executable, "-c", f"print({TOKEN!r})"], capture_output=True)
def test_warning():
    with pytest.warns(AIZoomDocWarning): warnings.warn(TOKEN, AIZoomDocWarning)
def test_error():
    with pytest.raises(APIError): raise APIError(f"wrong token {TOKEN}")
def test_details_of_an_error():
    with pytest.raises(APIError): raise APIError("wrong token", details={"token": JWT})
def test_variable_of_an_error():
    with pytest.raises(ProtocolError): codec.parse(b"[1," + b" " * 4000 + TOKEN.encode())
def test_error_that_is_kept():
    global kept
    kept = APIError(TOKEN)

@pytest.mark.shows_tokens("a reason")
def test_excused(): print(TOKEN)
def test_clean(): logging.getLogger("some.library").debug("sent nothing")
def test_counts_records_as_before(caplog):
    logging.getLogger("some.library").debug("unseen")
    assert [] == caplog.records
    caplog.set_level(logging.DEBUG)
    logging.getLogger("some.library").debug("seen")
    assert 1 == len(caplog.records)
"""
FILE_LEAVING_TEST = """
def test_file(tmp_path):
    (tmp_path / "tokens.json").write_text("-".join(["canary", "planted", "7f3a91"]))
    (tmp_path / "notes.txt").write_text("-".join(["canary", "planted", "7f3a91"]))
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """A run of pytest with the canary plugin, in a process of its own."""
    pytester.makepyfile(source)
    pytester.makeini("[pytest]\naddopts = --strict-markers -ra\nasyncio_default_fixture_loop_scope = function\n")
    result = pytester.run(
        sys.executable, "-c", f"import sys; sys.path.insert(0, {str(REPO)!r}); import pytest; sys.exit(pytest.main())",
        "-p", "tests.canary.plugin", "-p", "no:cacheprovider", *options,
    )  # fmt: skip
    for folder in pytester.path.parent.glob(f"*{pytester.path.name}"):
        shutil.rmtree(folder)  # files of these tests must not be searched by this run's own plugin
    return result


def test_exposed_tokens_are_reported(pytester: pytest.Pytester) -> None:
    """Ten ways to expose a token give ten failures; the excused and the clean tests pass, and no report shows a token."""
    result = run(pytester, EXPOSING_TESTS)
    failed = {line.partition("::")[2].partition(" ")[0] for line in result.outlines if line.startswith("ERROR ") and "::" in line}

    assert {f"test_{name}" for name in EXPOSING_NAMES} == failed
    assert {"passed": 13, "errors": 10} == result.parseoutcomes()
    assert "7f3a91" not in "".join(
        part for part in result.outlines if part.startswith(("ERROR", "log", "stdout", "warning", "str"))
    )


EXPOSING_NAMES = [
    "log", "log_of_an_error", "output", "captured_output", "program", "warning", "error", "details_of_an_error",
    "variable_of_an_error", "error_that_is_kept",
]  # fmt: skip


@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_file_that_is_left_behind_is_reported(pytester: pytest.Pytester, processes: str) -> None:
    """At the end of the run a token in a token store is allowed; one in another file fails the run."""
    result = run(pytester, FILE_LEAVING_TEST, "-n", processes)

    assert 1 == result.ret
    assert 1 == sum("notes.txt" in line for line in result.outlines)
    assert not any("tokens.json" in line or "7f3a91" in line for line in result.outlines)
