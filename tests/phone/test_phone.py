"""The artisan's app in a real browser at 360 × 640: a piece is photographed, sent, and comes back judged."""

import json
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.parts.browser import (
    Open,
    choose_design,
    in_a_browser,
    installed,
    line,
    photo_file,
    queued,
    scrolls_sideways,
    stored,
    take,
    turned_by_exif,
    verdict,
    wait_for,
)
from tests.parts.served import DARK_RED, OWN, Town, clean, dark, drawn, tarnished
from tests.phone.broken_line import broken_line

pytestmark = [pytest.mark.slow, in_a_browser]
FIRST_LOAD_BYTES = 78_000
SMALLEST_TARGET_PX = 48


def test_a_flagged_piece_comes_back_with_her_photo_the_heat_and_what_was_seen(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#workshop")).to_have_text(OWN)
    take(page, tarnished())
    expect(verdict(page, "pending")).to_contain_text("The hub will look")
    expect(page.locator(".findings li")).to_contain_text("Stain")
    expect(page.locator(".photo-marks .frame")).to_have_count(1)
    assert (
        page.locator(".photo-heat").count() == 0
    )  # data costs her money: the heat comes when she asks for it
    page.click(".toggle")
    expect(page.locator(".photo.with-heat .photo-heat")).to_be_visible()
    heat = page.locator(".photo-heat")
    assert heat.evaluate("heat => heat.decode().then(() => heat.naturalWidth > 0)") is True
    expect(page.locator("#line")).to_contain_text("0 waiting, 1 sent")
    page.click("text=Back")
    expect(page.locator("#pieces .piece")).to_have_count(1)
    expect(page.locator("#share")).to_contain_text("Waiting at the hub, not counted: 1")


def test_a_clean_piece_passes_and_counts_at_once(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#share")).to_contain_text("No piece decided yet")
    take(page, clean())
    expect(verdict(page, "passed")).to_contain_text("Passed")
    page.go_back()
    expect(page.locator("#share .figure")).to_have_text("1 of 1 passed")


def test_a_dark_photo_is_told_before_it_is_sent_and_may_be_sent_all_the_same(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    take(page, dark())
    expect(page.locator("#screen-camera .instruction")).to_be_visible()
    assert stored(town) == []
    page.click("#anyway")
    expect(verdict(page, "retake")).to_contain_text("Sehemu ya kipande iko nje. Onyesha chote.")
    page.click("#language")
    expect(verdict(page, "retake")).to_contain_text("Part of the piece is outside. Show all of it.")


def test_a_photo_in_doubt_that_is_taken_again_is_replaced(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, dark())
    expect(page.locator("#screen-camera .instruction")).to_be_visible()
    take(page, clean())
    verdict(page, "passed")
    (inspection,) = stored(town)
    assert (len(inspection["photos"]), inspection["verdict"]) == (1, "pass")


def take_again(page: Page) -> None:
    """The piece in sight, and this time it is good."""
    with page.expect_file_chooser() as chooser:
        page.locator("#screen-piece .actions .main").click()
    chooser.value.set_files(photo_file(clean()))
    verdict(page, "passed")


def test_a_retake_is_the_same_piece(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, dark())
    page.click("#anyway")
    verdict(page, "retake")
    take_again(page)
    again, first = stored(town)
    assert (again["verdict"], first["verdict"]) == ("pass", "retake")
    assert again["piece"] == first["piece"] is not None


def test_what_is_taken_again_is_no_view_of_another_piece_in_hand(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, dark())
    page.click("#anyway")
    verdict(page, "retake")
    page.set_input_files("#camera", photo_file(dark()))  # the next piece, in doubt: it stays in hand
    expect(page.locator("#anyway")).to_be_visible()
    page.go_back()
    page.locator("#screen-home .piece").last.click()
    verdict(page, "retake")
    take_again(page)
    again, first = stored(town)
    assert (again["verdict"], again["piece"]) == ("pass", first["piece"])
    (left,) = [piece for piece in queued(page) if piece["state"] == "draft"]
    assert left["piece"] != first["piece"]


def test_every_piece_of_the_month_can_be_opened(town: Town, open_page: Open) -> None:
    for _ in range(13):
        assert town.send(clean()).json()["verdict"] == "pass"
    page = open_page("phone", "artisan")
    rows = page.locator("#screen-home .piece")
    expect(rows).to_have_count(10)
    page.click("#more")
    expect(rows).to_have_count(13)
    rows.last.click()
    verdict(page, "passed")


def test_a_large_photo_is_sent_small_and_upright(town: Town, open_page: Open) -> None:
    upright = Image.fromarray(drawn(DARK_RED, width=1500, height=2000))
    page = open_page("phone", "artisan")
    take(page, turned_by_exif(upright))
    verdict(page, "pending")
    (inspection,) = stored(town)
    (photo,) = inspection["photos"]
    assert (photo["width"], photo["height"]) == (960, 1280)
    x, y, width, height = photo["defects"][0]["box"]
    # The mark lies in the upper left part of the upright photo.
    assert (x + width / 2 < 480, y + height / 2 < 640) == (True, True)


def test_a_picture_that_cannot_be_opened_is_refused_before_it_is_sent(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, b"not a picture")
    expect(page.locator("#screen-camera .stop")).to_contain_text("This picture cannot be opened.")
    expect(page.locator("#line")).to_contain_text("0 waiting, 0 sent")
    assert stored(town) == []


def test_the_token_leaves_the_address_bar_and_outlives_a_reload(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#screen-home")).to_be_visible()
    assert page.url == f"{town.url}/phone/"
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()


def test_a_link_with_a_code_makes_the_phone_the_workshops_and_works_once(town: Town, open_page: Open) -> None:
    body = {"microfactory": OWN, "label": "Atieno's phone"}
    made = town.client("reviewer").post("/v1/enrolments", json=body).json()
    page = open_page("phone", None)
    expect(page.locator("#enter")).to_be_visible()
    page.goto(made["link"])
    expect(page.locator("#screen-home")).to_be_visible()
    expect(page.locator("#workshop")).to_have_text(OWN)
    assert made["code"] not in page.url
    other = open_page("phone", None)
    other.fill("#enter-code", made["code"])
    other.click("#enter button")
    expect(other.locator("#enter-refused")).to_contain_text("This code is no longer good.")


def test_a_code_may_be_typed(town: Town, open_page: Open) -> None:
    body = {"microfactory": OWN, "label": "Atieno's phone"}
    code = town.client("reviewer").post("/v1/enrolments", json=body).json()["code"]
    page = open_page("phone", None)
    page.fill("#enter-code", code.lower().replace("-", " "))
    page.click("#enter button")
    expect(page.locator("#screen-home")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-KE", "sw-KE"])
def test_no_screen_of_the_phone_scrolls_sideways_or_has_a_small_target(open_page: Open, locale: str) -> None:
    page = open_page("phone", None, locale=locale)
    expect(page.locator("#enter")).to_be_visible()
    assert not scrolls_sideways(page)
    page = open_page("phone", "artisan", locale=locale)
    expect(page.locator("#screen-home")).to_be_visible()
    for data, status in ((None, None), (tarnished(), "pending"), (clean(), "passed"), (dark(), "retake")):
        if data and status:
            take(page, data)
            if status == "retake":
                page.click("#anyway")
            verdict(page, status)
        assert not scrolls_sideways(page)
        # All at once: news may draw the screen again between two questions.
        sizes = page.evaluate(
            """() => [...document.querySelectorAll("button, input")].filter((one) => one.checkVisibility())
                 .map((one) => [one.innerText, one.offsetWidth, one.offsetHeight])"""
        )
        assert [name for name, *sides in sizes if min(sides) < SMALLEST_TARGET_PX] == []
        assert sizes


def test_the_phone_app_costs_less_than_seventy_six_kilobytes_the_first_time(
    town: Town, open_page: Open
) -> None:
    """As it comes over the line: the app, its offline copy, the first lists; heads counted apart."""
    with broken_line(town.url) as counted:
        page = open_page("phone", None).context.new_page()
        page.goto(f"{counted.url}/phone/#token={town.tokens['artisan']}")
        installed(page)
        page.wait_for_load_state("networkidle")
        came, heard = bytes(counted.came), bytes(counted.heard)
    heads = re.findall(rb"HTTP/1\.1 \d{3} .*?\r\n\r\n", came, re.DOTALL)
    files = re.findall(rb"GET (/(?:phone|shared)/\S*) HTTP", heard)
    bodies = len(came) - sum(map(len, heads))
    print(json.dumps({"bodies": bodies, "heads": len(came) - bodies, "requests": len(heads)}))
    assert b"/shared/words.json" in files
    # The offline copy is made of what the page has loaded; only the tab's drawing is asked about again.
    assert {file for file in files if files.count(file) > 1} <= {b"/shared/icon.svg"}
    assert bodies < FIRST_LOAD_BYTES


def test_a_link_opened_while_the_app_starts_enrols_the_phone_once(town: Town, open_page: Open) -> None:
    reviewer = town.client("reviewer")
    link = reviewer.post("/v1/enrolments", json={"microfactory": OWN, "label": "Kamau's phone"}).json()[
        "link"
    ]
    page = open_page("phone", None)
    expect(page.locator("#enter-code")).to_be_visible()
    asked: list[Route] = []
    page.route("**/v1/enrol", lambda route: asked.append(route))
    fragment = link.split("#")[1]
    page.evaluate("fragment => { location.hash = fragment; }", fragment)
    wait_for(page, lambda: len(asked) == 1)
    page.evaluate("fragment => { location.hash = fragment; }", fragment)
    page.wait_for_timeout(300)
    assert len(asked) == 1
    asked[0].continue_()
    expect(page.locator("#screen-home")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(asked) == 1  # a second trade would make a second token, and revoke the one in use
    expect(page.locator("#screen-home")).to_be_visible()
    phones = town.client("admin").get("/v1/tokens").json()["items"]
    assert [one["revoked_at"] for one in phones if one["label"] == "Kamau's phone"] == [None]


def test_a_token_revoked_mid_queue_keeps_everything_until_the_phone_is_enrolled_anew(
    town: Town, open_page: Open
) -> None:
    reviewer = town.client("reviewer")
    body = {"microfactory": OWN, "label": "Atieno's phone"}
    page = open_page("phone", None)
    page.goto(reviewer.post("/v1/enrolments", json=body).json()["link"])
    expect(page.locator("#screen-home")).to_be_visible()
    choose_design(page)
    page.context.set_offline(True)
    for seed in (1, 2):
        take(page, clean(seed))
        line(page, seed, 0)
    phones = town.client("admin").get("/v1/tokens").json()["items"]
    (phone,) = [one for one in phones if one["label"] == "Atieno's phone" and one["role"] == "artisan"]
    assert reviewer.delete(f"/v1/tokens/{phone['id']}").status_code == 204
    page.context.set_offline(False)
    expect(page.locator("#enter-refused")).to_contain_text("This code is no longer good.")
    line(page, 2, 0)
    page.reload()
    page.fill("#enter-code", reviewer.post("/v1/enrolments", json=body).json()["code"])
    page.click("#enter button")
    line(page, 0, 2)
    assert len(stored(town)) == 2
