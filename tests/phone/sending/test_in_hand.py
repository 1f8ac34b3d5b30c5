"""What the next photo is of: a piece taken again, one that was begun, or the next of the chosen order."""

from functools import partial

import pytest
from playwright.sync_api import Page, Route, expect

from tests.parts.browser import (
    Open,
    choose_design,
    fact,
    in_a_browser,
    line,
    photo_file,
    queued,
    stored,
    take,
    verdict,
    wait_for,
)
from tests.parts.served import OWN, Town, clean, dark

pytestmark = [pytest.mark.slow, in_a_browser]
VIEWS = ["front", "back"]


def orders(town: Town) -> None:
    for lot, design in (("PO-17", "disc"), ("PO-18", "free-disc")):
        body = {"microfactory": OWN, "design": design, "pieces": 50, "views": VIEWS}
        assert town.client("admin").put(f"/v1/lots/{lot}", json=body).status_code == 201


def choose(page: Page, lot: str) -> None:
    page.click("#work")
    page.locator("#orders .order", has_text=lot).click()


def in_hand(page: Page, lot: str) -> None:
    """Home says for which order the next photo is."""
    expect(page.locator("#screen-home #work")).to_contain_text(lot)


def drafts(page: Page) -> list[str]:
    return [piece["lot"] for piece in queued(page) if piece["state"] == "draft"]


# A piece that is taken again


def cancelled(page: Page, button: str) -> None:
    """The camera is opened by that button and given up, as a browser tells it."""
    with page.expect_file_chooser():
        page.click(button)
    expect(page.locator("#screen-camera")).to_be_visible()
    page.evaluate("document.querySelector('#camera').dispatchEvent(new Event('cancel'))")


def sent_back(page: Page) -> None:
    """A piece whose photo has to be taken again is in sight."""
    take(page, dark())
    page.click("#anyway")
    verdict(page, "retake")


def test_a_retake_outlives_a_cancelled_camera_and_a_kill(town: Town, open_page: Open) -> None:
    orders(town)
    page = open_page("phone", "artisan")
    sent_back(page)
    page.go_back()
    choose(page, "PO-18")
    in_hand(page, "PO-18")
    page.locator("#screen-home .piece").click()
    verdict(page, "retake")
    cancelled(page, "#screen-piece .actions .main")
    again = page.locator("#again")
    expect(again).to_contain_text("Again: the piece of")
    expect(page.locator("#order")).to_have_text("Without an order")
    expect(page.locator("#screen-camera .stop")).to_have_count(0)
    page.reload()
    expect(again).to_be_visible()
    expect(page.locator("#screen-camera .stop")).to_have_count(0)  # the camera was not open
    with page.expect_file_chooser():
        page.click("#screen-camera #take")
    wait_for(page, lambda: "open" in repr(fact(page, "taking")))  # no camera opens faster than a disk writes
    page.reload()
    expect(page.locator("#screen-camera .stop")).to_contain_text("closed Ubora while the camera was open")
    expect(again).to_be_visible()
    page.set_input_files("#picture", photo_file(clean()))
    verdict(page, "passed")
    retaken, first = stored(town)
    assert (retaken["piece"], retaken["lot"], retaken["design"]) == (first["piece"], None, first["design"])
    page.go_back()
    in_hand(page, "PO-18")


