"""Alerts in the console: a sentence in the reader's language, its weeks, a note; and who is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OTHER, OWN, Town, serve
from tests.service.alerts.making import count_workshop
from tests.service.numbers.making import NOW, add, make_work
from ubora.service.alerts.loop import look

pytestmark = [pytest.mark.slow, in_a_browser]


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """A workshop that got worse beside a steady one; nothing is sent to anybody."""
    with serve(tmp_path, releases, delivery_seconds=3600.0) as running:
        # Weeks of the calendar of the page's own clock.
        behind = (running.state.ledger.today() - NOW.date()).days // 7
        with running.state.ledger.write() as session:
            make_work(session)
            for ago in range(20, 0, -1):
                count_workshop(session, OWN, ago - behind, 4 if ago < 6 else 8, 8)
                count_workshop(session, OTHER, ago - behind, 9, 10)
            add(session, "passed", "1", days_ago=7)
        look(running.state)
        yield running


def test_an_alert_is_read_with_its_weeks_and_acknowledged_with_a_note(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Njeri", "#alerts")
    expect(page.locator("#alerts-open")).to_have_text("1")
    alert = page.locator("article.alert")
    expect(alert).to_contain_text(f"{OWN}: fewer pieces pass than before.")
    alert.locator("text=See the weeks").click()
    expect(alert.locator("img.chart[src]")).to_be_visible()
    expect(alert.locator("tbody tr")).to_have_count(20)
    check_sizes(page, "alerts")
    alert.locator("text=Acknowledge").click()
    page.fill("#alert-note", "a new hand")
    page.click("dialog button.main")
    expect(alert).to_contain_text("a new hand")
    expect(page.locator("#alerts-open")).to_have_text("")
    go(page, "#alerts/receivers")
    page.fill("input[name=label]", "shop")
    page.fill("input[name=url]", "https://hooks.example/ubora")
    page.click("form button.main:visible")
    expect(page.locator("dialog .secret")).to_contain_text("whsec_")
    page.click("dialog button.main")
    page.click("text=Last messages")
    expect(page.locator("dialog table")).to_contain_text("No message yet.")
    page.click("dialog >> text=Close")
    check_sizes(page, "receivers")
    for part in ("releases", "rare"):
        go(page, f"#alerts/{part}")
        check_sizes(page, part)
