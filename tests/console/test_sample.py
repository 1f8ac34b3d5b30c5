"""A lot's sample in the console: drawn, looked at piece by piece, decided; an engineer looks on."""

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import Open, in_a_browser, scrolls_sideways, wait_for
from tests.parts.served import OWN, Town, clean, tarnished


def made(town: Town, pieces: int = 20) -> None:
    lot = {"microfactory": OWN, "design": "disc", "pieces": pieces, "views": ["front"]}
    town.client("reviewer").put("/v1/lots/PO-48", json=lot)
    for number in range(pieces):
        town.send(clean(number), lot="PO-48", piece=f"{number}")


def sample(page: Page) -> None:
    expect(page.locator("#views")).to_be_visible()
    page.click("#groups >> text=Work")
    page.click("#views >> text=Lots")
    page.click("#lots tbody >> text=Sample")
    expect(page.locator("dialog.sample table")).to_be_visible()


def shown(page: Page, pictures: str) -> bool:
    """Whether all of them have come."""
    there: bool = page.evaluate(
        "(which) => [...document.querySelectorAll(which)].every((one) => one.naturalWidth > 0)", pictures
    )
    return there


@pytest.mark.slow
@in_a_browser
def test_a_sample_is_drawn_looked_at_and_the_lot_refused_for_one_bad_piece(
    town: Town, open_page: Open
) -> None:
    made(town)
    page = open_page("console", "reviewer")
    sample(page)
    dialog = page.locator("dialog.sample")
    expect(dialog.locator("table tbody tr").nth(1)).to_contain_text("95 times in 100")
    dialog.locator("summary", has_text="How sure").click()
    wait_for(page, lambda: shown(page, "dialog.sample img.chart"))
    dialog.locator("text=Draw the sample").click()
    pieces = dialog.locator(".sampled li")
    expect(pieces).to_have_count(5)
    wait_for(page, lambda: shown(page, ".sampled-photo"))
    pieces.nth(0).locator("text=Good").click()
    expect(dialog.locator(".sample-told")).to_have_text("1 of 5 pieces looked at. ")
    pieces.nth(1).locator("select").nth(0).select_option("crack")
    pieces.nth(1).locator("select").nth(1).select_option("critical")
    pieces.nth(1).locator("text=Reject").click()
    expect(dialog.locator(".sample-told")).to_contain_text("The counts say: refuse.")
    dialog.locator("text=Refuse the lot").click()
    expect(dialog.locator(".sample-past")).to_contain_text("Refused by reviewer")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(page)
    (check,) = town.client("admin").get("/v1/lots/PO-48/checks").json()["items"]
    assert (check["outcome"], check["looked_at"]) == ("refuse", 2)


@pytest.mark.slow
@in_a_browser
def test_an_engineer_sees_the_plan_and_what_it_waits_for(town: Town, open_page: Open) -> None:
    made(town, 2)
    town.send(tarnished(3), lot="PO-48", piece="3")
    page = open_page("console", "engineer")
    sample(page)
    dialog = page.locator("dialog.sample")
    expect(dialog).to_contain_text("1 wait for a person, 2 are passed or accepted")
    expect(dialog.locator("text=Draw the sample")).to_have_count(0)


@pytest.mark.slow
@in_a_browser
def test_a_lot_alone_is_told_in_words_before_it_is_drawn(town: Town, open_page: Open) -> None:
    made(town)
    page = open_page("console", "reviewer")
    sample(page)
    dialog = page.locator("dialog.sample")
    dialog.locator("text=This lot stands alone").click()
    told = dialog.locator(".alone-plan")
    expect(told).to_contain_text("look at 14 of 20 pieces and accept the lot with at most 0")
    dialog.locator("[name=limiting_minor]").select_option("31.5")
    dialog.locator("[name=limiting_major]").select_option("31.5")
    expect(told).to_contain_text("look at 5 of 20 pieces")
    told.locator("text=Draw the sample of this lot alone").click()
    expect(dialog.locator(".sampled li")).to_have_count(5)
    expect(dialog.locator(".sample-body")).to_contain_text("A lot alone: judged by itself")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(page)
