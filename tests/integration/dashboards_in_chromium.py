"""Open a dashboard in Chromium, and say what there is to see: a process of its own.

Playwright stands but one such browser in a process, and other tests have theirs. The question comes
as JSON on standard input, the answer goes as JSON to standard output.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import STEADY

PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Question:
    """A dashboard's address, the headers that open it, its panels, and a place for its picture.

    ``row`` names a row of its table, by what stands in the first cell.
    """

    url: str
    headers: dict[str, str]
    titles: list[str]
    height: int
    picture: str
    row: str = ""


@dataclass
class Answer:
    """What is wrong: panels that are not there, that failed or are empty, scripts that failed.

    ``cells`` are those of the row that was asked for.
    """

    missing: list[str] = field(default_factory=list)
    failed: int = 0
    empty: int = 0
    scripts: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


def look(page: Page, question: Question) -> Answer:
    """Open the page, wait until all is drawn, take a picture."""
    answer = Answer()
    page.on("pageerror", lambda error: answer.scripts.append(str(error)))
    page.goto(question.url)
    page.get_by_test_id(_header(question.titles[0])).first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    answer.missing = [
        title for title in question.titles if not page.get_by_test_id(_header(title)).count()
    ]
    answer.failed = page.get_by_test_id("data-testid Panel status error").count()
    answer.empty = page.get_by_text("No data", exact=True).count()
    if question.row:
        row = page.get_by_role("row").filter(has=page.get_by_text(question.row, exact=True))
        answer.cells = row.get_by_role("gridcell").all_inner_texts()
    page.screenshot(path=question.picture)
    return answer


def _header(title: str) -> str:
    """What Grafana calls a panel's header for those who test it."""
    return f"data-testid Panel header {title}"


def main() -> None:
    """Answer one question."""
    question = Question(**json.load(sys.stdin))
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=STEADY, args=["--no-sandbox", "--disable-gpu"]
        )
        # As high as the dashboard is: Grafana draws what is in sight.
        page = browser.new_page(
            viewport={"width": 1280, "height": question.height},
            extra_http_headers=question.headers,
        )
        print(json.dumps(asdict(look(page, question))))
        browser.close()


if __name__ == "__main__":
    main()
