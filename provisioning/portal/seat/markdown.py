"""Markdown as the course's texts use it, made into HTML that needs nothing but a style sheet. Pure.

Of raw HTML only what folds an answer away is let through, without attributes; all else is shown as
it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

FOLDS = re.compile(r"(</?(?:details|summary)>)")

NEW_TAB = '<span class="visually-hidden">, in a new tab</span>'


@dataclass(frozen=True)
class Heading:
    """A heading below the title, and the anchor that leads to it."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Link:
    """Where a link leads, and whether it opens a tab of its own: who reads keeps the place."""

    href: str
    new_tab: bool


@dataclass(frozen=True)
class Document:
    """A text as a page shows it: its title, its sections, and all of it as HTML."""

    title: str
    sections: Sequence[Heading]
    html: Markup


def document(text: str, link: Callable[[str], Link]) -> Document:
    """Make a text into HTML; ``link`` says where each of its links leads."""
    tokens = _MARKDOWN.parse(text)
    _aim(tokens, link)
    headings = list(_anchored(tokens))
    title = next((heading.text for level, heading in headings if level == "h1"), "")
    sections = [heading for level, heading in headings if level == "h2"]
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Document(title, sections, Markup(html))  # noqa: S704 - what it lets through is above


def _anchored(tokens: Sequence[Token]) -> Iterator[tuple[str, Heading]]:
    """Give each heading its anchor, named as on GitHub; yield it with its level."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or ())
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            opening.attrSet("id", anchor)
            yield opening.tag, Heading(text, anchor)


def _aim(tokens: Sequence[Token], link: Callable[[str], Link]) -> None:
    """Let each link lead where it should."""
    for token in tokens:
        new_tab, children = False, []
        for child in token.children or ():
            if child.type == "link_open":
                aimed = link(str(child.attrGet("href")))
                new_tab = aimed.new_tab
                child.attrSet("href", aimed.href)
                if new_tab:
                    child.attrs.update(target="_blank", rel="noopener")
            elif child.type == "link_close" and new_tab:
                children.append(Token("new_tab", "", 0))
            children.append(child)
        token.children = children or token.children


class _Renderer(RendererHTML):
    """Writes tokens as HTML; a rule is a method with the name of its token."""

    def html_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Let folds through, and show all other tags."""
        parts = FOLDS.split(tokens[idx].content)
        return "".join(part if FOLDS.fullmatch(part) else escapeHtml(part) for part in parts)

    html_inline = html_block

    def fence(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Write a block of code; a keyboard can move what is wider than its page."""
        return f'<pre tabindex="0"><code>{escapeHtml(tokens[idx].content)}</code></pre>\n'

    code_block = fence

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Begin a table in a box that a keyboard can move, like a wide block of code."""
        env["tables"] = env.get("tables", 0) + 1
        label = f"Table {env['tables']}"
        return f'<div class="table" role="region" aria-label="{label}" tabindex="0"><table>\n'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """End a table and its box."""
        return "</table></div>\n"

    def new_tab(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Say to who can't see it that a link opens a tab of its own."""
        return NEW_TAB


_MARKDOWN = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable("table")
