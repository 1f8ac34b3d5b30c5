"""Costs in the console: the effect of thresholds is shown, they are set past the promise knowingly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, serve, tarnished
from tests.parts.tiny_bundle import write_tiny_bundle
from tests.service.thresholds.test_promise import CERTIFIED, EVIDENCE
from ubora.models.registry.promotion import promote

pytestmark = [pytest.mark.slow, in_a_browser]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    write_tiny_bundle(tmp_path / "releases" / "kept-1", evidence=EVIDENCE, calibration=CERTIFIED)
    promote(tmp_path / "releases", "kept-1", why="the first", force=True)
    with serve(tmp_path, tmp_path / "releases") as running:
        yield running


def test_thresholds_are_set_after_their_effect_was_shown_and_are_taken_back(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished())
    page = opened(open_page, "Njeri", "#costs")
    expect(page.locator("[data-figure=quality-costs] img[src]")).to_be_visible()
    page.fill("[name=threshold-tarnish]", "1")
    page.click("#costs >> text=Show the effect")
    effect = page.locator("#costs .effect")
    expect(effect).to_contain_text("1 would no longer be flagged.")
    expect(effect).to_contain_text("The release's promise would not hold any more")
    check_sizes(page, "costs")
    effect.locator("[name=why]").fill("to see what it does")
    effect.locator("#threshold-force").check()
    effect.locator("text=Set these thresholds").click()
    expect(page.locator("#costs .done")).to_have_text("Set. The next photo is judged by them.")
    expect(page.locator("#costs .notice:visible")).to_contain_text("promise does not hold")
    assert town.send(tarnished(1)).json()["verdict"] == "pass"
    go(page, "#releases/kept-1")
    expect(page.locator("#releases .notice:visible")).to_contain_text("promise does not hold")
    go(page, "#costs")
    page.click("#costs .versions summary")
    page.fill("#costs .versions [name=why]", "it was a try")
    page.click("#costs .versions .button")
    expect(page.locator("#costs .versions li")).to_have_count(2)
    assert town.send(tarnished(2)).json()["verdict"] == "flag"


def test_an_assumption_is_entered_and_the_answer_follows(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Njeri", "#scale")
    expect(page.locator("[data-figure=workshops-or-factory] img[src]")).to_be_visible()
    answer = page.locator("#scale .glance > div").first
    before = answer.inner_text()
    check_sizes(page, "scale")
    page.fill("#scale [name=n_wage]", "900")
    page.fill("#scale [name=why]", "as paid here")
    page.click("#scale >> text=Keep as a new version")
    expect(page.locator("#scale .done")).to_contain_text("Kept.")
    assert answer.inner_text() != before
    expect(page.locator("#scale .tornado tbody tr").first).to_be_visible()
