"""On the review page: not sure is handed on, a second person sees no word of the first, a third sees both."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import at_the_stage
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, serve, tarnished
from tests.service.fairness.test_second import second
from tests.service.inspections.test_appeals import contest
from tests.service.queue.asking import decide, flagged, listed

pytestmark = [pytest.mark.slow, in_a_browser]


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Everything that is decided goes to a second person."""
    with serve(tmp_path, releases, second_review_share=1.0) as running:
        yield running


def panel_of(page: Page, inspection: str) -> str:
    page.locator(f'.waiting[data-id="{inspection}"]').click()
    return page.locator("#panel").inner_text()


def test_a_piece_is_handed_over_by_a_key_with_the_note_and_the_next_person_reads_it(
    town: Town, open_page: Open
) -> None:
    first = town.send(tarnished(1), lot="L", piece="1").json()["id"]
    town.send(tarnished(2), lot="L", piece="2")
    page = at_the_stage(open_page)
    page.fill("#note", "Patina, or a stain?")
    page.locator("#stage-photo").focus()
    page.keyboard.press("o")
    expect(page.locator("#said")).to_contain_text("Handed to another person: Disc, mf-own.")
    expect(page.locator(".waiting")).to_have_count(1)
    (handed,) = listed(town.client("admin"), kind="unsure")[0]["handed"]
    assert (handed["by"], handed["note"]) == ("reviewer", "Patina, or a stain?")
    other = at_the_stage(open_page, "admin")
    expect(other.locator(f'.waiting[data-id="{first}"]')).to_contain_text("not sure")
    expect(other.locator("#both")).to_contain_text("reviewer was not sure")
    expect(other.locator("#both")).to_contain_text("“Patina, or a stain?”")


def test_a_second_person_sees_the_photo_and_no_word_of_what_was_said(town: Town, open_page: Open) -> None:
    name = flagged(town)
    decide(town.log_in("Njeri"), name, "reject", note="A dent.", defects=[{"defect": "dent"}])
    page = at_the_stage(open_page)
    expect(page.locator(".waiting")).to_contain_text("second look")
    expect(page.locator("#both")).to_contain_text("Decide by its photos alone")
    expect(page.locator("#stage-photo .mark")).to_have_count(0)
    expect(page.locator("#heat")).to_be_hidden()
    shown = panel_of(page, name)
    assert [
        word for word in ("A dent.", "tarnish ", "Variance 3", "Njeri", "Why a person") if word in shown
    ] == []
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted: Disc, mf-own.")
    expect(page.locator("#said")).not_to_contain_text("Njeri")
    assert listed(town.client("engineer"))[0]["kinds"] == ["disagreed"]


def test_a_third_person_reads_what_both_said_and_decides(town: Town, open_page: Open) -> None:
    name = flagged(town)
    decide(town.log_in("Wanjiku"), name, "accept")
    second(town.log_in("Njeri"), name, "reject", note="a crack", defects=[{"defect": "crack"}])
    page = at_the_stage(open_page)
    both = page.locator("#both li")
    expect(both).to_have_text(["Wanjiku: accept", "Njeri: reject, crack, a crack"])
    page.locator("#stage-photo").focus()
    page.keyboard.press("r")
    expect(page.locator("#meanwhile, #said").filter(visible=True).first).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Rejected: Disc, mf-own.")
    assert town.client("artisan").get(f"/v1/inspections/{name}").json()["status"] == "rejected"


def test_who_decided_what_is_contested_is_told_that_another_person_decides(
    town: Town, open_page: Open
) -> None:
    name = flagged(town)
    town.review(name, "reject")
    assert contest(town, name, name=uuid.uuid4(), note="no").status_code == 201
    page = at_the_stage(open_page)
    expect(page.locator("#held")).to_contain_text("the workshop contests that; another person decides it")
