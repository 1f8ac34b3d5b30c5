"""In hand: a bag's code is typed or scanned, and the piece is decided on, at every size."""

import pytest
from playwright.sync_api import expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, clean
from ubora.service.goods_in.bags import code_of

pytestmark = [pytest.mark.slow, in_a_browser]


def test_a_bag_is_found_by_its_code_and_its_piece_decided_on(town: Town, open_page: Open) -> None:
    sent = town.send(clean(1), lot="PO-48", piece="B-12").json()["id"]
    page = opened(open_page, "Wanjiku", "#hand")
    view = page.locator("#hand")
    expect(view.locator("[name=code]")).to_be_focused()
    # As a scanner does: the code, and Enter.
    page.keyboard.type(code_of(sent).lower())
    page.keyboard.press("Enter")
    expect(view.locator("h3").first).to_have_text("B-12 · PO-48")
    expect(view.locator(".hand-photos img.photo-seen")).to_have_js_property("complete", True)
    view.locator("[name=defect]").select_option("crack")
    view.locator("[name=severity]").select_option("critical")
    view.get_by_role("button", name="Add", exact=True).click()
    expect(view.locator(".hand-defects li")).to_contain_text("crack, critical")
    check_sizes(page, "hand")
    view.locator("[data-phrase]").first.click()
    view.locator("[data-disposition=reject]").click()
    expect(view.locator(".done")).to_have_text("Decided in hand: reject. The next code, please.")
    expect(view.locator("[name=code]")).to_be_focused()
    review = town.client("reviewer").get(f"/v1/inspections/{sent}").json()["review"]
    assert (review["disposition"], review["in_hand"], len(review["phrases"])) == ("reject", "goods_in", 1)
    assert [(one["defect"], one["severity"]) for one in review["defects"]] == [("crack", "critical")]
    go(page, f"#pieces/{sent}")
    expect(page.locator("#pieces .events")).to_contain_text("in hand, at goods-in")


def test_a_code_that_leads_nowhere_is_said_and_an_engineer_only_looks(town: Town, open_page: Open) -> None:
    sent = town.send(clean(1), lot="PO-48", piece="B-12").json()["id"]
    page = opened(open_page, "Omondi", f"#hand/{code_of(sent)}")
    view = page.locator("#hand")
    expect(view.locator("h3").first).to_have_text("B-12 · PO-48")
    expect(view.locator("[data-disposition]")).to_have_count(0)
    view.locator("[name=code]").fill("K7Q2-9MXA")
    page.keyboard.press("Enter")
    expect(view.locator(".notice")).to_contain_text("Nothing was sent under K7Q2-9MXA")
    view.locator("[name=code]").fill("seven")
    page.keyboard.press("Enter")
    expect(view.locator(".notice")).to_contain_text("expected eight letters and digits")
