"""Every act of the review page has a key, and the help shows them all."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.review.looking import PANE, at_the_stage, looked_at
from tests.parts.browser import Open, in_a_browser, stored
from tests.parts.served import Town, clean, tarnished
from tests.web.test_accessible import barriers
from ubora.datasets.taxonomy import JEWELRY
from ubora.service.reviews.phrases import PHRASES
from ubora.service.words import read_catalogue

pytestmark = [pytest.mark.slow, in_a_browser]


def _keys(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("import('./review/keys.js').then(({ KEYS }) => KEYS)")
    return found


def _chosen(page: Page) -> Any:
    return page.locator(".chosen li").all_inner_texts()


def test_no_two_acts_have_a_key_in_common_and_the_help_shows_each(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    entries = _keys(page)
    keys = [key for entry in entries for key in entry["keys"]]
    assert sorted(set(keys)) == sorted(keys)
    page.keyboard.press("?")
    expect(page.locator(".keys-help dd")).to_have_count(len(entries))
    words = read_catalogue().words
    said = {words[entry["words"]].en for entry in entries}
    assert set(page.locator(".keys-help dd").all_inner_texts()) == said
    assert barriers(page) == []
    page.keyboard.press("r")  # a key behind the help decides nothing
    page.keyboard.press("Escape")
    expect(page.locator(".keys-help")).to_have_count(0)
    assert [one["review"] for one in stored(town)] == [None]


def test_every_line_of_a_menu_has_a_letter_of_its_own(open_page: Open) -> None:
    page = open_page("console", None)
    expect(page.locator("#enter")).to_be_visible()
    for names in (JEWELRY.defects, PHRASES):
        letters = page.evaluate(
            "(names) => import('./review/keys.js').then(({ lettered }) => [...lettered(names).values()])",
            list(names),
        )
        assert sorted(set(letters)) == sorted(letters)
        assert len(letters) == len(names)


def test_a_whole_review_is_written_by_keys_alone(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    for key in ("d", "d"):  # a dent
        page.keyboard.press(key)
    expect(page.locator("#now")).to_have_text("dent noted.")
    for key in ("e", "2", "l", "4", "p", "g"):
        page.keyboard.press(key)
    offered = page.locator(".chosen li:nth-child(2) option").all_inner_texts()
    assert offered == ["minor", "major", "critical"]
    expect(page.locator("[data-phrase=good]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("raw")  # letters of a note decide nothing
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    (review,) = (one["review"] for one in stored(town))
    said = [(one["defect"], one["severity"], one["box"] is None) for one in review["defects"]]
    assert said == [("tarnish", "minor", False), ("dent", "major", True)]
    assert (review["variance"], review["phrases"], review["note"]) == (4, ["good"], "raw")


def test_a_menu_takes_nothing_with_escape_and_is_free_of_barriers(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    before = _chosen(page)
    page.keyboard.press("d")
    expect(page.locator(".menu button").first).to_be_focused()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".menu")).to_have_count(0)
    assert _chosen(page) == before
    expect(page.locator(".check")).to_contain_text("Not checked")


def test_a_decision_says_what_comes_next_and_a_key_opens_it_again(town: Town, open_page: Open) -> None:
    first = town.send(tarnished(1)).json()["id"]
    second = town.send(tarnished(2)).json()["id"]
    page = at_the_stage(open_page)
    page.keyboard.press("j")
    expect(page.locator("#now")).to_have_text("Piece 2 of 2: Disc, mf-own")
    page.keyboard.press("k")
    expect(page.locator("#now")).to_have_text("Piece 1 of 2: Disc, mf-own")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected: Disc, mf-own. Next: Disc, mf-own.")
    expect(page.locator(".waiting[aria-current=true]")).to_have_attribute("data-id", second)
    page.keyboard.press("u")
    expect(page.locator(".decided h3")).to_contain_text("reviewer rejected it")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted: Disc, mf-own.")
    assert {one["id"]: one["status"] for one in stored(town)} == {first: "accepted", second: "pending"}


def test_keys_choose_the_photo_of_the_piece(town: Town, open_page: Open) -> None:
    town.send(tarnished(1), clean(2), clean(3))
    page = at_the_stage(open_page)
    shown = page.locator("#photo-choice [aria-pressed=true]")
    for key, number in (("3", "3"), ("]", "3"), ("[", "2"), ("6", "2"), ("1", "1"), ("]", "2")):
        page.keyboard.press(key)
        expect(shown).to_have_text(f"{number} front")


def test_single_keys_that_are_off_stay_off_and_arrows_stay(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = at_the_stage(open_page)
    page.keyboard.press("?")
    page.click("#single-keys")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator(PANE)).to_be_visible()
    for key in ("h", "?", "r"):
        page.keyboard.press(key)
    expect(page.locator("#heat")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#heat kbd")).to_be_hidden()
    assert [one["review"] for one in stored(town)] == [None]
    page.click("#zoom")
    before = looked_at(page)
    page.keyboard.press("ArrowRight")
    assert looked_at(page)[1] > before[1]
    page.click("#keys")
    page.click("#single-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.locator("#heat")).to_have_attribute("aria-pressed", "true")
