"""The course's texts as a seat's home shows them: whole, safe, with links that lead somewhere."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from tests.unit.test_portal_parts import settings

from classroom.plan.desired import desired
from classroom.spec import ClassFile
from labkit.labs import all_labs
from labkit.pages import page_files
from labkit.seat import Seat
from portal.seat.course import FOLDER, WORKSPACE, Course, Text, facts
from portal.seat.markdown import Document, Link, document

ROOT = Path(__file__).resolve().parents[2]
LABS = ROOT / "labs"
COURSE = Course(LABS)
SEAT = facts(settings(), "seat-07")
TAGS = {
    *("h1", "h2", "h3", "p", "em", "strong", "a", "code", "pre", "ul", "ol", "li", "span"),
    *("div", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "blockquote"),
}
ATTRIBUTES = {"id", "href", "target", "rel", "class", "tabindex", "role", "aria-label", "start"}
PARTS = ("temporal", "grafana", "prometheus", "metrics", "workspace")
"""What the front door knows on a seat's host, beside its home."""

each_text = pytest.mark.parametrize("text", COURSE.texts.values(), ids=lambda text: text.place)


class Page(HTMLParser):
    """What stands in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[dict[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= found.keys()
        self._open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def made(markdown: str) -> str:
    return str(document(markdown, lambda href: Link(href, new_tab=False)).html)


def read(text: Text) -> Document:
    return COURSE.read(text, SEAT)


def test_every_guide_and_every_page_is_there() -> None:
    guides = [f"{lab.folder.name}/guide.md" for lab in all_labs(LABS)]
    assert list(COURSE.texts) == [*guides, *page_files(LABS, SEAT)]
    assert COURSE.guides.keys() == {lab.id for lab in all_labs(LABS)}


@each_text
def test_a_text_is_plain_and_whole_html(text: Text) -> None:
    made = read(text)
    page = Page(made.html)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES, "a policy of content forbids style and on…"
    assert [one for one, many in Counter(page.ids).items() if many > 1] == []
    assert made.title.endswith(text.title)
    assert made.sections
    assert {section.anchor for section in made.sections} <= set(page.ids)
    for mark in ("{{ seat", "{{ lab", "<!--", "</"):
        assert mark not in page.text, mark


@each_text
def test_each_link_of_a_text_leads_somewhere(text: Text) -> None:
    handed_out = {f"{lab.folder.name}/{name}" for lab in all_labs(LABS) for name in lab.files}
    page = Page(read(text).html)
    for link in page.links:
        href, new_tab = link["href"], link.get("target") == "_blank"
        if href.startswith("#"):
            assert href.removeprefix("#") in page.ids, href
        elif href.startswith(FOLDER):
            place, _, anchor = href.removeprefix(FOLDER).partition("#")
            assert place in COURSE.texts, href
            assert not anchor or anchor in Page(read(COURSE.texts[place]).html).ids, href
        elif href.startswith(WORKSPACE):
            assert href.removeprefix(WORKSPACE) in handed_out, href
        elif href.startswith(SEAT.url):
            part = href.removeprefix(SEAT.url).strip("/").partition("/")[0]
            ports = [f":{port}" for port in SEAT.ports.values()]
            assert part in ("", *PARTS, *ports), href
        else:
            assert href.startswith("https://"), href
        assert new_tab is not href.startswith(("#", FOLDER)), href
        assert not new_tab or link["rel"] == "noopener"


def test_a_text_has_the_seats_own_addresses() -> None:
    there = facts(settings("class.example", "https", 443), "seat-12")
    guide = COURSE.read(COURSE.guides["D2L5"], there).html
    assert 'href="https://s12.class.example/temporal/"' in guide
    assert 'href="https://s12.class.example:7233/metrics"' in guide
    assert "s07." not in guide


def test_a_text_says_of_a_seat_what_its_workspace_says() -> None:
    names = ("temporal", "prometheus", "grafana", "workspace", "ingress", "portal")
    planned = desired(ClassFile(domain="example.org"), dict.fromkeys(names, "image"), ROOT)
    told = yaml.safe_load(planned.stacks["seat-02"].compose)["services"]["workspace"]
    here = facts(settings(), "seat-02")
    environment = told["environment"]
    assert here.temporal_address == environment["TEMPORAL_ADDRESS"]
    assert here.namespace == environment["TEMPORAL_NAMESPACE"]
    assert here.url == environment["SEAT_URL"]
    assert here.name == environment["SEAT"]
    ports = ",".join(f"{name}={port}" for name, port in here.ports.items())
    assert ports == environment["SEAT_PORTS"]
    assert isinstance(here, Seat)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<script\nsrc=x></script>",
        '<details onclick="alert(1)">',
        "a <b>bold</b> <img src=x onerror=alert(1)> word",
        "[x](javascript:alert(1))",
        "[x](data:text/html,1)",
        "`<script>`",
        "```\n<script>\n```",
        "    <script>",
        "| <img src=x> |\n|---|\n| <style>x</style> |",
    ],
)
def test_what_could_run_is_shown_as_it_was_typed(typed: str) -> None:
    page = Page(made(typed))
    assert page.tags <= {"p", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes <= ATTRIBUTES
    assert page.links == []


def test_an_answer_folds_away_and_is_read_as_markdown() -> None:
    folded = made("<details><summary>Answer</summary>\n\nIt is *so*.\n\n</details>\n")
    assert folded == ("<details><summary>Answer</summary>\n<p>It is <em>so</em>.</p>\n</details>\n")


@pytest.mark.parametrize(
    ("href", "leads_to"),
    [
        ("#concept", Link("#concept", new_tab=False)),
        ("workflows.py", Link("/workspace/lab/tree/d1l1_hello_workflow/workflows.py", True)),
        ("../t1_testing/guide.md#concept", Link("/home/course/t1_testing/guide.md#concept", False)),
        ("../pages/t9_security.md", Link("/home/course/pages/t9_security.md", False)),
        ("https://docs.temporal.io", Link("https://docs.temporal.io", True)),
    ],
)
def test_where_a_link_leads(href: str, leads_to: Link) -> None:
    assert COURSE._link(href, "d1l1_hello_workflow/guide.md") == leads_to


def test_texts_follow_each_other() -> None:
    order = list(COURSE.texts.values())
    assert COURSE.around(order[0]) == (None, order[1])
    assert COURSE.around(order[3]) == (order[2], order[4])
    assert COURSE.around(order[-1]) == (order[-2], None)
