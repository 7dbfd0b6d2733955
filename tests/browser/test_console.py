"""The console's page with seventy seats, in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.actions import announce
from portal.context import Context
from portal.observed import Health
from portal.store.sessions import Kind
from tests import room
from tests.browser.accessible import complaints
from tests.browser.conftest import log_in, lose_once, sizes_received
from tests.room import Room


def tile(page: Page, number: int) -> Locator:
    return page.locator(f"li[data-seat=seat-{number:02d}] button")


def seats_shown(page: Page) -> list[str]:
    items = page.locator("#grid li:visible")
    return [str(seat) for seat in items.evaluate_all("all => all.map(i => i.dataset.seat)")]


def fail(context: Context, seat: str, part: str) -> None:
    health = Health("failed", "page", "502", f"make logs SEAT={seat}", "")
    parts = {**context.observation.seats[seat], part: health}
    seats = {**context.observation.seats, seat: parts}
    context.observation = replace(context.observation, at=context.clock(), seats=seats)
    context.changes.happened()


@pytest.mark.parametrize("lost", ["console/words.js", "console/console.css"])
def test_a_page_whose_file_did_not_arrive_loads_itself_again(
    page: Page, portal: Room, lost: str
) -> None:
    asked = lose_once(page, lost)
    log_in(page, portal)
    expect(page.locator("#line")).to_have_text("64 of 70 ready")
    page.wait_for_timeout(2500)
    assert len(asked) == 2


def test_the_grid_names_the_failing_component_and_its_fix(console: Page) -> None:
    expect(console.locator("#line")).to_have_text("64 of 70 ready")
    expect(tile(console, 7)).to_have_accessible_name("Seat 07, Leslie Lamport, grafana, failed")
    tile(console, 7).hover()
    tip = console.get_by_role("tooltip")
    expect(tip).to_contain_text("grafana failed: 502: grafana did not answer")
    expect(tip).to_contain_text("make provision SEATS=seat-07")
    tile(console, 8).hover()
    expect(tip).to_be_hidden()
    panel = console.get_by_label("Details")
    expect(panel).to_contain_text("make provision SEATS=seat-31,seat-32,seat-33")
    tile(console, 7).click()
    expect(panel).to_contain_text("restart grafana: waiting for the host")


def test_the_legend_names_what_the_seats_have(console: Page, portal: Room) -> None:
    order = console.locator("#order")
    expect(order).to_have_text("in the order temporal, worker, prometheus, grafana, workspace")

    def without_grafana(context: Context) -> None:
        seats = {
            seat: {name: part for name, part in parts.items() if name != "grafana"}
            for seat, parts in context.observation.seats.items()
        }
        seats["seat-01"] = {}  # new, nobody looked at it yet
        context.observation = replace(context.observation, at=context.clock(), seats=seats)
        context.changes.happened()

    portal.do(without_grafana)
    expect(order).to_have_text("in the order temporal, worker, prometheus, workspace")


def test_a_link_leads_to_the_class_grafana_where_there_is_one(console: Page, portal: Room) -> None:
    link = console.get_by_role("link", name="Dashboards")
    expect(console.locator("#line")).to_contain_text("ready")
    expect(link).to_be_hidden()

    def with_one(context: Context) -> None:
        context.observation = replace(
            context.observation, at=context.clock(), grafana=room.well()["grafana"]
        )
        context.changes.happened()

    portal.do(with_one)
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", "/grafana/")


def test_one_change_touches_one_tile(console: Page, portal: Room) -> None:
    console.evaluate("""() => {
        window.touched = new Set();
        new MutationObserver((all) => all.forEach((m) =>
            touched.add(m.target.parentElement.closest("li")?.dataset.seat ?? "the grid")))
            .observe(document.querySelector("#grid"),
                     {subtree: true, childList: true, attributes: true, characterData: true});
    }""")
    portal.do(lambda context: room.heal(context, "seat-07"))
    expect(tile(console, 7)).to_have_attribute("data-state", "ok")
    expect(console.locator("#line")).to_have_text("65 of 70 ready")
    assert console.evaluate("[...touched]") == ["seat-07"]


def test_a_page_kept_up_to_date_is_the_page_loaded_anew(console: Page, portal: Room) -> None:
    for number in range(1, 70, 3):
        seat = f"seat-{number:02d}"
        portal.do(lambda context, seat=seat: fail(context, seat, "grafana"))  # type: ignore[misc]
        if number % 2:
            portal.do(lambda c, seat=seat: c.store.sessions.close_seat(seat))  # type: ignore[misc]
    portal.do(lambda context: room.heal(context, "seat-12"))
    portal.do(lambda context: context.store.seats.remove("seat-70"))
    portal.do(lambda context: context.changes.happened())
    expect(console.locator("#grid li")).to_have_count(69)
    expect(tile(console, 12)).to_have_attribute("data-state", "ok")
    kept = console.locator("#grid").inner_html()
    console.reload()
    console.locator("#grid li").nth(68).wait_for()
    fresh = console.locator("#grid").inner_html()
    assert sorted(kept.split("<li")) == sorted(fresh.split("<li"))


def test_the_page_costs_less_than_150_kb(page: Page, portal: Room) -> None:
    sizes = sizes_received(page)
    log_in(page, portal)
    page.wait_for_timeout(500)
    assert 30_000 < sum(sizes) < 150_000


def test_seventy_changes_at_once_are_laid_out_once(console: Page, portal: Room) -> None:
    """A page stutters that is laid out for each change; twice a round leaves room for its clock."""
    rounds = 20
    protocol = console.context.new_cdp_session(console)
    protocol.send("Performance.enable")

    def layouts() -> int:
        found = protocol.send("Performance.getMetrics")["metrics"]
        return sum(int(m["value"]) for m in found if m["name"] == "LayoutCount")

    def all_change(context: Context, state: str) -> None:
        health = Health(state, "page", "502", "make logs", "")
        seats = {s: {**p, "grafana": health} for s, p in context.observation.seats.items()}
        context.observation = replace(context.observation, at=context.clock(), seats=seats)
        context.changes.happened()

    before = layouts()
    for round_ in range(rounds):
        state = "ok" if round_ % 2 else "failed"
        portal.do(lambda context, state=state: all_change(context, state))  # type: ignore[misc]
        expect(tile(console, 70)).to_have_attribute("data-state", state)
    assert layouts() - before <= 2 * rounds


def test_all_of_it_works_by_keyboard(console: Page) -> None:
    console.keyboard.press("/")
    expect(console.locator("#search")).to_be_focused()
    tile(console, 1).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowDown"):
        console.keyboard.press(key)
    below = console.evaluate("document.activeElement.closest('li').dataset.seat")
    columns = int(below.removeprefix("seat-")) - 1
    assert columns >= 5
    console.keyboard.press("Enter")
    expect(console.get_by_role("heading", name=f"Seat {columns + 1:02d}")).to_be_focused()
    console.keyboard.press("Escape")
    expect(tile(console, columns + 1)).to_be_focused()
    stops = console.locator("#grid [tabindex='0']")
    expect(stops).to_have_count(1)


def test_filter_search_and_sort(console: Page) -> None:
    console.get_by_text("Needs you").first.click()
    needy = ["07", "12", "18", "31", "32", "33", "54"]
    assert seats_shown(console) == [f"seat-{n}" for n in needy]
    console.get_by_label("Sort by").select_option("trouble first")
    assert seats_shown(console)[-1] == "seat-18"
    console.get_by_text("All", exact=False).first.click()
    console.get_by_label("Find a seat").fill("hopper")
    assert "seat-02" in seats_shown(console)
    console.get_by_label("Find a seat").fill("seat-70")
    assert seats_shown(console) == ["seat-70"]


def test_a_tile_does_not_move_away_under_the_pointer(console: Page, portal: Room) -> None:
    console.get_by_label("Sort by").select_option("trouble first")
    first = seats_shown(console)[0]
    tile(console, 40).hover()
    portal.do(lambda context: room.heal(context, first))
    expect(console.locator(f"li[data-seat={first}] button")).to_have_attribute("data-state", "ok")
    assert seats_shown(console)[0] == first
    console.mouse.move(1200, 790)
    expect(console.locator("#grid li").first).not_to_have_attribute("data-seat", first)


def test_a_new_code_is_shown_once(console: Page) -> None:
    tile(console, 3).click()
    console.get_by_role("button", name="New code…").click()
    console.get_by_role("button", name="Make a new code").click()
    code = console.locator("#new-code").text_content() or ""
    assert code.startswith("03-")
    console.get_by_role("button", name="I have it").click()
    expect(console.get_by_role("dialog")).to_be_hidden()
    assert code not in console.content()
    expect(tile(console, 3)).to_have_accessible_name("Seat 03, Edsger Dijkstra, not claimed")


def test_a_spare_seat_for_an_attendee(console: Page) -> None:
    tile(console, 3).click()
    console.get_by_role("button", name="Spare seat…").click()
    console.get_by_label("Spare seat", exact=True).select_option("seat-66")
    console.get_by_role("button", name="Give it to them").click()
    expect(console.get_by_role("dialog")).to_contain_text("New code for seat-66, Edsger Dijkstra")
    console.get_by_role("button", name="I have it").click()
    expect(tile(console, 66)).to_have_accessible_name("Seat 66, Edsger Dijkstra, not claimed")


def test_an_order_is_followed_to_its_end(console: Page, portal: Room) -> None:
    tile(console, 8).click()
    console.get_by_role("button", name="Restart temporal").click()
    console.get_by_role("dialog").get_by_role("button", name="Restart").click()
    panel = console.get_by_label("Details")
    expect(panel).to_contain_text("restart temporal: waiting for the host")

    def end(context: Context) -> None:
        for order in context.store.verbs.take(context.clock()):
            context.store.verbs.finish(order.id, context.clock(), ok=True, detail="ready in 3 s")
        context.changes.happened()

    portal.do(end)
    expect(panel).to_contain_text("restart temporal: done, ready in 3 s")


def test_a_helper_lands_in_the_seat_and_both_sides_see_it(console: Page, portal: Room) -> None:
    tile(console, 9).click()
    with console.context.expect_page() as opened:
        console.get_by_role("button", name="Open as helper").click()
    home = opened.value
    home.wait_for_url(f"{portal.settings.seat_url('seat-09')}/")
    expect(home.get_by_text("a helper is in the seat")).to_be_visible()
    expect(tile(console, 9)).to_have_accessible_name(
        re.compile("Seat 09, Tony Hoare, .*, a helper is there")
    )


def test_an_announcement(console: Page) -> None:
    console.get_by_role("button", name="Announcement…").click()
    console.get_by_label("Text").fill("Lunch at <b>noon</b>")
    console.get_by_role("button", name="Send to all").click()
    expect(console.locator("#announced")).to_have_text("All homes show: Lunch at <b>noon</b>")
    console.get_by_role("button", name="Announcement…").click()
    console.get_by_role("button", name="Take it away").click()
    expect(console.locator("#announced")).to_be_hidden()


def test_names_are_text_and_nothing_else(console: Page, portal: Room) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    portal.do(lambda c: c.store.sessions.open("seat-70", Kind.ATTENDEE, evil, c.clock()))
    portal.do(lambda c: c.changes.happened())
    tile(console, 70).click()
    expect(console.get_by_label("Details")).to_contain_text(evil)
    assert console.title() != "owned"


def test_nothing_stays_green_without_the_portal_and_all_comes_back(
    console: Page, portal: Room
) -> None:
    portal.stop()
    expect(console.locator("#banner")).to_contain_text("No connection", timeout=30_000)
    expect(console.locator("#grid .mark.ok")).to_have_count(0)
    portal.start()
    portal.do(lambda c: setattr(c, "observation", room.observation(70, c.clock())))
    expect(console.locator("#line")).to_have_text("64 of 70 ready", timeout=30_000)
    expect(console.locator("#banner")).to_be_hidden()


def test_a_password_changed_elsewhere_leads_to_the_login(console: Page, portal: Room) -> None:
    portal.do(lambda context: context.store.console_sessions.close_all())
    portal.do(lambda context: context.changes.happened())
    console.wait_for_url("**/login")


def test_axe_finds_nothing_serious(themed: Page, portal: Room) -> None:
    themed.goto(portal.settings.url("console"))
    assert complaints(themed) == []
    log_in(themed, portal)
    assert complaints(themed) == []
    tile(themed, 12).focus()
    assert complaints(themed) == []
    tile(themed, 12).click()
    assert complaints(themed) == []
    for name in ("New code…", "Spare seat…", "Announcement…", "Laptop code…"):
        themed.get_by_role("button", name=name).click()
        assert complaints(themed) == [], name
        themed.keyboard.press("Escape")


BEYOND = """(parent) => [...parent.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > parent.getBoundingClientRect().right)
    .map((e) => e.outerHTML.slice(0, 120))"""
"""What lies, in part at least, to the right of the element that it is in."""


def test_long_words_push_nothing_out_of_sight(console: Page, portal: Room) -> None:
    long = "W" * 100
    portal.do(lambda c: c.store.sessions.open("seat-70", Kind.ATTENDEE, long, c.clock()))
    portal.do(lambda c: announce(c, f"{long}{long}\nand lunch"))
    portal.do(lambda c: c.changes.happened())
    panel = console.get_by_label("Details")
    tile(console, 70).click()
    expect(panel).to_contain_text(long)
    assert panel.evaluate(BEYOND) == []
    assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")
    announced = console.locator("#announced")
    expect(announced).to_contain_text(long)
    assert announced.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert "\nand lunch" in announced.inner_text()


def test_a_new_code_stays_though_the_dialog_before_it_says_late_that_it_closed(
    console: Page,
) -> None:
    console.evaluate("""async () => {
        const { code } = await import("/static/console/dialogs.js");
        code({seat: "seat-01", who: "Ada", code: "01-AAAA-AAAA", url: "here"});
        document.querySelector("#dialog .primary").click();
        code({seat: "seat-02", who: "Grace", code: "02-BBBB-BBBB", url: "here"});
    }""")
    console.wait_for_timeout(500)
    expect(console.locator("#new-code")).to_have_text("02-BBBB-BBBB")
    console.get_by_role("button", name="I have it").click()
    expect(console.locator("#new-code")).to_have_count(0)


def test_a_search_without_a_match_says_so(console: Page) -> None:
    none = console.get_by_text("No seat matches.")
    console.get_by_label("Find a seat").fill("nobody is called that")
    expect(none).to_be_visible()
    assert seats_shown(console) == []
    console.get_by_text("Progress").first.click()
    expect(none).to_be_visible()
    console.get_by_label("Find a seat").fill("hopper")
    expect(none).to_have_count(0)
