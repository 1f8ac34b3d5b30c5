"""The hub's console in a real browser at 1280 × 800."""

import pytest
from playwright.sync_api import Route, expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, stored, verdict
from tests.parts.served import OWN, Town, clean, tarnished


@pytest.mark.slow
@in_a_browser
def test_staff_decide_by_keyboard_and_the_pass_rates_follow(town: Town, open_page: Open) -> None:
    town.send(clean(1), lot="A")
    first = town.send(tarnished(2), lot="A").json()["id"]
    second = town.send(tarnished(3), lot="A").json()["id"]
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.locator("#panel-body .scores")).to_contain_text("tarnish minor")
    page.keyboard.press("h")
    expect(page.locator("#stage-photo .with-heat .photo-heat")).to_be_visible()
    page.click("[data-chip=tarnish]")
    expect(page.locator(".check")).to_contain_text("Checked: no defect")
    page.select_option("#variance", "4")
    page.fill("#note", "It is a shadow: a good piece.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted: Disc, mf-own.")
    expect(page.locator(".waiting")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#queue-list")).to_contain_text("Nothing is waiting.")
    found = {str(one["id"]): one["review"] for one in stored(town) if one["review"]}
    assert {name: review["disposition"] for name, review in found.items()} == {
        first: "accept",
        second: "reject",
    }
    accepted, rejected = found[first], found[second]
    assert (accepted["defects"], accepted["variance"], accepted["note"]) == (
        [],
        4,
        "It is a shadow: a good piece.",
    )
    assert rejected["defects"] is None
    page.click("#groups >> text=Figures")
    page.click("#views >> text=Pass rates")
    expect(page.locator(".network")).to_contain_text("2 of 3 decided pieces")
    row = page.locator("tbody tr", has_text=OWN)
    expect(row).to_contain_text("2 of 3")
    expect(row).to_contain_text("21 % – 94 %")
    assert not scrolls_sideways(page)


@pytest.mark.slow
@in_a_browser
def test_zoom_brings_what_was_found_to_the_middle_of_the_stage(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    page.keyboard.press("z")
    stage, frame = page.locator("#stage-photo"), page.locator("#stage-photo .frame")
    expect(frame).to_be_in_viewport(ratio=1)
    outer, inner = stage.bounding_box(), frame.bounding_box()
    assert outer is not None
    assert inner is not None
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in (outer, inner)]
    assert [abs(one - other) < 60 for one, other in zip(*middles, strict=True)] == [True, True]


@pytest.mark.slow
@in_a_browser
def test_a_review_whose_answer_was_lost_is_sent_again_and_recorded_once(town: Town, open_page: Open) -> None:
    inspection = town.send(tarnished()).json()["id"]
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    tried: list[str] = []

    def lose_the_answer(route: Route) -> None:
        tried.append(route.request.url)
        route.fetch()
        route.abort("connectionreset")

    page.route("**/reviews/*", lose_the_answer)
    page.fill("#note", "Polish the stain away.")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.locator("#failed")).to_contain_text("Nothing is lost")
    expect(page.locator("#note")).to_have_value("Polish the stain away.")
    page.unroute("**/reviews/*")
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    review = town.client("reviewer").get(f"/v1/inspections/{inspection}").json()["review"]
    assert tried == [f"{town.url}/v1/inspections/{inspection}/reviews/{review['id']}"]


@pytest.mark.slow
@in_a_browser
def test_what_the_hub_decided_and_wrote_reaches_the_phone(town: Town, open_page: Open) -> None:
    inspection = town.send(tarnished()).json()["id"]
    town.review(inspection, "rework", note="Polish the stain away.")
    page = open_page("phone", "artisan")
    page.click("#pieces .piece")
    expect(verdict(page, "rework")).to_contain_text("Please rework it")
    expect(page.locator("#screen-piece .hub .note")).to_have_text("Polish the stain away.")
    expect(page.locator("#screen-piece .photo-marks .frame")).to_have_count(1)


@pytest.mark.slow
@in_a_browser
def test_an_artisan_opens_nothing_in_the_console(town: Town, open_page: Open) -> None:
    town.send(tarnished(), who="other", microfactory="mf-other")
    page = open_page("console", "artisan")
    expect(page.locator("#enter-refused")).to_contain_text("This token belongs to a workshop.")
    expect(page.locator("#flagged")).to_be_hidden()
    assert page.locator(".waiting").count() == 0
    # The page only says it kindly; the service is what refuses.
    own = town.client("artisan")
    assert own.get("/v1/pass-rates").status_code == 403
    assert own.get("/v1/inspections?status=pending").json()["items"] == []


@pytest.mark.slow
@in_a_browser
def test_a_name_with_markup_in_it_is_shown_as_text(town: Town, open_page: Open) -> None:
    name = "<img src=x onerror=alert(1)>"
    town.client("admin").put(f"/v1/microfactories/{OWN}", json={"name": name, "place": "<b>Ngong</b>"})
    town.send(tarnished())
    expect(open_page("phone", "artisan").locator("#workshop")).to_have_text(name)
    console = open_page("console", "reviewer")
    expect(console.locator("#panel-body .facts")).to_contain_text(name)
    console.click("#groups >> text=Figures")
    console.click("#views >> text=Pass rates")
    expect(console.locator("#rates tbody")).to_contain_text(f"{name}<b>Ngong</b>")
