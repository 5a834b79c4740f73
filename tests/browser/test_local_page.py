"""The same page at the local server, which it asks itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import attrs
import pytest
from playwright.async_api import BrowserContext, Page, expect

from aizoomdoc_client.local import Delta, LocalServer, LocalSettings, Question
from aizoomdoc_client.testing import SyncPoint
from tests.browser.backends import needs_chromium
from tests.browser.conftest import NewUser
from tests.browser.pages import COMPLETE, RESUMED, WRITING, ask, sees, status_of, text_of
from tests.browser.test_accessibility import violations

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

TOKEN = "token-of-the-page"
HALF, REST = "Высота этажа ", "**3,3 м**."
WHOLE = "Высота этажа 3,3 м."


@attrs.define
class Held:
    """An answerer that waits in the middle of its answers."""

    point: SyncPoint = attrs.field(factory=SyncPoint)
    model: str = "held"
    ended: list[bool] = attrs.field(factory=list[bool])
    """Of each run, whether it came to its end."""
    begun: asyncio.Queue[Question] = attrs.field(factory=asyncio.Queue)

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        self.begun.put_nowait(question)
        number = len(self.ended)
        self.ended.append(False)
        yield Delta("Смотрю.", thinking=True)
        yield Delta(HALF)
        await self.point.wait()
        yield Delta(REST)
        self.ended[number] = True


def server_of(folder: Path, answerer: Held | None = None, *, port: int = 0) -> LocalServer:
    return LocalServer(LocalSettings(data_dir=folder, port=port, tokens=(TOKEN,)), answerer=answerer)


async def logged_in(user: BrowserContext, server: LocalServer) -> Page:
    page = await user.new_page()
    await page.goto(f"{server.url}/")
    await page.get_by_label("Access token").fill(TOKEN)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_label("Your question")).to_be_visible()
    return page


async def test_log_in(new_user: NewUser, tmp_path: Path) -> None:
    """A wrong token is refused; the right one is remembered, also for other tabs."""
    async with server_of(tmp_path) as server:
        user = await new_user()
        page = await user.new_page()
        await page.goto(f"{server.url}/")
        assert await violations(page) == []
        await page.get_by_label("Access token").fill("another")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("The server does not know this token.")
        await expect(page.get_by_label("Your question")).to_be_hidden()
        await page.get_by_label("Access token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Your question")).to_be_focused()
        second = await user.new_page()
        await second.goto(f"{server.url}/")
        await expect(second.get_by_label("Your question")).to_be_visible()


async def test_ask_about_a_file(new_user: NewUser, tmp_path: Path) -> None:
    """The server's own extracts, with their sources; after a reload they come from the history."""
    file = tmp_path / "записка.md"
    file.write_text("# Вентиляция\n\nПриточная система В2 обслуживает цех, расход воздуха 5400 м³/ч.\n", "utf-8")
    async with server_of(tmp_path / "data") as server:
        page = await logged_in(await new_user(), server)
        await page.get_by_label("Files").set_input_files(file)
        await ask(page, "Какой расход воздуха у системы В2?")
        await expect(status_of(page)).to_have_text(COMPLETE)
        await expect(text_of(page)).to_contain_text("5400 м³/ч")
        await expect(page.locator(".sources li")).to_contain_text(["записка.md"])
        shown = await text_of(page).inner_text()
        await page.reload()
        await expect(status_of(page)).to_have_text(COMPLETE)
        await expect(text_of(page)).to_have_text(shown, use_inner_text=True)
        await expect(page.locator(".sources li")).to_contain_text(["записка.md"])


async def test_second_tab_and_stop(new_user: NewUser, tmp_path: Path) -> None:
    """A second tab sees the same run, and no other; a stop in either ends it, for all tabs and reloads, which keep its text."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        user = await new_user()
        page = await logged_in(user, server)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        second = await user.new_page()
        await second.goto(page.url)
        await sees(second, HALF.strip(), WRITING)
        held.point.set()
        await sees(page, WHOLE, COMPLETE)
        await sees(second, WHOLE, COMPLETE)
        assert held.ended == [True]
        held.point = SyncPoint()
        await ask(page, "А второго?")
        await sees(page, HALF.strip(), WRITING)
        await sees(second, HALF.strip(), WRITING)
        await second.get_by_role("button", name="Stop").click()
        await expect(status_of(page)).to_have_text("Stopped.")
        await expect(status_of(second)).to_have_text("Stopped.")
        await page.reload()
        await sees(page, HALF.strip(), "Stopped.")
        assert held.ended == [True, False]


async def test_reload_in_the_middle(new_user: NewUser, tmp_path: Path) -> None:
    """The text so far is there again and goes on, and the model runs once, however often the page is loaded."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        page = await logged_in(await new_user(), server)
        await ask(page)
        for _ in range(3):
            await sees(page, HALF.strip(), WRITING)
            await page.reload()
        await sees(page, HALF.strip(), WRITING)
        held.point.set()
        await sees(page, WHOLE, COMPLETE)
        await page.reload()
        await sees(page, WHOLE, COMPLETE)
        assert held.ended == [True]
        assert [held.begun.get_nowait().text for _ in range(held.begun.qsize())] == ["Какая высота этажа?"]


async def test_end_while_nobody_looks(new_user: NewUser, tmp_path: Path) -> None:
    """A page that was left in the middle and comes back has the whole answer, of the one run."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        page = await logged_in(await new_user(), server)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        address = page.url
        await page.goto("about:blank")
        held.point.set()
        await page.goto(address)
        await sees(page, WHOLE, COMPLETE)
        assert held.ended == [True]


async def test_server_killed_and_restarted(new_user: NewUser, tmp_path: Path) -> None:
    """The page says that the connection is lost, comes back by itself, and has the whole answer, once."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        page = await logged_in(await new_user(), server)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        port = server.port
    await expect(status_of(page)).to_have_text("The connection is lost; trying again …")
    held.point.set()
    async with server_of(tmp_path, held, port=port) as server:
        await sees(page, WHOLE, RESUMED)
        assert held.ended == [False, True]


async def test_server_restarted_while_nobody_looks(new_user: NewUser, tmp_path: Path) -> None:
    """A page that is loaded does not ask again: it says that the answer is not there."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        page = await logged_in(await new_user(), server)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        address, port = page.url, server.port
        await page.goto("about:blank")
    async with server_of(tmp_path, held, port=port) as server:
        await page.goto(address)
        await expect(status_of(page)).to_contain_text("This answer is no longer available here.")
        assert held.ended == [False]


async def test_first_tab_closed(new_user: NewUser, tmp_path: Path) -> None:
    """The tab that is left goes on, with the same run."""
    held = Held()
    async with server_of(tmp_path, held) as server:
        user = await new_user()
        first = await logged_in(user, server)
        await ask(first)
        await sees(first, HALF.strip(), WRITING)
        second = await user.new_page()
        await second.goto(first.url)
        await sees(second, HALF.strip(), WRITING)
        await first.close()
        held.point.set()
        await sees(second, WHOLE, COMPLETE)
        assert held.ended == [True]
