"""The page in Chromium, before the example backend: asking, watching, and whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from aizoomdoc_client.testing import (
    Answer,
    Deltas,
    Emit,
    Reply,
    ScriptedServer,
    SyncPoint,
    Wait,
    complex_answer,
    queue_full,
    queued_answer,
)
from aizoomdoc_client.testing.answer_presets import COMPLETED, IMAGE, STARTED, final, phase, progress, thinking
from tests.browser.backends import Backend, backend_of, needs_chromium
from tests.browser.conftest import NewUser
from tests.browser.pages import COMPLETE, RESUMED, WRITING, ask, sees, status_of, text_of
from tests.relay.redis_servers import needs_redis, redis_server

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

HALF = "Высота этажа 😀 "
REST = "3,3 м."
FORMATTED = "# Высота\n\nОна **3,3 м**.\n\n| Этаж | м |\n|---|--:|\n| 1 | 3,3 |\n"


def held(point: SyncPoint) -> Answer:
    """An answer that waits in its middle."""
    return Answer([STARTED, Deltas([HALF]), Wait(point), Deltas([REST]), final(HALF + REST), COMPLETED])


async def answered(server: ScriptedServer, backend: Backend, new_user: NewUser) -> Page:
    """A page with one answer that is complete."""
    server.script_answer(complex_answer("Первый ответ."))
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page)
    await sees(page, "Первый ответ.", COMPLETE)
    return page


async def test_ask_with_files(server: ScriptedServer, backend: Backend, new_user: NewUser, tmp_path: Path) -> None:
    """Files go with the question; queue, phases, thinking, text, pictures, sources and notes are seen as they come."""
    queued, searching, telling = SyncPoint(), SyncPoint(), SyncPoint()
    sources = [{"document": "план.pdf", "page": 7}, {"document": "ведомость.xlsx"}]
    server.script_answer([
        Emit("queue_position", {"position": 2, "estimated_wait_seconds": 60.0}),
        Wait(queued),
        STARTED,
        phase("search", "Ищу"),
        progress("search", 0.4),
        Wait(searching),
        thinking(["Смотрю **планы**."]),
        Emit("image_ready", IMAGE),
        Emit("tool_call", {"tool": "zoom", "parameters": {}, "reason": ""}),
        Deltas([FORMATTED]),
        Wait(telling),
        final(FORMATTED, sources=sources, notes=["Чертёж не прочитан."]),
        COMPLETED,
    ])  # fmt: skip
    file = tmp_path / "план.pdf"
    file.write_bytes(b"%PDF-1.4 plan")
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await page.get_by_label("Files").set_input_files(file)
    await ask(page)
    await expect(status_of(page)).to_have_text("2 in the queue before you, about 60 s")
    queued.set()
    await expect(status_of(page)).to_have_text("Searching documents")
    await expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.4")
    searching.set()
    await expect(page.get_by_role("heading", name="Высота")).to_be_visible()
    await expect(page.get_by_text("The model asks for: an enlarged picture")).to_be_visible()
    await expect(page.locator(".text strong")).to_have_text("3,3 м")
    await expect(page.get_by_role("cell", name="3,3")).to_have_css("text-align", "right")
    await expect(page.get_by_role("img", name="План этажа")).to_be_visible()
    await page.get_by_text("Thinking").click()
    await expect(page.locator(".thinking strong")).to_have_text("планы")
    telling.set()
    await expect(status_of(page)).to_have_text(COMPLETE)
    await expect(page.locator(".sources li")).to_have_text(["план.pdf, page 7", "ведомость.xlsx"])
    await expect(page.locator(".notes li")).to_have_text("Чертёж не прочитан.")
    await expect(page.locator(".files li")).to_have_text("план.pdf")
    [upload] = server.requests_to("POST", "**/upload*")
    assert file.read_bytes() in upload.body
    [run] = server.model_runs
    assert len(run.question.attached_file_ids) == 1


async def test_reload_in_the_middle(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """Question and text are there again, the text goes on, and the model runs once."""
    point = SyncPoint()
    server.script_answer(held(point))
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page)
    await sees(page, HALF.strip(), WRITING)
    await page.reload()
    await sees(page, HALF.strip(), WRITING)
    await expect(page.locator(".question")).to_have_text("Какая высота этажа?")
    point.set()
    await sees(page, HALF + REST, COMPLETE)
    await page.reload()
    await sees(page, HALF + REST, COMPLETE)
    assert (len(server.posts), len(server.model_runs)) == (1, 1)


async def test_second_tab(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """Both show the same answer; what one asks next appears in the other."""
    point = SyncPoint()
    server.script_answer(held(point))
    user = await new_user()
    first, second = await user.new_page(), await user.new_page()
    await first.goto(backend.url)
    await ask(first)
    await sees(first, HALF.strip(), WRITING)
    await second.goto(first.url)
    await sees(second, HALF.strip(), WRITING)
    point.set()
    await sees(first, HALF + REST, COMPLETE)
    await sees(second, HALF + REST, COMPLETE)
    assert (len(server.posts), len(server.model_runs)) == (1, 1)
    server.script_answer(complex_answer("Второй ответ."))
    await ask(second, "А второго этажа?")
    await sees(second, "Второй ответ.", COMPLETE)
    await sees(first, "Второй ответ.", COMPLETE)
    assert (len(server.posts), len(server.model_runs)) == (2, 2)


async def test_way_back(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """Neither the way to the question nor a new chat loses a chat: the browser's way back leads to it."""
    page = await answered(server, backend, new_user)
    address = page.url
    await page.get_by_role("link", name="To the question").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your question")).to_be_focused()
    assert page.url == address
    await sees(page, "Первый ответ.", COMPLETE)
    await page.get_by_role("button", name="New chat").click()
    await expect(page.locator("article")).to_have_count(0)
    await page.go_back()
    await sees(page, "Первый ответ.", COMPLETE)
    assert page.url == address


