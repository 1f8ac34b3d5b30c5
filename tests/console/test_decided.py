"""Two people have the same piece open: the second sees what the first decided before it can be replaced."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.agreeing import log_in
from tests.parts.browser import Open, in_a_browser, scrolls_sideways
from tests.parts.served import Town, tarnished
from tests.web.test_accessible import barriers

pytestmark = [pytest.mark.slow, in_a_browser]


def at_the_piece(open_page: Open, name: str) -> Page:
    page = open_page("console", None)
    log_in(page, name)
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    return page


def decided(town: Town, inspection: str) -> tuple[str, str, str]:
    review = town.client("reviewer").get(f"/v1/inspections/{inspection}").json()["review"]
    return review["reviewer"], review["disposition"], review["note"]


def write(page: Page, note: str) -> None:
    page.fill("#note", note)
    page.keyboard.press("Escape")


def reject_first(page: Page) -> None:
    write(page, "The solder <b>stands</b> out.")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")


def test_the_second_sees_what_the_first_decided_and_keeps_it(town: Town, open_page: Open) -> None:
    piece = town.send(tarnished()).json()["id"]
    first, second = at_the_piece(open_page, "Wanjiku"), at_the_piece(open_page, "Njeri")
    reject_first(first)
    write(second, "It is a shadow.")
    second.click("[data-chip=tarnish]")
    second.keyboard.press("a")
    question = second.locator("#meanwhile")
    expect(question.locator("h3")).to_have_text("Wanjiku rejected it just now")
    expect(question).to_contain_text("The solder <b>stands</b> out.")
    expect(question).to_contain_text("Your decision to accept it was not recorded.")
    expect(second.locator("#decisions")).to_be_hidden()
    assert decided(town, piece) == ("Wanjiku", "reject", "The solder <b>stands</b> out.")
    # The same key once more does not replace it either.
    second.keyboard.press("a")
    expect(second.locator("#keep-theirs")).to_be_focused()
    assert (scrolls_sideways(second), barriers(second)) == (False, [])
    second.keyboard.press("Enter")
    expect(second.locator("#said")).to_contain_text("Kept as it is: Wanjiku rejected it.")
    expect(second.locator("#queue-list")).to_contain_text("Nothing is waiting.")
    assert decided(town, piece) == ("Wanjiku", "reject", "The solder <b>stands</b> out.")
    # Even then what she had entered is there, should she want it after all.
    second.click("text=Open it again")
    expect(second.locator(".decided h3")).to_contain_text("Wanjiku rejected it, ")
    expect(second.locator("#note")).to_have_value("It is a shadow.")
    expect(second.locator("[data-chip=tarnish]")).to_have_attribute("aria-pressed", "false")


def test_the_second_decides_again_knowingly_with_all_that_she_had_entered(
    town: Town, open_page: Open
) -> None:
    piece = town.send(tarnished()).json()["id"]
    first, second = at_the_piece(open_page, "Wanjiku"), at_the_piece(open_page, "Njeri")
    reject_first(first)
    write(second, "It is a shadow.")
    second.select_option("#variance", "4")
    second.keyboard.press("a")
    second.click("text=Decide again")
    expect(second.locator("#meanwhile")).to_be_hidden()
    expect(second.locator(".decided")).to_contain_text("The solder <b>stands</b> out.")
    expect(second.locator("#note")).to_have_value("It is a shadow.")
    expect(second.locator("#variance")).to_have_value("4")
    # A third came between: knowing of the first decision is not knowing of this one.
    assert town.review(piece, "rework", note="File it.", anyway=True).is_success
    second.keyboard.press("a")
    expect(second.locator("#meanwhile h3")).to_have_text("reviewer sent it back for rework just now")
    second.click("text=Decide again")
    second.keyboard.press("a")
    expect(second.locator("#said")).to_contain_text("Accepted")
    assert decided(town, piece) == ("Njeri", "accept", "It is a shadow.")
    # Her own changed mind names her own decision, and nobody is asked.
    second.click("text=Open it again")
    second.keyboard.press("w")
    expect(second.locator("#said")).to_contain_text("Sent back for rework")
    assert decided(town, piece)[:2] == ("Njeri", "rework")


def test_a_decision_of_which_the_answer_was_lost_is_not_made_again_over_anothers(
    town: Town, open_page: Open
) -> None:
    piece = town.send(tarnished()).json()["id"]
    page = at_the_piece(open_page, "Wanjiku")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/reviews/*", lose_the_answer)
    page.keyboard.press("r")
    expect(page.locator("#failed")).to_contain_text("Nothing is lost")
    page.unroute("**/reviews/*")
    assert town.review(piece, "accept").is_success
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text(
        "Rejected: Disc, mf-own. But reviewer accepted it since then."
    )
    assert decided(town, piece)[:2] == ("reviewer", "accept")


def test_where_the_network_goes_right_after_the_refusal_the_question_is_asked_all_the_same(
    town: Town, open_page: Open
) -> None:
    piece = town.send(tarnished()).json()["id"]
    page = at_the_piece(open_page, "Wanjiku")
    assert town.review(piece, "reject", note="A stain.", anyway=True).is_success
    page.route(f"**/v1/inspections/{piece}", lambda route: route.abort("connectionreset"))
    page.keyboard.press("a")
    expect(page.locator("#meanwhile")).to_contain_text("A stain.")
    page.click("text=Decide again")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted")
    assert decided(town, piece)[:2] == ("Wanjiku", "accept")
