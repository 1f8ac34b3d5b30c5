"""Numbers in the console: charts with their definitions and tables, the pieces behind a count, a file."""

import csv
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, wait_for
from tests.parts.served import OWN, Town
from tests.service.numbers.making import NOW, add, make_work, review
from ubora.service.ledger.tables import AuditDraw, Inspection


def worked(town: Town, weeks: int = 10) -> None:
    """Ten weeks up to now, of ten pieces each; one of them with a dent."""
    since_then = (datetime.combine(datetime.now(UTC), time.min, UTC) - NOW) / timedelta(days=1)
    with town.state.ledger.write() as session:
        make_work(session)
        for week in range(weeks):
            for piece in range(9):
                add(session, "passed", f"{week}-{piece}", days_ago=7 * week - since_then)
            row = add(session, "pending", f"{week}-9", days_ago=7 * week - since_then)
            review(session, row, "rework", "Wanjiku", ("dent",))
        # Some that passed were looked at.
        for row in session.scalars(select(Inspection).where(Inspection.verdict == "pass").limit(30)).all():
            session.add(AuditDraw(inspection=row.id, received_at=row.received_at, share=0.5))
            session.flush()
            review(session, row, "accept", "Wanjiku")


def numbers(page: Page) -> None:
    expect(page.locator("#views")).to_be_visible()
    page.click("#groups >> text=Figures")
    page.click("#views >> text=Numbers")
    expect(page.locator("#numbers [data-figure=pass-rates] table")).to_be_visible()


def drawn(page: Page) -> None:
    """Wait until every chart has come, and is a picture."""
    expect(page.locator("#numbers img.chart[src]")).to_have_count(4)
    every = "[...document.querySelectorAll('#numbers img.chart')].every((one) => one.naturalWidth > 0)"
    wait_for(page, lambda: bool(page.evaluate(every)))


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_network_is_seen_at_a_glance_and_each_chart_has_words_and_a_table(
    town: Town, open_page: Open, scheme: str
) -> None:
    worked(town)
    page = open_page("console", "engineer", scheme)
    numbers(page)
    expect(page.locator("#numbers .glance")).to_contain_text("90.0 %90 of 100 decided pieces")
    drawn(page)
    for name in ("over-time", "funnel", "defects"):
        figure = page.locator(f"#numbers [data-figure={name}]")
        expect(figure.locator(".define p").first).to_be_visible()
        figure.locator("summary").click()
        expect(figure.locator("table")).to_be_visible()
    expect(page.locator("#numbers [data-figure=over-time] tbody tr")).to_have_count(10)
    expect(page.locator("#numbers [data-figure=funnel] tbody tr")).to_contain_text("within the funnel")
    expect(page.locator("#numbers [data-figure=defects] tbody tr")).to_contain_text("Dent10100.0 %")
    expect(page.locator("#numbers [data-figure=bias] tbody tr")).to_contain_text("nothing beside it")
    page.select_option("#numbers-factor", "phone")
    expect(page.locator("#numbers [data-figure=bias] tbody tr")).to_contain_text("not known30")


@pytest.mark.slow
@in_a_browser
def test_a_count_opens_its_pieces_and_a_table_becomes_a_file(
    town: Town, open_page: Open, tmp_path: Path
) -> None:
    worked(town)
    page = open_page("console", "reviewer")
    numbers(page)
    page.select_option("#numbers-by", "reviewer")
    row = page.locator("#numbers [data-figure=pass-rates] tbody tr")
    expect(row).to_contain_text("Wanjiku30 of 40")
    row.locator(".behind").click()
    dialog = page.locator("dialog.pieces-behind")
    expect(dialog.locator("tbody tr")).to_have_count(40)
    expect(dialog.locator("tbody tr", has_text="sent back to mendDent")).to_have_count(10)
    dialog.locator("text=Close").click()
    expect(dialog).to_have_count(0)
    with page.expect_download() as started:
        page.click("#numbers [data-figure=pass-rates] .csv")
    kept = tmp_path / "rates.csv"
    started.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as lines:
        assert [row["name"] for row in csv.DictReader(lines)] == ["Wanjiku"]


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_no_screen_has_to_be_moved_sideways(town: Town, open_page: Open, width: int) -> None:
    worked(town)
    page = open_page("console", "admin")
    page.set_viewport_size({"width": width, "height": 844})
    numbers(page)
    drawn(page)
    page.select_option("#numbers-whose", OWN)
    expect(page.locator("#numbers [data-figure=over-time] h3")).to_have_text(f"Pass rate by week, {OWN}")
    assert not scrolls_sideways(page)


@pytest.mark.slow
@in_a_browser
def test_on_paper_there_are_figures_and_no_buttons(town: Town, open_page: Open) -> None:
    worked(town)
    page = open_page("console", "admin")
    numbers(page)
    drawn(page)
    page.emulate_media(media="print")
    expect(page.locator("#numbers [data-figure=funnel] img")).to_be_visible()
    expect(page.locator("header")).not_to_be_visible()
    assert page.locator("#numbers button.small:visible").count() == 0