async def test_leaving_while_a_question_is_sent(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """It does not appear in the chat shown then, and is in its own; a chat not made yet is not left for a new one."""
    page = await answered(server, backend, new_user)
    first_chat = page.url
    sending = SyncPoint()

    async def hold(route: Route) -> None:
        await sending.wait()
        await route.continue_()

    await page.route("**/answers", hold)
    server.script_answer(complex_answer("Второй ответ."))
    await ask(page, "А второго?")
    await expect(page.get_by_role("button", name="New chat")).to_be_disabled()
    await page.get_by_label("Your question").fill("Третий?")
    await page.evaluate("location.hash = ''")
    await expect(page.locator("article")).to_have_count(0)
    async with page.expect_response("**/answers"):
        sending.set()
    await page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    await expect(page.locator("article")).to_have_count(0)
    await expect(page.get_by_label("Your question")).to_have_value("Третий?")
    assert "chat" not in page.url
    await page.goto(first_chat)
    await sees(page, "Второй ответ.", COMPLETE)


async def test_stop(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """The model's run ends, the text so far stays, and the focus goes to the next question."""
    server.script_answer(held(SyncPoint()))
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page)
    await sees(page, HALF.strip(), WRITING)
    await page.get_by_role("button", name="Stop").focus()
    await page.keyboard.press("Enter")
    await sees(page, HALF.strip(), "Stopped.")
    [run] = server.model_runs
    await server.until(lambda: run.state == "cancelled")
    await expect(page.get_by_label("Your question")).to_be_focused()
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    await page.reload()
    await sees(page, HALF.strip(), "Stopped.")


async def test_server_killed_and_restarted(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """The text goes on where it was, and the page says that it was interrupted."""
    server.script_answer(held(SyncPoint()))
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page)
    await sees(page, HALF.strip(), WRITING)
    server.script_answer(complex_answer(HALF + REST))
    await server.restart()
    await sees(page, HALF + REST, RESUMED)
    assert len(server.posts) == 1


@needs_redis
async def test_backend_killed_and_restarted(server: ScriptedServer, new_user: NewUser, tmp_path: Path) -> None:
    """With Redis the backend that comes back takes the answer up; the page reconnects by itself."""
    server.script_answer(held(SyncPoint()))
    with redis_server() as redis, backend_of(server, tmp_path, redis=redis.url) as backend:
        page = await (await new_user()).new_page()
        await page.goto(backend.url)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        backend.kill()
        await expect(status_of(page)).to_have_text("The connection is lost; trying again …")
        server.script_answer(complex_answer(HALF + REST))
        backend.start()
        await sees(page, HALF + REST, RESUMED)
    assert len(server.posts) == 1


async def test_backend_that_forgot(server: ScriptedServer, new_user: NewUser, tmp_path: Path) -> None:
    """Without Redis a restarted backend does not know the answer: the page keeps its text, says so, and asks nothing again."""
    server.script_answer(held(SyncPoint()))
    with backend_of(server, tmp_path) as backend:
        page = await (await new_user()).new_page()
        await page.goto(backend.url)
        await ask(page)
        await sees(page, HALF.strip(), WRITING)
        backend.kill()
        backend.start()
        await expect(status_of(page)).to_contain_text("This answer is no longer available here.")
        await expect(text_of(page)).to_have_text(HALF.strip())
        await expect(page.get_by_role("button", name="Ask")).to_be_enabled()
    assert (len(server.posts), len(server.model_runs)) == (1, 1)


async def test_failures_in_both_languages(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """The browser's language is spoken, codes of errors are translated, and the switch changes all that is seen, for good."""
    server.script_answer(queued_answer(queue_full()))
    page = await (await new_user(locale="ru-RU")).new_page()
    await page.goto(backend.url)
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    await page.get_by_label("Ваш вопрос").fill("Какая высота этажа?")
    await page.get_by_role("button", name="Спросить").click()
    await expect(status_of(page)).to_have_text("Очередь заполнена, повторите позже.")
    await page.get_by_label("Язык").select_option("en")
    await expect(status_of(page)).to_have_text("The queue is full; try again later.")
    await page.reload()
    await expect(page.get_by_role("button", name="Ask")).to_be_visible()
    await expect(status_of(page)).to_have_text("The queue is full; try again later.")


async def test_question_that_is_refused(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """What the server says against it is translated from a code; nothing that the server said is shown."""
    server.respond("POST", "/chats", Reply(403, {"detail": "internal detail"}))
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page)
    await expect(status_of(page)).to_have_text("The AIZoomDoc server does not allow this.")
    await expect(page.locator("body")).not_to_contain_text("internal detail")
    await ask(page)
    await expect(status_of(page)).to_have_text(COMPLETE)


async def test_stop_that_fails(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """The page says that the answer goes on, and can be asked to stop again."""
    server.script_answer(held(SyncPoint()))
    user = await new_user()
    page = await user.new_page()
    await page.goto(backend.url)
    await ask(page)
    await sees(page, HALF.strip(), WRITING)
    await user.route("**/answers/*", lambda route: route.abort())
    await page.get_by_role("button", name="Stop").click()
    await expect(status_of(page)).to_have_text("The answer could not be stopped: the server cannot be reached.")
    await user.unroute("**/answers/*")
    await page.get_by_role("button", name="Stop").click()
    await expect(status_of(page)).to_have_text("Stopped.")


async def test_question_that_was_not_asked(server: ScriptedServer, new_user: NewUser, tmp_path: Path) -> None:
    """The page says why, and the question stays in its field."""
    with backend_of(server, tmp_path) as backend:
        page = await (await new_user()).new_page()
        await page.goto(backend.url)
        backend.kill()
        await ask(page)
        await expect(status_of(page)).to_contain_text("Nobody can tell whether the question arrived.")
        await expect(page.get_by_label("Your question")).to_have_value("Какая высота этажа?")
    assert server.posts == []
