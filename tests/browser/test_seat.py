"""An attendee's day in a real browser, in a real seat: card, workspace, second device, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.classroom import (
    Terminal,
    address,
    claim,
    code,
    device,
    follow,
    release,
    until,
)
from tests.browser.own_laptop import Laptop
from tests.integration.conftest import Room, RoomFactory


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Room:
    found = make_room("cwt-browse", "10.238.0.0/16", seats=1)
    found.run("provision")
    return found


@pytest.fixture(scope="module")
def terminal(browser: Browser, room: Room) -> Iterator[Terminal]:
    """The terminal of an attendee who has claimed the seat and opened the workspace."""
    context = device(browser)
    page = context.new_page()
    claim(page, room, "Ada")
    yield Terminal.on(page)
    context.close()


def test_a_card_typed_on_a_phone_leads_to_the_seat(browser: Browser, room: Room) -> None:
    phone = browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    page = phone.new_page()

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= 360"))

    page.goto(address(room))
    assert fits()
    page.get_by_label("The code on your card").fill(code(room).lower().replace("-", " "))
    page.get_by_role("button", name="Go to my seat").tap()
    page.wait_for_url(f"{address(room, 's01')}/claim")
    expect(page.get_by_label("The code on your card")).to_have_value(code(room))
    assert fits()
    page.get_by_label("Your name").fill("Grace")
    page.get_by_role("button", name="Take this seat").tap()
    page.wait_for_url(f"{address(room, 's01')}/")
    expect(page.locator("header")).to_contain_text("Grace")
    assert fits()
    phone.close()


def test_a_guide_in_the_home_opens_its_code_in_the_workspace(
    terminal: Terminal, room: Room
) -> None:
    guide = terminal.home.context.new_page()
    guide.goto(f"{address(room, 's01')}/home/course/d1l1_hello_workflow/guide.md")
    expect(guide.get_by_role("heading", level=1)).to_contain_text("Hello Workflow")
    code = follow(guide, "starter.py")
    editor = code.locator(".jp-FileEditor .cm-content", has_text="The starter:")
    editor.wait_for()
    code.close()
    guide.close()


def test_a_workflow_run_in_the_terminal_is_completed_in_the_temporal_ui(
    terminal: Terminal,
) -> None:
    terminal.type("lab worker D1L1 >/tmp/worker.log 2>&1 & lab run D1L1 --seconds 1")
    workflow = terminal.wait_for(r"Started +(\S+)")
    terminal.wait_for(f"Result +Order {workflow} is confirmed")
    ui = follow(terminal.home, "Open the Temporal UI")
    row = ui.get_by_role("row").filter(has_text=workflow)
    row.wait_for()
    expect(row).to_contain_text("Completed", ignore_case=True)


@pytest.fixture
def laptop(terminal: Terminal, room: Room, tmp_path: Path) -> Laptop:
    return Laptop(room, terminal.home, tmp_path)


def test_the_command_on_a_laptop_works_with_what_the_home_shows(laptop: Laptop) -> None:
    settings, command = laptop.shown("shell"), laptop.shown("cli")
    without_name, through_page = laptop.shown("authority"), laptop.through_the_page()
    assert "Welcome" in laptop.types(settings, command)
    assert "Welcome" in laptop.types(settings, without_name, command, hosts=False)
    page = f"export TEMPORAL_ADDRESS={through_page}"
    assert "Welcome" in laptop.types(settings, page, command)
    refused = laptop.types(settings, "export TEMPORAL_API_KEY=tk-01-made-up", command)
    assert re.search(r"exit code 1: .*(?i:unauthenticated|unauthorized)", refused, re.DOTALL)


def test_so_does_a_python_program(laptop: Laptop) -> None:
    assert laptop.runs_python() == "Hello Ada, from the seat\n"
    listed = laptop.types(laptop.shown("shell"), laptop.shown("cli"))
    assert re.search(r"Completed +from-a-laptop +FromALaptop", listed)


def test_and_curl(laptop: Laptop) -> None:
    assert "\n# HELP" in laptop.types(laptop.shown("curl"))


def test_a_second_device_joins_the_same_seat(
    browser: Browser, terminal: Terminal, room: Room
) -> None:
    terminal.type("idea=half")
    context = device(browser)
    page = context.new_page()
    claim(page, room, "Ada")
    second = Terminal.on(page)
    second.type("echo $idea an idea")
    second.wait_for("half an idea")
    terminal.wait_for("half an idea")
    terminal.home.reload()
    expect(terminal.home.locator("header")).to_contain_text("Ada")
    context.close()


def test_a_device_that_signs_out_loses_its_terminal_and_the_other_gets_its_own_back(
    browser: Browser, terminal: Terminal, room: Room
) -> None:
    context = device(browser)
    page = context.new_page()
    claim(page, room, "Ada")
    leaving = Terminal.on(page)
    (lost,) = leaving.sockets
    cut = terminal.sockets[-1]
    leaving.home.get_by_role("button", name="Sign this device out").click()
    leaving.home.wait_for_url(f"{address(room, 's01')}/claim")
    until(leaving.page, lambda: lost.is_closed() and leaving.refused)
    assert leaving.sockets[1:] == leaving.refused, "the page got its terminal back"
    context.close()
    # Nobody can tell whose connection is whose: the one that stays is cut too, and comes again.
    until(terminal.page, lambda: cut.is_closed() and not terminal.sockets[-1].is_closed())
    terminal.type("echo $idea an answer")
    terminal.wait_for("half an answer")
    assert terminal.refused == []


def test_a_released_seat_cuts_the_open_terminal_and_lets_nobody_back_in(
    browser: Browser, terminal: Terminal, room: Room
) -> None:
    *before, socket = terminal.sockets
    assert not socket.is_closed()
    password = re.findall(r"password (\S+)", room.run("password"))[0]
    office = device(browser)
    release(office.new_page(), room, password)
    office.close()
    until(terminal.page, lambda: socket.is_closed() and terminal.refused)
    assert socket.is_closed(), "the terminal's websocket is still open"
    assert terminal.refused, "the page did not try to get its terminal back"
    assert terminal.sockets == [*before, socket, *terminal.refused], "it got its terminal back"
    terminal.home.wait_for_url(f"{address(room, 's01')}/claim")
    terminal.page.reload()
    assert terminal.page.url == f"{address(room, 's01')}/claim"
