"""How far the seats are, in a real browser: an attendee's home, and the instructor's wall."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from labkit.checking.declared import course
from portal.actions import advance
from portal.context import Context
from portal.progress import AtWork, Goal, Lab, Progress, Standing
from portal.store.results import Result
from tests.browser.accessible import complaints
from tests.browser.conftest import log_in, sizes_received
from tests.browser.test_pages import claim
from tests.room import Room, code_of

LABS = Path(__file__).resolve().parents[2] / "labs"
COURSE = [
    Lab(one.lab.id, one.lab.title, [Goal(goal.id, goal.title) for goal in one.goals])
    for one in course(LABS)
    if one.goals
]
BECAUSE = "order-1a2b3c: it ended before its pause of 45 s was over."
TRY = "`lab run D1L1 --seconds 45`, then `lab kill` in the pause, then `lab worker D1L1`."


def result(seat: str, lab: Lab, goal: Goal, *, done: bool) -> Result:
    evidence = {"workflow_id": "order-1a2b3c", "run_id": "run-1", "event_id": 5}
    if done:
        because = "order-1a2b3c: the server kept a timer of 12 s for it."
        return Result(seat, lab.id, goal.id, "done", because, evidence)
    return Result(seat, lab.id, goal.id, "not_yet", f"{BECAUSE} Try: {TRY}", evidence)


def told(context: Context, seats: int = 70) -> None:
    """Let watch tell of a room in the middle of the third lab; two stand still."""
    now = context.clock()
    results = [
        result(f"seat-{number:02d}", lab, goal, done=at + number % 2 < 3)
        for number in range(1, seats + 1)
        for at, lab in enumerate(COURSE)
        for goal in lab.goals
    ]
    stuck = {
        number: Standing(
            "order-1a2b3c is stuck: on a replay your code asks for something else.",
            "bringing the code back that it began with, and a new worker.",
            int(now) - ago,
        )
        for number, ago in ((12, 400), (31, 90))
    }
    at_work = {
        f"seat-{number:02d}": AtWork("D1L3", [stuck[number]] if number in stuck else [])
        for number in range(1, seats + 1)
    }
    advance(context, Progress(now, COURSE, at_work), results)


@pytest.fixture
def followed(portal: Room) -> Room:
    portal.do(told)
    return portal


def lab(page: Page, lab_id: str) -> Locator:
    return page.locator(f"details[data-lab={lab_id}]")


def row(page: Page, number: int) -> Locator:
    return page.locator(f"#progress tr[data-seat=seat-{number:02d}]")


def wall(page: Page, portal: Room) -> None:
    log_in(page, portal)
    page.get_by_role("radio", name="Progress").check(force=True)
    row(page, 70).wait_for()


def test_a_home_opens_the_current_lab_and_shows_why_and_what_to_try(
    page: Page, followed: Room
) -> None:
    claim(page, followed, code_of(1), "Ada")
    expect(lab(page, "D1L1").locator("summary")).to_contain_text("2 of 2")
    expect(lab(page, "D1L1").locator("li").first).to_be_hidden()
    goal = lab(page, "D1L3").locator("li").first
    expect(goal).to_be_visible()
    expect(goal).to_contain_text("not yet")
    expect(goal).to_contain_text(BECAUSE)
    expect(goal.locator(".try")).to_have_text(f"Try {TRY.replace('`', '')}")
    expect(goal.locator(".try code")).to_have_count(3)
    link = goal.get_by_role("link", name="See its history")
    expect(link).to_have_attribute(
        "href", "/temporal/namespaces/default/workflows/order-1a2b3c/run-1/history"
    )


def test_a_goal_that_is_reached_shows_and_is_said_without_a_new_page(
    page: Page, followed: Room
) -> None:
    claim(page, followed, code_of(1), "Ada")
    third = COURSE[2]
    goal = lab(page, third.id).locator("li").first
    expect(goal).to_contain_text("not yet")
    page.evaluate("window.same = true")

    def reach(context: Context) -> None:
        reached = result("seat-01", third, third.goals[0], done=True)
        advance(context, context.progress, [reached])

    followed.do(reach)
    expect(goal.locator(".state")).to_have_text("done")
    expect(goal.locator(".try")).to_be_hidden()
    expect(lab(page, third.id).locator("summary")).to_contain_text(f"1 of {len(third.goals)}")
    expect(page.locator("#said")).to_have_text(f"Done: {third.goals[0].title}")
    assert page.evaluate("window.same")


def test_the_lab_that_somebody_begins_opens_and_what_they_close_stays_closed(
    page: Page, followed: Room
) -> None:
    claim(page, followed, code_of(1), "Ada")
    third, fourth = COURSE[2].id, COURSE[3].id
    lab(page, third).locator("summary").click()
    expect(lab(page, third).locator("li").first).to_be_hidden()

    def go_on(context: Context, lab_id: str) -> None:
        seats = {**context.progress.seats, "seat-01": AtWork(lab_id)}
        advance(context, Progress(context.clock(), COURSE, seats), [])

    followed.do(lambda context: go_on(context, third))
    followed.do(lambda context: go_on(context, fourth))
    expect(lab(page, fourth).locator("li").first).to_be_visible()
    expect(lab(page, third).locator("li").first).to_be_hidden()


def test_labs_come_into_a_home_that_was_open_before_them(page: Page, portal: Room) -> None:
    claim(page, portal, code_of(1), "Ada")
    expect(page.get_by_role("heading", name="Your labs")).to_have_count(0)
    portal.do(told)
    expect(page.get_by_role("heading", name="Your labs")).to_be_visible()


def test_a_home_fits_a_phone(page: Page, followed: Room) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    claim(page, followed, code_of(1), "Ada")
    expect(lab(page, "D1L3").locator("li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_wall_shows_who_is_how_far(page: Page, followed: Room) -> None:
    wall(page, followed)
    expect(page.get_by_role("columnheader")).to_have_count(len(COURSE) + 2)
    cells = row(page, 2).locator("td.cell")
    goals = len(COURSE[2].goals)
    expect(cells.nth(2)).to_have_text(f"{goals}/{goals} ◂")
    expect(cells.nth(2)).to_have_attribute("data-level", "all")
    expect(cells.nth(3)).to_have_attribute("data-level", "none")
    expect(page.locator("#seats")).to_be_hidden()


def test_the_wall_says_who_is_stuck_newest_first_and_why(page: Page, followed: Room) -> None:
    wall(page, followed)
    expect(page.locator("#count-stuck")).to_have_text("2")
    panel = page.get_by_label("Details")
    expect(panel.get_by_role("heading")).to_have_text("Who is stuck")
    expect(panel.locator("li").nth(0)).to_contain_text("31")
    expect(panel.locator("li").nth(1)).to_contain_text("12")
    expect(panel.locator("li").first).to_contain_text("on a replay your code asks for")
    expect(panel.locator("li").first).to_contain_text("→ bringing the code back")
    expect(row(page, 12).locator(".stuck")).to_be_visible()
    expect(row(page, 13).locator(".stuck")).to_be_hidden()
    panel.get_by_role("button", name="Seat 31").click()
    expect(panel.get_by_role("heading", name="Seat 31")).to_be_focused()
    expect(panel).to_contain_text("Stuck since")
    page.keyboard.press("Escape")
    expect(row(page, 31).get_by_role("button")).to_be_focused()


def test_the_wall_follows_and_touches_what_changed_alone(page: Page, followed: Room) -> None:
    wall(page, followed)
    page.evaluate("""() => {
        window.touched = new Set();
        new MutationObserver((all) => all.forEach((m) =>
            touched.add((m.target.closest ? m.target : m.target.parentElement)
                .closest("tr")?.dataset.seat ?? "the wall")))
            .observe(document.querySelector("#progress"),
                     {subtree: true, childList: true, attributes: true, characterData: true});
    }""")
    fourth = COURSE[3]

    def reach(context: Context) -> None:
        advance(context, context.progress, [result("seat-05", fourth, fourth.goals[0], done=True)])

    followed.do(reach)
    expect(row(page, 5).locator("td.cell").nth(3)).to_have_text(f"1/{len(fourth.goals)}")
    assert page.evaluate("[...touched]") == ["seat-05"]


def test_a_wall_kept_up_to_date_is_the_wall_loaded_anew(page: Page, followed: Room) -> None:
    wall(page, followed)
    fourth = COURSE[3]
    for number in range(1, 70, 4):
        seat = f"seat-{number:02d}"
        found = [result(seat, fourth, goal, done=True) for goal in fourth.goals[: number % 3]]
        followed.do(lambda context, all_=found: advance(context, context.progress, all_))  # type: ignore[misc]
    followed.do(lambda context: context.store.seats.remove("seat-70"))
    followed.do(lambda context: context.changes.happened())
    expect(row(page, 70)).to_have_count(0)
    kept = page.locator("#progress").inner_html()
    page.reload()
    page.get_by_role("radio", name="Progress").check(force=True)
    row(page, 69).wait_for()
    assert page.locator("#progress").inner_html() == kept


def test_who_asks_for_the_wall_before_the_first_news_gets_it(page: Page, followed: Room) -> None:
    log_in(page, followed)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/session", hold)
    page.reload()
    page.get_by_role("radio", name="Progress").check(force=True)
    expect(page.locator("#progress")).to_contain_text("Nobody has followed the seats yet")
    held[0].continue_()
    expect(row(page, 70)).to_be_visible()


def test_search_finds_in_the_wall_too(page: Page, followed: Room) -> None:
    wall(page, followed)
    page.get_by_label("Find a seat").fill("hopper")
    expect(row(page, 2)).to_be_visible()
    expect(row(page, 3)).to_be_hidden()


def test_an_empty_wall_says_why(page: Page, portal: Room) -> None:
    log_in(page, portal)
    page.get_by_role("radio", name="Progress").check(force=True)
    expect(page.locator("#progress")).to_contain_text("Nobody has followed the seats yet")
    expect(page.get_by_label("Details")).to_contain_text("nobody can say")
    portal.do(told)
    expect(row(page, 70)).to_be_visible()


def test_the_page_with_its_wall_costs_less_than_150_kb(page: Page, followed: Room) -> None:
    sizes = sizes_received(page)
    wall(page, followed)
    page.wait_for_timeout(500)
    assert 30_000 < sum(sizes) < 150_000


def test_axe_finds_nothing_serious_in_a_home_with_labs(themed: Page, followed: Room) -> None:
    claim(themed, followed, code_of(1), "Ada")
    expect(lab(themed, "D1L3").locator("li").first).to_be_visible()
    lab(themed, "D1L1").locator("summary").click()
    assert complaints(themed) == []


def test_axe_finds_nothing_serious_on_the_wall(themed: Page, followed: Room) -> None:
    wall(themed, followed)
    assert complaints(themed) == []
    row(themed, 12).get_by_role("button").click()
    expect(themed.get_by_label("Details")).to_contain_text("Stuck since")
    assert complaints(themed) == []
