"""A model's Markdown as a part of a page that it must not change otherwise: as HTML, and as a quotation in Markdown."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ...answer_syntax import answer_parser
from .sections import without_controls

__all__ = ["answer_html", "answer_markdown", "is_web_link"]

_LOWEST = 6  # level of headings, in HTML and in Markdown
# <b, </b, <!-- and <?xml.
_HTML_BEGINS = re.compile(r"<(?=[A-Za-z/!?])")
# ## Heading, also in lists and quotations.
_HEADING = re.compile(r"^((?:[ \t]|>|[-+*]|[0-9]{1,9}[.)])*)(#{1,6})(?=\s|$)")
# === or --- below a line, which make a heading of it.
_UNDERLINE = re.compile(r"^((?:[ \t]|>)*)([=-])(?=[=\-]*[ \t]*$)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


def is_web_link(url: str) -> bool:
    """Whether a link is allowed in a page: to the web, or a mail address."""
    try:
        return urlsplit(url.strip()).scheme in {"http", "https", "mailto"}
    except ValueError:
        return False


class _AnyLink(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        del url
        return True


def answer_html(text: str, *, below: int) -> str:
    """`text` as HTML: no markup but that of Markdown, headings below the level `below`, links to the web or to mail only.

    Images are links, because a page of results loads nothing.
    """
    parser = _parser()
    tokens = parser.parse(without_controls(text))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + below, _LOWEST)}"
        if token.type in {"th_open", "td_open"}:
            _align_by_class(token)
        if token.type == "bullet_list_open" and token.markup == "-":
            token.attrJoin("class", "dashed")  # with a bullet, "- 27" would look like 27 without its sign
        if token.type == "list_item_open" and token.info:
            token.attrSet("value", str(int(token.info)))  # the number of the source; browsers would count from the first one
    return str(parser.renderer.render(tokens, parser.options, {}))


def answer_markdown(text: str, *, below: int) -> str:
    """`text` as a quotation in Markdown, which ends with the text, even if that leaves blocks open.

    It has no HTML, no images, no headings above the level `below`, and no definitions of links, which would be valid in all of
    the page. A harmless text is unchanged except for its headings; else the characters that begin such elements are escaped, and
    if that is not enough, all punctuation.
    """
    lines = without_controls(text).rstrip().split("\n")
    lowered = _demote_headings(lines, below)
    for candidate in (_quote(lowered), _quote(_escape_lines(lowered, below))):
        if _is_harmless(candidate, below):
            return candidate
    return _quote(map(_literal, lines))


@functools.cache
def _parser() -> MarkdownIt:
    parser = answer_parser()
    parser.add_render_rule("image", _image_as_link)
    parser.add_render_rule("link_open", _link)
    return parser


@functools.cache
def _reader() -> MarkdownIt:
    """A parser as permissive as any reader of Markdown."""
    return _AnyLink("commonmark", {"html": True}).enable(["strikethrough", "table"])


def _image_as_link(self: Any, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
    token = tokens[index]
    url = str(token.attrGet("src") or "")
    shown = str(self.renderInlineAsText(token.children or [], options, env)).strip() or url
    if any(each.type == "link_open" for each in tokens[:index]) and not _is_outside_of_links(tokens[:index]):
        return html.escape(shown)  # links cannot be nested
    return f'<a href="{html.escape(url)}" rel="noopener noreferrer nofollow">{html.escape(shown)}</a>'


def _is_outside_of_links(before: Sequence[Token]) -> bool:
    kinds = [token.type for token in before]
    return kinds.count("link_open") == kinds.count("link_close")


def _link(self: Any, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
    del env
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return str(self.renderToken(tokens, index, options, {}))


def _align_by_class(token: Token) -> None:
    """Replaces the style by a class, because the page's security policy allows no inline styles."""
    found = _ALIGNMENT.fullmatch(str(token.attrs.pop("style", "")))
    if found:
        token.attrs["class"] = f"align-{found[1]}"


def _demote_headings(lines: Sequence[str], below: int) -> list[str]:
    """The lines with headings below the level `below`; an underlined heading, which has only two levels, becomes one line."""
    lowered: list[str | None] = [*lines]
    for token in _reader().parse("\n".join(lines)):
        if token.type == "heading_open" and token.map:
            first, end = token.map
            signs = "#" * min(int(token.tag[1]) + below, _LOWEST)
            if token.markup.startswith("#"):
                lowered[first] = _HEADING.sub(rf"\g<1>{signs}", lines[first])
            elif token.level == 0:
                lowered[first:end] = [f"{signs} {' '.join(map(str.strip, lines[first : end - 1]))}", *[None] * (end - first - 1)]
    return [line for line in lowered if line is not None]


def _escape_lines(lines: Sequence[str], below: int) -> Iterator[str]:
    fenced = _fenced_lines(lines)
    for number, line in enumerate(lines):
        yield line if number in fenced else _escape_line(line, below)


def _escape_line(line: str, below: int) -> str:
    line = _HTML_BEGINS.sub("&lt;", line).replace("![", "[").replace("]:", r"]\:")
    line = _HEADING.sub(lambda found: found[1] + "#" * max(len(found[2]), below + 1), line)
    return _UNDERLINE.sub(r"\1\\\2", line)


def _fenced_lines(lines: Sequence[str]) -> set[int]:
    tokens = _reader().parse("\n".join(lines))
    return {line for token in tokens if token.type == "fence" and token.map for line in range(*token.map)}


def _literal(line: str) -> str:
    return _PUNCTUATION.sub(r"\\\g<0>", line.strip())


def _quote(lines: Iterable[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _is_harmless(markdown: str, below: int) -> bool:
    """Whether it has nothing that an answer must not have, for any reader of Markdown."""
    env: dict[str, Any] = {}
    tokens = _reader().parse(markdown, env)
    every = [*tokens, *(child for token in tokens for child in token.children or [])]
    headings = [int(token.tag[1]) for token in every if token.type == "heading_open"]
    links = [str(token.attrGet("href")) for token in every if token.type == "link_open"]
    kinds = {token.type for token in every}
    whole = [token.type for token in tokens if token.level == 0] in ([], ["blockquote_open", "blockquote_close"])
    return (
        whole
        and not kinds & {"html_block", "html_inline", "image"}
        and not cast("dict[str, Any]", env.get("references", {}))
        and all(level > below for level in headings)
        and all(is_web_link(link) for link in links)
    )
