"""A lab's guide in the seat's home, in a real browser: on a laptop, on a phone, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from portal.seat.course import Course
from tests.browser.accessible import complaints
from tests.browser.test_pages import claim
from tests.browser.test_progress import COURSE, LABS, told
from tests.room import Room, code_of

PHONE: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
TEXTS = Course(LABS).texts.values()
GUIDE = "/home/course/d1l5_determinism/guide.md"


@pytest.fixture
def followed(portal: Room) -> Room:
    portal.do(told)
    return portal


@pytest.fixture
def reader(page: Page, followed: Room) -> Iterator[Page]:
    """A page in a claimed seat's home, on which the browser refuses nothing."""
    refused: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            refused.append(message.text)

    page.on("console", heard)
    claim(page, followed, code_of(1), "Ada")
    page.wait_for_url(f"{followed.settings.seat_url('seat-01')}/")
    yield page
    assert refused == []


def fits(page: Page) -> bool:
    width = page.evaluate("document.documentElement.clientWidth")
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def test_each_lab_opens_its_guide_and_each_guide_the_next(reader: Page) -> None:
    for lab in COURSE:
        expect(reader.get_by_role("link", name=f"Guide of {lab.id}, {lab.title}")).to_have_count(1)
    first, *others = list(TEXTS)[:4]
    reader.get_by_role("link", name=f"Guide of {first.id}").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(f"Lab 1: {first.title}")
    for text in others:
        reader.get_by_role("link", name=f"Next: {text.id}").click()
        expect(reader).to_have_title(f"{text.id} {text.title} · Seat 01")
    reader.get_by_role("link", name="Home of seat 01").click()
    expect(reader.get_by_role("heading", name="Your labs")).to_be_visible()


def test_worked_examples_and_pages_are_there_to_read(reader: Page) -> None:
    reader.get_by_role("link", name="T9 Security").click()
    reader.get_by_role("article").get_by_role("link", name="Payloads That Only").click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Topic 9: Payloads That Only")


def test_code_opens_in_the_workspace_in_a_tab_of_its_own(reader: Page, followed: Room) -> None:
    reader.goto(f"{followed.settings.seat_url('seat-01')}{GUIDE}")
    link = reader.get_by_role("link", name="workflows.py").first
    expect(link).to_have_attribute("target", "_blank")
    with reader.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_url(
        f"{followed.settings.seat_url('seat-01')}/workspace/lab/tree/d1l5_determinism/workflows.py"
    )


def test_a_keyboard_reaches_a_section_an_answer_and_what_is_wide(
    reader: Page, followed: Room
) -> None:
    reader.set_viewport_size(PHONE)
    reader.goto(f"{followed.settings.seat_url('seat-01')}{GUIDE}")
    reader.get_by_role("navigation", name="On this page").get_by_role("link", name="Concept").press(
        "Enter"
    )
    expect(reader.locator("#concept")).to_be_in_viewport()
    answers = reader.locator("summary", has_text="Answers")
    answers.press("Enter")
    expect(reader.locator("details", has=answers).locator("li").first).to_be_visible()
    wide = reader.locator("pre").first
    wide.evaluate("box => box.firstChild.append('x'.repeat(500))")
    wide.press("ArrowRight")
    reader.wait_for_function("box => box.scrollLeft > 0", arg=wide.element_handle())


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_guide_is_for_everybody(
    browser: Browser, followed: Room, size: ViewportSize, *, dark: bool
) -> None:
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    page = context.new_page()
    claim(page, followed, code_of(1), "Ada")
    page.get_by_role("heading", name="Your labs").wait_for()
    assert fits(page), "the home"
    # Each text in one of the four ways to look at it.
    ways = [(WIDE, False), (PHONE, True), (PHONE, False), (WIDE, True)]
    at = ways.index((size, dark))
    for number, text in enumerate(TEXTS):
        if number % len(ways) == at:
            page.goto(f"{followed.settings.seat_url('seat-01')}{text.href}")
            assert fits(page), text.place
            assert complaints(page) == [], text.place
    context.close()
