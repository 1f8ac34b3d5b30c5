"""Agreement, in the console: appeals that were right, each person's figures, and marking known pieces."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import go
from tests.parts.browser import Open, in_a_browser
from tests.parts.clocks import SteppedClock
from tests.parts.served import Town, serve
from tests.service.agreement.test_agreement import DAY, read_by_two
from tests.service.fairness.test_second import second
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import decide, flagged
from ubora.service.agreement.figures import LEAST

pytestmark = [pytest.mark.slow, in_a_browser]


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=clock, second_review_share=1.0) as running:
        yield running


def test_an_admin_reads_all_figures_and_a_reviewer_her_own(
    town: Town, clock: SteppedClock, open_page: Open
) -> None:
    read_by_two(town, *[("accept", "accept")] * (LEAST - 1), ("accept", "reject"))
    name = flagged(town)
    contest(town, name, note="no")
    decide(town.log_in("Njeri"), name, "accept")
    clock.ahead = DAY
    page = open_page("console", "admin")
    go(page, "#agreement")
    overturned = page.get_by_role("table", name="Appeals that were right")
    expect(overturned.get_by_role("row", name="All 1 of 1 100 %")).to_be_visible()
    pairs = page.get_by_role("table", name="Two people")
    expect(pairs.get_by_role("row", name="Njeri – Wanjiku 19 of 20 95 %")).to_be_visible()
    expect(
        page.get_by_role("row", name="Wanjiku: beside what is known 0 of 0 too few: fewer than 20")
    ).to_be_visible()
    page.click("text=365 days")
    expect(pairs.get_by_role("row", name="Njeri – Wanjiku 19 of 20")).to_be_visible()
    hers = open_page("console", "reviewer")
    go(hers, "#agreement")
    expect(hers.get_by_role("row", name="reviewer: beside others 0 of 0")).to_be_visible()
    expect(hers.get_by_role("table", name="Two people")).to_have_count(0)
    looks_on = open_page("console", "engineer")
    go(looks_on, "#agreement")
    expect(looks_on.get_by_role("row", name="All 1 of 1 100 %")).to_be_visible()


def test_an_admin_marks_what_she_decided_as_known(town: Town, open_page: Open) -> None:
    name = flagged(town)
    flagged(town)
    page = open_page("console", "admin")
    page.locator(f'.waiting[data-id="{name}"]').click()
    expect(page.locator("#mark-known")).to_have_count(0)
    page.locator("#stage-photo").focus()
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    second(town.log_in("Njeri"), name, "reject")
    page.keyboard.press("u")
    page.click("#mark-known")
    expect(page.locator("#panel-body")).to_contain_text("It is known.")
    (item,) = town.client("engineer").get("/v1/known").json()["items"]
    assert (item["inspection"], item["disposition"], item["marked_by"]) == (name, "reject", "admin")
