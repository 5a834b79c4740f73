"""Errors in a program that imports Dask, which pickles every exception together with the one that it came from."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import pickle

from aizoomdoc_client import APIError, ProtocolError
from aizoomdoc_client.catalog import text
from aizoomdoc_client.protocol import codec
from aizoomdoc_client.session.caller import LoginFailedError
from aizoomdoc_client.structured.scalars import UnfitValueError

import distributed

try:
    codec.parse(b'{"access_token": "' + b"secret" * 50 + b'", ')
except ProtocolError as error:
    pickled = pickle.dumps(error)
    assert b"secret" * 40 not in pickled, pickled
    print(pickle.loads(pickled).code)
for error in (LoginFailedError(APIError("no")), UnfitValueError(text("reply_without_json"))):
    print(pickle.loads(pickle.dumps(error)) == error or type(error).__name__)
"""


def test_errors_keep_no_body_and_can_be_read_again() -> None:
    """A process of its own: the library changes how all exceptions are pickled."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)

    assert ("not_json\nLoginFailedError\nUnfitValueError\n", "") == (ran.stdout, ran.stderr)
