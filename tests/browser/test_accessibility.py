"""The page for those who do not see it, use no mouse, or have a narrow screen."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from aizoomdoc_client.testing import Deltas, Emit, ScriptedServer, SyncPoint, Wait, error_answer
from aizoomdoc_client.testing.answer_presets import COMPLETED, IMAGE, STARTED, final, phase, progress, thinking
from tests.browser.backends import Backend, needs_chromium
from tests.browser.conftest import NewUser
from tests.browser.pages import COMPLETE, WRITING, ask, status_of

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text("utf-8")
WIDE = f"|{'Этаж|' * 20}\n|{'--|' * 20}\n|{'Первый|' * 20}\n\n```\n{'x' * 300}\n```\n"
TEXT = f"# Высота\n\nВысота **3,3 м**, см. [лист](https://x.example).\n\n{WIDE}"
LOOKS: list[tuple[int, Literal["light", "dark"]]] = [(360, "light"), (360, "dark"), (1000, "dark"), (1000, "light")]


async def violations(page: Page) -> list[str]:
    """What axe-core finds, each with the elements, at each width and in each theme; and what is wider than the screen."""
    violations = list[str]()
    await page.evaluate(AXE)
    for width, theme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 740})
        await page.emulate_media(color_scheme=theme)
        found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        violations += [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            violations.append(f"wider than {width}")
    return violations


async def test_axe_looks(backend: Backend, new_user: NewUser) -> None:
    """A label that is missing is found, so that finding nothing means something."""
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await page.evaluate("document.querySelector('label[for=files]').remove()")
    found = await violations(page)
    assert {each.partition(":")[0] for each in found} == {"label"}


async def test_axe_finds_nothing(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """Before a question, while an answer comes, after it and after a failure, wide and narrow, light and dark."""
    point = SyncPoint()
    server.script_answer([
        STARTED,
        phase("pro_stage", "Pro"),
        progress("pro_stage", 0.5),
        thinking(["Смотрю планы."]),
        Emit("image_ready", IMAGE),
        Deltas([TEXT]),
        Wait(point),
        final(TEXT, sources=[{"document": "план.pdf", "page": 1}], notes=["Чертёж не прочитан."]),
        COMPLETED,
    ])  # fmt: skip
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    assert await violations(page) == []
    await ask(page, "Какая высота этажа? " * 10)
    await page.get_by_text("Thinking").click()
    await expect(page.get_by_role("heading", name="Высота")).to_be_visible()
    assert await violations(page) == []
    point.set()
    await expect(status_of(page)).to_have_text(COMPLETE)
    assert await violations(page) == []
    server.script_answer(error_answer("Internal error"))
    await ask(page, "И ещё?")
    await expect(status_of(page)).to_have_text("The model could not answer.")
    assert await violations(page) == []


async def test_keyboard_alone(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """The first Tab leads to the question; Ctrl+Enter asks; what is wider than its place can be scrolled."""
    server.script_answer([STARTED, Deltas([TEXT]), final(TEXT), COMPLETED])
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="To the question")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your question")).to_be_focused()
    await page.keyboard.type("Какая высота?")
    await page.keyboard.press("Control+Enter")
    await expect(status_of(page)).to_have_text(COMPLETE)
    await expect(page.get_by_label("Your question")).to_be_focused()
    await expect(page.locator(".text pre")).to_have_attribute("tabindex", "0")
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator(".text pre")).to_be_focused()


async def test_what_is_announced(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """Who hears the page hears what the state is, once each, and not every piece of the text or step of progress."""
    point = SyncPoint()
    server.script_answer([
        STARTED,
        phase("search", "Ищу"),
        *(progress("search", share / 50) for share in range(50)),
        *(Deltas([f"слово{number} "]) for number in range(200)),
        Wait(point),
        final("".join(f"слово{number} " for number in range(200))),
        COMPLETED,
    ])  # fmt: skip
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await page.evaluate("""() => {
      window.heard = [];
      const live = document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log]');
      const all = {childList: true, characterData: true, subtree: true};
      for (const one of live) new MutationObserver(() => heard.push(one.textContent)).observe(one, all);
    }""")
    await ask(page)
    await expect(status_of(page)).to_have_text(WRITING)
    point.set()
    await expect(status_of(page)).to_have_text(COMPLETE)
    heard = await page.evaluate("heard")
    assert heard[0] == "The question is being sent …"
    assert heard[-1] == COMPLETE
    assert len(heard) == len(set(heard)) <= 6
