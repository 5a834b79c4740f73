"""The server as a process of its own: signals, kill -9, the missing extra."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import attrs
import pytest

from tests.local.hostile_files import nested_forms
from tests.local.support import LAYOUT, child

SERVE = """
import sys
from pathlib import Path
from aizoomdoc_client.local import LocalServer, LocalSettings, run_server

def ready(server: LocalServer) -> None:
    print(server.url, flush=True)

settings = LocalSettings(port=0, data_dir=Path(sys.argv[1]), tokens=("token",), pace_seconds=float(sys.argv[2]))
run_server(settings, on_ready=ready)
print("stopped", flush=True)
"""


@attrs.define
class Running:
    process: asyncio.subprocess.Process
    url: str
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: object) -> dict[str, object]:
        async with self.session.request(method, self.url + path, **options) as response:  # type: ignore[arg-type] # options as they come
            assert response.status < 300
            return dict(await response.json())


@asynccontextmanager
async def running(folder: Path, pace: float = 0) -> AsyncIterator[Running]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*child(SERVE, str(folder), str(pace)), stdout=pipe, stderr=pipe)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            server = Running(process, url, session)
            login = await server.call("POST", "/auth/exchange", json={"static_token": "token"})
            session.headers["Authorization"] = f"Bearer {login['access_token']}"
            yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_kill_9_loses_no_stored_message(tmp_path: Path) -> None:
    """Every message that was acknowledged is there afterwards, and a repeated key still gives it again."""
    acknowledged = []
    async with running(tmp_path) as server:
        chat = str((await server.call("POST", "/chats", json={"title": "Чат"}))["id"])

        async def talk(line: int) -> None:
            number = 0
            while True:
                key, body = f"{line}-{number}", {"content": f"Вопрос {line}-{number}"}
                said = await server.call("POST", f"/chats/{chat}/messages", json=body, headers={"Idempotency-Key": key})
                acknowledged.append((key, body, said))
                if len(acknowledged) == 25:
                    server.process.send_signal(signal.SIGKILL)
                number += 1

        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await asyncio.gather(talk(0), talk(1), talk(2))
        await server.process.wait()
    async with running(tmp_path) as server:
        history = (await server.call("GET", f"/chats/{chat}"))["messages"]
        key, body, said = acknowledged[-1]
        again = await server.call("POST", f"/chats/{chat}/messages", json=body, headers={"Idempotency-Key": key})

    assert isinstance(history, list)
    assert [] == [message for _, _, message in acknowledged if message not in history]
    assert said == again


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """In the middle of an answer: exit code 0, not a line on stderr, and nothing half done is stored."""
    async with running(tmp_path, pace=60) as server:
        chat = (await server.call("POST", "/chats", json={"title": "Чат"}))["id"]
        await server.call("POST", f"/chats/{chat}/messages", json={"content": "Где ВРУ-1?"})
        async with server.session.get(f"{server.url}/chats/{chat}/stream") as response:
            assert await response.content.readuntil(b"llm_token")
            server.process.send_signal(number)
            with pytest.raises(aiohttp.ClientError):
                await response.read()
        out, err = await server.process.communicate()

    assert (0, b"stopped\n", b"") == (server.process.returncode, out, err)
    async with running(tmp_path) as server:
        assert 1 == len(list((await server.call("GET", f"/chats/{chat}"))["messages"]))  # type: ignore[call-overload] # a list


async def test_uploaded_files_outlive_a_kill(tmp_path: Path) -> None:
    """Also those that were not read yet: they are read when asked about."""
    form = aiohttp.FormData()
    form.add_field("file", LAYOUT.encode(), filename="a.md")
    async with running(tmp_path) as server:
        file = (await server.call("POST", "/files/upload", data=form))["id"]
        server.process.kill()
        await server.process.wait()
    async with running(tmp_path) as server:
        chat = (await server.call("POST", "/chats", json={}))["id"]
        await server.call("POST", f"/chats/{chat}/messages", json={"content": "Где ВРУ-1?", "attached_file_ids": [file]})
        async with server.session.get(f"{server.url}/chats/{chat}/stream") as response:
            assert "«a.md», стр. 1" in await response.text()


async def uploaded(server: Running, name: str, data: bytes) -> object:
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name)
    return (await server.call("POST", "/files/upload", data=form))["id"]


async def ask_about_hostile_file(server: Running) -> None:
    """Returns when the file is being read, which goes on for a while."""
    file = await uploaded(server, "forms.pdf", nested_forms())
    chat = (await server.call("POST", "/chats", json={}))["id"]
    await server.call("POST", f"/chats/{chat}/messages", json={"content": "Где ВРУ-1?", "attached_file_ids": [file]})
    async with server.session.get(f"{server.url}/chats/{chat}/stream") as response:
        assert "0 из 1" in (await response.content.readuntil("страниц открытых: 0 из 1".encode())).decode()


def children(process: asyncio.subprocess.Process) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def ended(pid: int) -> None:
    """Waits until a process that is no child of this one has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(descriptor, over.set)
    await over.wait()
    loop.remove_reader(descriptor)
    os.close(descriptor)


