"""What tests do with the page, and what it did besides."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import attrs
from playwright.async_api import BrowserContext, Locator, Page, Route, expect

PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")
PICTURES = "files.example"
"""The host whose pictures the scripted server names."""
WRITING, COMPLETE = "The answer is being written …", "The answer is complete."
RESUMED = f"{COMPLETE} The answer was interrupted and went on."


@attrs.define
class Seen:
    """Errors of scripts, breaches of the page's policy, and hosts that pages called or tried to."""

    errors: list[str] = attrs.field(factory=list[str])
    foreign: set[str] = attrs.field(factory=set[str])


async def see(context: BrowserContext, seen: Seen) -> None:
    """Notes in `seen` what pages do; pictures are served, other hosts are not reached."""

    async def route(route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host == PICTURES:
            await route.fulfill(body=PICTURE, content_type="image/png")
        elif host == "127.0.0.1":
            await route.fallback()
        else:
            seen.foreign.add(str(host))
            await route.abort()

    def opened(page: Page) -> None:
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("dialog", lambda dialog: seen.errors.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: seen.errors.append(said.text) if _is_error(said.type, said.text) else None)

    context.on("page", opened)
    await context.route("**", route)


def _is_error(kind: str, text: str) -> bool:
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")  # a server that is down


async def ask(page: Page, question: str = "Какая высота этажа?") -> None:
    await page.get_by_label("Your question").fill(question)
    await page.get_by_role("button", name="Ask").click()


def text_of(page: Page) -> Locator:
    """The text of the last answer."""
    return page.locator("article .text").last


def status_of(page: Page) -> Locator:
    return page.locator("article .state").last


async def sees(page: Page, text: str, status: str) -> None:
    """Waits until the page shows this text, and this status."""
    await expect(text_of(page)).to_have_text(text)
    await expect(status_of(page)).to_have_text(status)
