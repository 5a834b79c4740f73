"""The fixtures for tests of users."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_only_the_plugin_imports_pytest() -> None:
    """The scripted server can be used without pytest."""
    code = "import sys, aizoomdoc_client.testing.__main__; sys.exit('pytest' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


MINE = """
import pytest
from aizoomdoc_client import AIZoomDocClient, APIConnectionError, MemoryTokenStore
from aizoomdoc_client.testing.proxy import ResetAfter


def me(server, url):
    token = server.tokens[0] if hasattr(server, "tokens") else server.static_token
    with AIZoomDocClient(url, token, token_store=MemoryTokenStore()) as client:
        return client.get_me().user.username


@pytest.mark.parametrize("name", ["scripted_server", "contract_server", "local_server"])
def test_mine(name, request, fault_proxy):
    server = request.getfixturevalue(name)
    proxy = fault_proxy(server.url)
    assert me(server, server.url) == me(server, proxy.url)
    broken = fault_proxy(server.url, ResetAfter(100), seed=1)
    with pytest.raises(APIConnectionError):
        me(server, broken.url)
    assert (True, True) == (proxy.connections > 0, broken.connections > 1)
"""


def test_the_plugin_gives_users_servers_and_a_proxy(tmp_path: Path) -> None:
    """A user's own tests get them by one line in their conftest."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["aizoomdoc_client.testing.plugin"]\n', encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(MINE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (0, True) == (done.returncode, "3 passed" in done.stdout), done.stdout
