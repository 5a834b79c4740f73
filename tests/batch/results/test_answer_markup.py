"""A model's Markdown as parts of a page, however hostile it is."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from markdown_it import MarkdownIt

from aizoomdoc_client.batch.results.answer_markup import answer_html, answer_markdown, is_web_link
from tests.answer_figures import OPERATORS

HOSTILE = [
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "<!-- ",
    "</div></section></article>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](JaVaScRiPt&colon;alert(1))",
    "![x](http://evil.example/a.png)",
    "![x](javascript:alert(1))",
    "[![x](http://evil.example/a.png)](http://evil.example)",
    "<javascript:alert(1)>",
    "[Источники]: http://evil.example\n    <b>x</b>",
    "# Высота",
    "Высота\n===",
    "- Высота\n  ---",
    "> # Высота",
    "```\n<b>",
    "```html\n</code></pre><script>document.title='pwned'</script>\n```",
    '``` " onmouseover=x\n```',
    "\\<script>alert(1)</script>",
    "`<b>`",
    "a | b\n--:|---\n<b> | ![c](http://evil.example)",
    "&lt;script&gt;",
    "x\x00\x1b[31m\ud800",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "<a\nhref=x>",
]
MARKUP = st.lists(st.sampled_from([*HOSTILE, "\n", "\n\n", "    ", "> ", "- ", "`", "<", "]:", "![", "#", "a"]), max_size=6).map(
    "".join
)


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


ALLOWED = {
    *("p", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def check_html(text: str) -> None:
    page = Tags(answer_html(text, below=3))
    attributes = {(tag, name) for tag, found in page.tags for name in found}

    assert [] == page.open
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert attributes <= {
        ("a", "href"),
        ("a", "rel"),
        ("a", "title"),
        ("ul", "class"),
        ("ol", "start"),
        ("li", "value"),
        ("code", "class"),
        ("td", "class"),
        ("th", "class"),
    }
    assert all(is_web_link(found["href"] or "") for tag, found in page.tags if tag == "a")


def check_markdown(text: str) -> None:
    env: dict[str, Any] = {}
    page = f"### Вопрос\n\n{answer_markdown(text, below=3)}\n\n### Источники\n"
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page, env)
    inner = [child.type for token in tokens for child in token.children or []]
    headings = [token.tag for token in tokens if token.type == "heading_open"]

    assert ("h3", "h3") == (headings[0], headings[-1])
    assert {"h4", "h5", "h6"} >= set(headings[1:-1])
    assert "references" not in env or not env["references"]
    assert set() == {"html_block", "html_inline", "image"} & {*inner, *(token.type for token in tokens)}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_is_harmless(text: str) -> None:
    """In a page of HTML it has no tag or attribute of its own; in one of Markdown nothing that is not within its quotation."""
    check_html(text)
    check_markdown(text)


@settings(max_examples=200, deadline=None)
@given(MARKUP)
def test_hostile_markdown_is_harmless_in_whatever_order(text: str) -> None:
    """Pieces that are harmless alone may not be together."""
    check_html(text)
    check_markdown(text)


def test_what_models_usually_write_is_shown() -> None:
    """Emphasis, lists, tables with their alignment, code, links to the web."""
    text = "# Итог\n\n**3,3 м**\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- `x<y`\n\n[ГОСТ](https://example.org/?a=1&b=2)"
    page = answer_html(text, below=3)

    for part in (
        "<h4>Итог</h4>",
        "<strong>3,3 м</strong>",
        '<td class="align-right">2</td>',
        "<code>x&lt;y</code>",
        '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow">ГОСТ</a>',
    ):
        assert part in page


@pytest.mark.parametrize(("text", "shown"), OPERATORS.items())
def test_signs_between_operands_are_shown(text: str, shown: str) -> None:
    """As at the terminal: 50*50*5 would become 50505."""
    assert shown == html.unescape(re.sub(r"<[^>]*>", "", answer_html(text, below=3))).strip()


def test_markers_of_lists_are_as_they_are_written() -> None:
    """A dash stays one, because the figure behind it may need it, and no number is counted up."""
    assert '<ul class="dashed">\n<li>27</li>\n</ul>\n' == answer_html("- 27", below=3)
    assert "<ul>\n<li>пункт</li>\n</ul>\n" == answer_html("* пункт", below=3)
    assert '<li value="3">три</li>\n<li value="5">пять</li>' in answer_html("3. три\n5. пять", below=3)


def test_an_image_is_a_link() -> None:
    """A page of results loads nothing; an image within a link is the link's text."""
    assert '<p><a href="https://a.org/x.png" rel="noopener noreferrer nofollow">План</a></p>\n' == answer_html(
        "![План](https://a.org/x.png)", below=3
    )
    assert 1 == answer_html("[![План](https://a.org/x.png)](https://a.org)", below=3).count("<a ")


def test_markdown_stays_markdown_where_it_is_harmless() -> None:
    """Lists, tables and code are as the model wrote them, headings below those of the page."""
    assert "> #### Итог\n>\n> - **3,3 м** < 4 м\n>\n> ```xml\n> <b>\n> ```" == answer_markdown(
        "# Итог\n\n- **3,3 м** < 4 м\n\n```xml\n<b>\n```\n", below=3
    )


@pytest.mark.parametrize("code", ["`a<b>`", "`[a]: b`", "    <b> # x", "- x\n\n  ```\n  <b>\n  ```"])
def test_code_is_as_the_model_wrote_it(code: str) -> None:
    """In a line, indented, and in a list: what stands in code is no markup, so that nothing of it has to be changed."""
    assert "\n".join(f"> {line}".rstrip() for line in f"x\n\n{code}".split("\n")) == answer_markdown(f"x\n\n{code}", below=3)


@pytest.mark.parametrize(("line", "level"), [("=====", "####"), ("---", "#####")])
def test_an_underlined_heading_is_one_below_those_of_the_page(line: str, level: str) -> None:
    """And its line is not left over as text."""
    assert f"> {level} Высота этажа\n>\n> 3,3 м" == answer_markdown(f"Высота\nэтажа\n{line}\n\n3,3 м", below=3)


def test_markdown_that_cannot_be_made_harmless_is_shown_as_it_was_written() -> None:
    """Each sign of it as text."""
    assert r"> \[x\]\(javascript\:alert\(1\)\)" == answer_markdown("[x](javascript:alert(1))", below=3)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://a.org", True),
        ("HTTP://a.org", True),
        ("mailto:a@b.org", True),
        ("file:///etc/passwd", False),
        ("//a.org", False),
        ("data:image/png;base64,x", False),
        ("javascript:x", False),
        ("", False),
        ("http://[", False),
        ("plan.pdf", False),
    ],
)
def test_links_lead_to_the_web_or_to_mail(url: str, allowed: bool) -> None:
    """And nowhere on the reader's machine."""
    assert allowed == is_web_link(url)
