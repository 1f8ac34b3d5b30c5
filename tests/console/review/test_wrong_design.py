"""A reviewer says that a piece is of another design, sees it beside the right samples, takes it back."""

import pytest
from playwright.sync_api import expect

from tests.console.review.looking import at_the_stage
from tests.parts.browser import Open, in_a_browser, stored
from tests.parts.served import Town, clean, tarnished
from tests.parts.standing import show
from tests.service.wrong_design.saying import design
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]


def test_a_piece_is_said_to_be_of_another_design_by_keys_and_is_looked_at_beside_it(
    town: Town, open_page: Open
) -> None:
    design(town)
    show(town, clean(1), design="ring")
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("i")
    expect(page.locator("#design-sought")).to_be_focused()
    assert barriers(page) == []
    page.keyboard.type("rin")
    page.keyboard.press("Enter")
    page.fill("#design-reason", "No disc.")
    page.click(".which-design button.main")
    expect(page.locator("#said")).to_contain_text("Now: Ring.")
    told = page.locator(".other-design")
    expect(told).to_contain_text("Sent as Disc, it is Ring")
    expect(told).to_contain_text("No disc.")
    expect(page.locator(".approved img")).to_have_count(1)
    told.get_by_text("Look again").click()
    expect(told).to_contain_text("Beside Ring it is flagged.")
    assert barriers(page) == []
    page.locator("#said").get_by_text("Undo").click()
    expect(page.locator("#said")).to_contain_text("Now: Disc.")
    expect(told).to_have_count(0)
    page.keyboard.press("i")
    page.click(".which-design >> text=None of the known designs")
    page.click(".which-design button.main")
    expect(page.locator(".facts h2")).to_have_text("None of the known designs")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    (piece,) = stored(town)
    assert (piece["design_unknown"], piece["status"], piece["review"]["disposition"]) == (
        True,
        "rejected",
        "reject",
    )
