"""The network and a workshop on one page in the console, and the report of a month."""

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OWN, Town, clean, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]


def test_the_network_and_a_workshop_are_seen_on_one_page_each(town: Town, open_page: Open) -> None:
    lot = {"microfactory": OWN, "design": "disc", "pieces": 12, "views": ["front"]}
    town.client("reviewer").put("/v1/lots/PO-1", json=lot)
    for number in range(3):
        town.send(clean(number), piece=f"{number}", lot="PO-1")
    town.review(town.send(tarnished(), piece="9", lot="PO-1").json()["id"], "rework")
    town.send(tarnished(7), piece="10", lot="PO-1")
    page = opened(open_page, "Njeri", "#network")
    main = page.locator("#network")
    expect(main.locator(".glance").first).to_contain_text("Pieces that came5")
    expect(main.locator(".glance").nth(1)).to_contain_text("Pieces that wait1")
    expect(main.locator("tbody tr", has_text="PO-1")).to_contain_text("3 of 12")
    expect(main.locator("img.chart[src]")).to_have_count(1)
    check_sizes(page, "network")
    main.locator("tbody a", has_text=OWN).click()
    main = page.locator("#workshops")
    expect(main.locator("[data-figure=defects] tbody tr")).to_have_count(1)
    expect(main.locator("img.chart[src]")).to_have_count(2)
    check_sizes(page, "workshop-page")
    main.locator("[name=month]").fill(f"{town.state.ledger.today():%Y-%m}")
    with page.context.expect_page() as shown:
        main.locator("text=Open the report").click()
    report = shown.value
    expect(report.locator("h1")).to_contain_text("Report of")
    expect(report.locator("body")).to_contain_text("3 of 4 decided pieces.")
    assert report.evaluate("getComputedStyle(document.body).maxWidth") != "none"
    assert report.evaluate("document.querySelector('img').naturalWidth") > 0
    page.emulate_media(media="print")
    expect(main.locator("[data-figure=over-time] img")).to_be_visible()
    assert main.locator("button:visible").count() == 0
    page.emulate_media(media="screen")


def test_a_design_shows_where_defects_lie_and_how_its_lots_are_sampled(town: Town, open_page: Open) -> None:
    town.review(town.send(tarnished(), piece="9").json()["id"], "rework")
    page = opened(open_page, "Njeri", "#designs/disc")
    main = page.locator("#designs")
    expect(main.locator(".defect-places tbody td", has_text="1")).to_have_count(1)
    expect(main.locator("img.heat[src]")).to_have_count(1)
    main.locator("[name=aql_major]").select_option("1.5")
    main.locator("form", has=page.locator("[name=aql_major]")).locator("button").click()
    expect(main.locator(".done")).to_contain_text("Saved")
    assert town.client("engineer").get("/v1/designs/disc/lot-plan").json()["aql_major"] == 1.5
    check_sizes(page, "design-places")
    go(page, "#network")
