"""Designs in the console: added, changed, their photos, pieces that stand for them, how they come out."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.agreeing import agree
from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser, photo_file
from tests.parts.served import Town, clean, dark, tarnished, wait_until

pytestmark = [pytest.mark.slow, in_a_browser]


def accept_twice(town: Town, piece: str) -> None:
    for who in ("reviewer", "admin"):
        row = town.client(who).get(f"/v1/inspections/{piece}").json()
        body = {"disposition": "accept", "after": (row["review"] or {}).get("id")}
        town.client(who).put(f"/v1/inspections/{piece}/reviews/{uuid.uuid4()}", json=body)


def test_a_design_is_added_with_its_photos_and_changed(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Omondi", "#designs")
    expect(page.locator("#designs tbody tr")).to_have_count(2)
    check_sizes(page, "designs")
    page.click("#designs >> text=Add a design")
    page.fill("#designs [name=id]", "bangle-mara")
    page.fill("#designs [name=name]", "Mara bangle")
    page.select_option("#designs [name=category]", "bangle")
    page.check("#designs [value=back]")
    page.select_option("#designs [name=approved_high]", "4")
    check_sizes(page, "design-new")
    page.click("#designs .page-buttons >> text=Add a design")
    expect(page.locator("#designs .done")).to_contain_text("The design is added")
    assert page.evaluate("location.hash") == "#designs/bangle-mara"
    page.click("text=Add photos")
    page.set_input_files("#approved-files", [photo_file(clean(1)), photo_file(clean(2))])
    expect(page.locator("#designs .approved-large img")).to_have_count(2)
    page.select_option("[aria-label='View of photo 2']", "side")
    check_sizes(page, "design-photos")
    page.click("text=Let these stand for it")
    expect(page.locator("#designs .done")).to_contain_text("These photos stand for the design")
    (made,) = (
        one for one in town.client("admin").get("/v1/designs").json()["items"] if one["id"] == "bangle-mara"
    )
    assert (made["views"], made["approved_views"]) == (["front", "back"], ["front", "side"])
    assert (made["approved_low"], made["approved_high"]) == (1, 4)
    # One is replaced: the other is sent again as it stands.
    page.click("text=Change the photos")
    page.click("[aria-label='Remove photo 2']")
    page.set_input_files("#approved-files", [photo_file(clean(3))])
    page.click("text=Let these stand for it")

    def approved() -> Any:
        items = town.client("admin").get("/v1/designs").json()["items"]
        return next(one for one in items if one["id"] == "bangle-mara")["approved_photos"]

    # What was said of the first two is still there: what counts is that the service has others.
    wait_until(lambda: approved() != made["approved_photos"])
    now = {"approved_photos": approved()}
    assert now["approved_photos"][0] == made["approved_photos"][0]
    assert now["approved_photos"][1] != made["approved_photos"][1]
    page.fill("#designs [name=name]", "Mara cuff")
    page.click("#designs >> text=Save")
    expect(page.locator("#designs h2")).to_have_text("Mara cuff")
    # The form of a lot knows the new name at once, and begins with the views that it wants.
    go(page, "#designs")
    expect(page.locator("#designs tbody")).to_contain_text("Mara cuff")


def test_what_is_refused_is_said_and_nothing_is_changed(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Omondi", "#designs/disc")
    page.select_option("#designs [name=approved_low]", "5")
    page.select_option("#designs [name=approved_high]", "2")
    page.click("#designs >> text=Save")
    expect(page.locator("#designs .notice:visible")).to_have_text("The lowest level is above the highest.")
    page.click("text=Add photos")
    page.set_input_files("#approved-files", [photo_file(dark())])
    page.click("text=Let these stand for it")
    expect(page.locator("#designs .notice:visible")).to_contain_text("Take the photo again")
    expect(page.locator("#designs .approved-large img")).to_have_count(1)
    go(page, "#designs/+")
    page.fill("#designs [name=id]", "disc")
    page.fill("#designs [name=name]", "Another")
    page.click("#designs .page-buttons >> text=Add a design")
    expect(page.locator("#designs .notice:visible")).to_have_text(
        "There is a disc already: open it to change it."
    )
    (disc,) = (one for one in town.client("admin").get("/v1/designs").json()["items"] if one["id"] == "disc")
    assert (disc["name"], disc["approved_low"], disc["approved_photos"]) == ("Disc", 1, [])


def test_a_piece_stands_for_its_design_and_is_taken_away(town: Town, open_page: Open) -> None:
    town.client("admin").put("/v1/designs/disc/approved", files=[("photo", ("p.jpg", clean(9)))])
    piece = str(town.send(tarnished(1), piece="B-12").json()["id"])
    accept_twice(town, piece)
    town.send(tarnished(2), piece="B-13")
    page = opened(open_page, "Omondi", "#designs/disc")
    expect(page.locator("#designs")).to_contain_text("None stands for it.")
    expect(page.locator("#designs")).to_contain_text("tarnish: 1")
    expect(page.locator("#designs")).to_contain_text("1 / 1")
    page.click("text=Choose among its accepted pieces.")
    page.click("#pieces tbody a")
    page.click("#pieces >> text=Let it stand for the design")
    expect(page.locator("#pieces .stands")).to_contain_text("Stands for the design")
    go(page, "#designs/disc")
    row = page.locator("#designs .standing li")
    expect(row).to_contain_text("added by Omondi")
    check_sizes(page, "design")
    row.locator("text=Take away").click()
    agree(page, "Take this piece away?", "Disc")
    expect(page.locator("#designs .done")).to_have_text("It stands for the design no longer.")
    expect(page.locator("#designs details")).to_contain_text("Stood for it before: 1")
    state = town.client("admin").get(f"/v1/designs/disc/accepted/{piece}").json()
    assert not state["stands"]


def test_a_reviewer_looks_on_and_changes_nothing(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Wanjiku", "#designs")
    expect(page.locator("#designs >> text=Add a design")).to_have_count(0)
    go(page, "#designs/disc")
    expect(page.locator("#designs [name=name]")).to_have_value("Disc")
    for words in ("Save", "Add photos", "Choose among"):
        expect(page.locator(f"#designs >> text={words}")).to_have_count(0)
    assert page.evaluate("document.querySelector('#designs form').inert")
