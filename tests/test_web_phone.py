"""The artisan's page in a real browser at 360 × 640."""

import pytest
from PIL import Image
from playwright.sync_api import Browser, Request, Route, expect

from tests.browser import Open, in_a_browser, scrolls_sideways, stored, take, turned_by_exif, verdict
from tests.served import DARK_RED, OWN, Town, clean, dark, drawn, tarnished

FIRST_LOAD_BYTES = 60_000
SMALLEST_TARGET_PX = 48


@pytest.mark.slow
@in_a_browser
def test_a_flagged_piece_comes_back_with_her_photo_the_heat_and_what_was_seen(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#workshop")).to_have_text(OWN)
    take(page, tarnished())
    expect(verdict(page, "pending")).to_contain_text("The hub will look")
    expect(page.locator(".findings li")).to_have_text("1Stain · small")
    expect(page.locator(".photo-marks .frame")).to_have_count(1)
    expect(page.locator(".photo.with-heat .photo-heat")).to_be_visible()
    heat = page.locator(".photo-heat")
    assert heat.evaluate("heat => heat.decode().then(() => heat.naturalWidth > 0)") is True
    page.click(".toggle")
    expect(page.locator(".photo.with-heat")).to_have_count(0)
    expect(page.locator(".hand")).to_contain_text("as usual")
    page.click("text=Back")
    expect(page.locator("#pieces .piece")).to_have_count(1)
    expect(page.locator("#share")).to_contain_text("Waiting at the hub, not counted: 1")


@pytest.mark.slow
@in_a_browser
def test_a_clean_piece_passes_and_counts_at_once(open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#share")).to_have_text("No piece decided yet")
    take(page, clean())
    expect(verdict(page, "passed")).to_contain_text("Passed")
    page.go_back()
    expect(page.locator("#share .figure")).to_have_text("1 of 1 passed")


@pytest.mark.slow
@in_a_browser
def test_a_photo_that_cannot_be_judged_asks_for_another_one_in_her_language(open_page: Open) -> None:
    page = open_page("phone", "artisan", locale="sw-KE")
    take(page, dark())
    expect(verdict(page, "retake")).to_contain_text("Sehemu ya kipande iko nje. Onyesha chote.")
    expect(page.locator(".hand")).to_have_count(0)
    page.click("#language")
    expect(verdict(page, "retake")).to_contain_text("Part of the piece is outside. Show all of it.")


@pytest.mark.slow
@in_a_browser
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


@pytest.mark.slow
@in_a_browser
def test_an_answer_that_was_lost_is_sent_again_and_stored_once(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    tried: list[str] = []

    def lose_the_answer(route: Route) -> None:
        tried.append(route.request.url)
        route.fetch()  # it arrives and is stored …
        route.abort("connectionreset")  # … but the phone never hears of it

    page.route("**/v1/inspections/*", lose_the_answer)
    take(page, tarnished())
    expect(page.locator(".banner.unsent")).to_contain_text("There is no network right now.")
    assert len(stored(town)) == 1
    page.unroute("**/v1/inspections/*")
    page.click("text=Send again")
    verdict(page, "pending")
    assert [tried[0].endswith(str(inspection["id"])) for inspection in stored(town)] == [True]


@pytest.mark.slow
@in_a_browser
def test_without_network_the_photo_is_kept_and_the_back_key_does_not_drop_it(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#home")).to_be_visible()
    page.context.set_offline(True)
    take(page, clean())
    expect(page.locator(".banner.unsent")).to_contain_text("Not sent yet")
    page.go_back()
    expect(page.locator(".banner.unsent")).to_be_visible()
    assert stored(town) == []
    page.context.set_offline(False)
    page.click("text=Send again")
    verdict(page, "passed")
    assert len(stored(town)) == 1


@pytest.mark.slow
@in_a_browser
def test_a_picture_that_cannot_be_opened_is_refused_before_it_is_sent(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, b"not a picture")
    expect(page.locator(".banner.unsent")).to_contain_text("This picture cannot be opened.")
    assert stored(town) == []


@pytest.mark.slow
@in_a_browser
def test_the_token_leaves_the_address_bar_and_outlives_a_reload(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#home")).to_be_visible()
    assert page.url == f"{town.url}/phone/"
    page.reload()
    expect(page.locator("#home")).to_be_visible()


@pytest.mark.slow
@in_a_browser
def test_a_revoked_token_asks_for_a_new_one_and_the_photo_is_sent_with_that(
    town: Town, open_page: Open
) -> None:
    admin = town.client("admin")
    made = admin.post("/v1/tokens", json={"role": "artisan", "microfactory": OWN, "label": "old"}).json()
    page = open_page("phone", None)
    page.fill("#enter-token", f"{town.url}/phone/#token={made['token']}")  # the whole link may be pasted
    page.click("text=Start")
    expect(page.locator("#home")).to_be_visible()
    admin.delete(f"/v1/tokens/{made['id']}")
    take(page, clean())
    expect(page.locator("#enter-refused")).to_contain_text("This code is no longer good.")
    page.fill("#enter-token", town.tokens["artisan"])
    page.click("text=Start")
    verdict(page, "passed")
    assert len(stored(town)) == 1


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize("locale", ["en-KE", "sw-KE"])
def test_no_screen_of_the_phone_scrolls_sideways_or_has_a_small_target(open_page: Open, locale: str) -> None:
    page = open_page("phone", None, locale=locale)
    expect(page.locator("#enter")).to_be_visible()
    assert not scrolls_sideways(page)
    page = open_page("phone", "artisan", locale=locale)
    expect(page.locator("#home")).to_be_visible()
    for data, status in ((None, None), (tarnished(), "pending"), (clean(), "passed"), (dark(), "retake")):
        if data and status:
            take(page, data)
            verdict(page, status)
        assert not scrolls_sideways(page)
        for target in page.locator("button:visible, input:visible").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= SMALLEST_TARGET_PX, target.inner_text()


@pytest.mark.slow
@in_a_browser
def test_the_phone_page_costs_less_than_sixty_kilobytes_the_first_time(town: Town, chromium: Browser) -> None:
    with chromium.new_context() as context:
        page, finished = context.new_page(), list[Request]()
        page.on("requestfinished", lambda request: finished.append(request))
        page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
        expect(page.locator("#home")).to_be_visible()
        page.wait_for_load_state("networkidle")
        answers = [answer for request in finished if (answer := request.response())]
        sizes = {answer.url: len(answer.body()) for answer in answers}
    assert f"{town.url}/shared/words.json" in sizes
    assert sum(sizes.values()) < FIRST_LOAD_BYTES  # before compression, answers of the service included