async def test_a_server_that_reads_a_hostile_file_stops_at_once(tmp_path: Path) -> None:
    """With its readers, within two seconds; started again, it reads that file again."""
    async with running(tmp_path) as server:
        await ask_about_hostile_file(server)
        readers = children(server.process)
        async with asyncio.timeout(2):
            server.process.send_signal(signal.SIGTERM)
            out, err = await server.process.communicate()
    assert (0, b"stopped\n", b"") == (server.process.returncode, out, err)
    assert readers
    assert [] == [pid for pid in readers if is_running(pid)]

    async with running(tmp_path) as server:
        await ask_about_hostile_file(server)


async def test_a_file_that_ends_the_server_twice_is_not_read_again(tmp_path: Path) -> None:
    """Its readers end with the server. At the third start the file is named instead, and the server answers about others."""
    for _ in range(2):
        async with running(tmp_path) as server:
            await ask_about_hostile_file(server)
            readers = children(server.process)
            server.process.kill()
            await asyncio.gather(*map(ended, readers))
    async with running(tmp_path) as server:
        files = [await uploaded(server, "forms again.pdf", nested_forms()), await uploaded(server, "a.md", LAYOUT.encode())]
        chat = (await server.call("POST", "/chats", json={}))["id"]
        await server.call("POST", f"/chats/{chat}/messages", json={"content": "Где ВРУ-1?", "attached_file_ids": files})
        async with server.session.get(f"{server.url}/chats/{chat}/stream") as response:
            answer = await response.text()

    assert "«a.md», стр. 1" in answer
    assert "сервер дважды прервался" in answer


WITHOUT = """
import sys
for name in ("PIL", "jwt", "lxml", "pymorphy3", "pypdfium2", "snowballstemmer"):
    sys.modules[name] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if sys.modules.get(name, 1) is None else find(name)
import aizoomdoc_client.local as local
from aizoomdoc_client.exceptions import ConfigurationError
try:
    local.LocalServer
except ConfigurationError as error:
    print(error)
"""


def test_without_the_extra_it_says_what_to_install() -> None:
    """Importing the package is no error, using it is a clear one."""
    done = subprocess.run(child(WITHOUT), capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "pip install 'aizoomdoc-client[local]'" in done.stdout


HEAVY = {"PIL", "aiohttp", "jwt", "lxml", "pymorphy3", "pypdfium2", "sqlite3"}
LIGHT = f"import sys, aizoomdoc_client.local; print({HEAVY} & set(sys.modules))"


def test_importing_it_loads_nothing_heavy() -> None:
    """The command line imports it for its names only."""
    assert "set()\n" == subprocess.run(child(LIGHT), capture_output=True, text=True, check=True).stdout


def test_a_port_in_use_ends_the_process_with_the_error(tmp_path: Path) -> None:
    """`run_server` raises; it does not hang or log."""
    take = "import attrs, socket; taken = socket.create_server(('127.0.0.1', 0)); "
    code = SERVE.replace("run_server(settings", take + "run_server(attrs.evolve(settings, port=taken.getsockname()[1])")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), "0"], capture_output=True, text=True, check=False)

    assert (1, True) == (done.returncode, "ConfigurationError: The port" in done.stderr)