def test_a_retake_is_given_up_by_leaving_the_camera(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    sent_back(page)
    cancelled(page, "#screen-piece .actions .main")
    expect(page.locator("#again")).to_be_visible()
    page.click("#screen-camera .actions >> text=Back")
    expect(page.locator("#screen-home")).to_be_visible()
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()
    take(page, clean())
    verdict(page, "passed")
    fresh, first = stored(town)
    assert fresh["piece"] != first["piece"]


def test_a_picture_that_cannot_be_opened_is_no_retake_yet(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    sent_back(page)
    with page.expect_file_chooser() as chooser:
        page.click("#screen-piece .actions .main")
    chooser.value.set_files(photo_file(b"not a picture"))
    expect(page.locator("#screen-camera .stop")).to_contain_text("This picture cannot be opened.")
    expect(page.locator("#again")).to_be_visible()
    take(page, clean())
    verdict(page, "passed")
    retaken, first = stored(town)
    assert retaken["piece"] == first["piece"]


# Another order, while a piece is unfinished


def begun(town: Town, page: Page) -> None:
    """A piece of PO-17 has one of its two views, and PO-18 is chosen."""
    orders(town)
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()
    choose(page, "PO-17")
    in_hand(page, "PO-17")
    page.set_input_files("#camera", photo_file(clean(1)))
    expect(page.locator("#screen-camera .view.done")).to_have_count(1)
    page.go_back()
    in_hand(page, "PO-17")
    expect(page.locator("#work .begun")).to_have_text("Not finished")
    choose(page, "PO-18")
    expect(page.locator("#screen-unfinished")).to_contain_text("PO-17")
    expect(page.locator("#screen-unfinished .view.done")).to_have_count(1)


def test_a_piece_begun_may_be_finished_before_the_order_that_was_chosen(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    begun(town, page)
    page.click("#finish")
    expect(page.locator("#order")).to_contain_text("PO-17")
    page.set_input_files("#camera", photo_file(clean(2)))
    page.click("#send")
    line(page, 0, 1)
    page.click("#screen-piece .actions >> text=Back")
    in_hand(page, "PO-18")
    expect(page.locator("#work .begun")).to_have_count(0)
    (inspection,) = stored(town)
    assert (inspection["lot"], len(inspection["photos"])) == ("PO-17", 2)


def test_a_piece_put_aside_stays_and_is_taken_up_from_the_list(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    begun(town, page)
    page.click("#aside")
    in_hand(page, "PO-18")
    for seed in (3, 4):
        page.set_input_files("#camera", photo_file(clean(seed)))
        if seed == 3:
            expect(page.locator("#order")).to_contain_text("PO-18")
            expect(page.locator("#screen-camera .view.done")).to_have_count(1)
    page.click("#send")
    line(page, 0, 1)
    assert drafts(page) == ["PO-17"]
    page.reload()
    expect(page.locator("#screen-home .piece", has_text="Put aside")).to_contain_text("PO-17")
    page.locator("#screen-home .piece", has_text="Put aside").click()
    expect(page.locator("#order")).to_contain_text("PO-17")
    page.set_input_files("#camera", photo_file(clean(2)))
    page.click("#send")
    line(page, 0, 2)
    sent = {inspection["lot"]: len(inspection["photos"]) for inspection in stored(town)}
    assert sent == {"PO-17": 2, "PO-18": 2}


def test_the_question_is_left_by_the_back_key_and_nothing_has_changed(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    begun(town, page)
    page.go_back()
    in_hand(page, "PO-17")
    assert drafts(page) == ["PO-17"]
    assert not [piece for piece in queued(page) if piece["aside"]]


def test_a_photo_taken_while_the_last_one_is_made_small_is_the_next_piece(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    choose_design(page)
    page.context.set_offline(True)
    page.evaluate(
        """() => {
             const { decode } = HTMLImageElement.prototype;
             const held = new Promise((go) => (globalThis.goOn = go));
             HTMLImageElement.prototype.decode = async function () {
               await held;
               return decode.call(this);
             };
           }"""
    )
    take(page, clean(1))
    expect(page.locator("#screen-camera [role=status]")).to_contain_text("Making the photo small")
    page.set_input_files("#camera", photo_file(clean(2)))
    wait_for(page, lambda: len(queued(page)) == 2)
    page.evaluate("goOn()")
    line(page, 2, 0)
    assert len({piece["piece"] for piece in queued(page)}) == 2


# What the hub holds, and what it tells


def test_a_refused_photo_that_was_taken_again_leaves_nothing_at_the_hub(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    refusal = '{"type": "/problems/too-large", "title": "Too large", "status": 413}'
    page.route(
        "**/v1/inspections/*",
        lambda route: (
            route.fulfill(status=413, content_type="application/problem+json", body=refusal)
            if route.request.method == "PUT"
            else route.continue_()
        ),
    )
    take(page, clean(1))
    expect(page.locator("#screen-piece .banner.unsent")).to_be_visible()
    (photo,) = queued(page)[0]["photos"]
    hub = town.client("artisan")
    assert hub.head(f"/v1/uploads/{photo['id']}").status_code == 200
    page.unroute("**/v1/inspections/*")
    with page.expect_file_chooser() as chooser:
        page.click("#screen-piece .actions .main")
    chooser.value.set_files(photo_file(clean(2)))
    verdict(page, "passed")
    wait_for(page, lambda: hub.head(f"/v1/uploads/{photo['id']}").status_code == 404)
    assert [piece["state"] for piece in queued(page)] == ["sent"]


def test_a_sample_that_does_not_come_keeps_no_other_news_and_comes_later(town: Town, open_page: Open) -> None:
    orders(town)
    for seed, design in enumerate(("disc", "free-disc")):
        photo = [("photo", ("photo.jpg", clean(seed)))]
        assert town.client("admin").put(f"/v1/designs/{design}/approved", files=photo).is_success
    page = open_page("phone", None)
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.fulfill(status=503, body="")

    page.route("**/v1/designs/disc/approved/*", lose)
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(page.locator("#screen-home")).to_be_visible()
    page.click("#work")
    samples = page.locator("#orders img.order-photo")
    expect(samples).to_have_count(1)
    wait_for(page, lambda: fact(page, "summary") is not None)
    page.unroute("**/v1/designs/disc/approved/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(samples).to_have_count(2)
    assert lost


def test_a_token_that_is_refused_for_a_sample_asks_for_a_code_whatever_failed_before(
    town: Town, open_page: Open
) -> None:
    orders(town)
    page = open_page("phone", None)
    for design, status in (("disc", 503), ("free-disc", 401)):
        photo = [("photo", ("photo.jpg", clean(status)))]
        assert town.client("admin").put(f"/v1/designs/{design}/approved", files=photo).is_success
        page.route(f"**/v1/designs/{design}/approved/*", partial(answered, status))
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(page.locator("#enter-refused")).to_be_visible()


def answered(status: int, route: Route) -> None:
    route.fulfill(status=status, body="")
