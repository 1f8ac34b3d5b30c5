"""The app without the hub: it opens, knows its orders, survives a full phone and the camera."""

import pytest
from playwright.sync_api import expect

from tests.parts.browser import (
    Open,
    choose_design,
    choose_order,
    in_a_browser,
    installed,
    line,
    photo_file,
    queued,
    stored,
    take,
    verdict,
)
from tests.parts.served import OWN, Town, clean

pytestmark = [pytest.mark.slow, in_a_browser]
LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front", "back"]}


# With no network


def test_the_app_opens_with_no_network_and_knows_its_orders_and_samples(town: Town, open_page: Open) -> None:
    admin = town.client("admin")
    admin.put("/v1/designs/disc/approved", files=[("photo", ("photo.jpg", clean()))])
    assert admin.put("/v1/lots/PO-17", json=LOT).status_code == 201
    page = open_page("phone", "artisan")
    installed(page)
    page.click("#work")
    expect(page.locator("#orders .order img.order-photo")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    page.click("#work")
    order = page.locator("#orders .order")
    expect(order).to_contain_text("PO-17")
    expect(order).to_contain_text("0 of 50")
    expect(order.locator(".view")).to_have_count(2)
    assert order.locator("img.order-photo").evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    order.click()
    expect(page.locator("#screen-home #work .change")).to_be_visible()
    page.set_input_files("#camera", photo_file(clean(1)))
    expect(page.locator("#screen-camera .view.done")).to_have_count(1)
    page.set_input_files("#camera", photo_file(clean(2)))
    page.click("#send")
    line(page, 1, 0)
    page.context.set_offline(False)
    line(page, 0, 1)
    (inspection,) = stored(town)
    assert (inspection["lot"], [photo["view"] for photo in inspection["photos"]]) == (
        "PO-17",
        ["front", "back"],
    )
    (lot,) = admin.get("/v1/lots").json()["items"]
    assert lot["done"] == 1


def test_what_the_hub_decides_later_reaches_the_same_page(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    take(page, clean(3))
    verdict(page, "passed")
    (inspection,) = stored(town)
    town.review(inspection["id"], "rework", note="Polish the rim.")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(verdict(page, "rework")).to_be_visible()
    expect(page.locator("#screen-piece")).to_contain_text("Polish the rim.")


def test_a_piece_that_was_begun_goes_on_after_the_camera_killed_the_page(town: Town, open_page: Open) -> None:
    town.client("admin").put("/v1/lots/PO-17", json=LOT)
    page = open_page("phone", "artisan")
    choose_order(page, "PO-17")
    page.set_input_files("#camera", photo_file(clean(1)))
    expect(page.locator("#screen-camera .view.done")).to_have_count(1)
    page.reload()
    expect(page.locator("#screen-camera .view.done")).to_have_count(1)
    page.set_input_files("#camera", photo_file(clean(2)))
    page.click("#send")
    line(page, 0, 1)
    (inspection,) = stored(town)
    assert len(inspection["photos"]) == 2


def test_a_photo_that_was_kept_but_not_made_small_yet_is_sent_by_the_next_start(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    choose_design(page)
    page.context.set_offline(True)
    take(page, clean(1))
    line(page, 1, 0)
    # As a page leaves it that dies right after the photo is on the disk.
    page.evaluate(
        """async () => {
             const { Store } = await import("./store.js");
             const store = await Store.open();
             const [piece] = await store.all("pieces");
             await store.changePiece(piece.id, ({ photos }) =>
               ({ state: "draft", photos: photos.map((photo) => ({ ...photo, raw: true })) }));
             store.database.close();
           }"""
    )
    page.context.set_offline(False)
    page.reload()
    line(page, 0, 1)
    assert len(stored(town)) == 1


def test_a_camera_that_killed_the_page_before_its_photo_came_is_told(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    page.click("#work")
    page.click("#designs button >> nth=0")
    expect(page.locator("#work .change")).to_be_visible()
    with page.expect_file_chooser():
        page.click("#take")
    expect(page.locator("#screen-camera")).to_be_visible()
    page.reload()
    expect(page.locator("#screen-camera .stop")).to_contain_text("closed Ubora while the camera was open")


# Room


def test_a_phone_that_runs_full_is_told_and_keeps_its_photos(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    choose_design(page)
    expect(page.locator("#low")).to_be_hidden()
    quota = page.context.new_cdp_session(page)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": town.url, "quotaSize": 1_000_000})
    page.context.set_offline(True)
    take(page, clean(1))
    line(page, 1, 0)
    expect(page.locator("#low")).to_contain_text("The phone is nearly full.")
    quota.send("Storage.overrideQuotaForOrigin", {"origin": town.url, "quotaSize": 500_000_000})
    take(page, clean(2))
    line(page, 2, 0)
    expect(page.locator("#low")).to_be_hidden()


def test_a_photo_that_finds_no_room_is_not_lost_and_is_kept_as_soon_as_there_is_some(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", None).context.new_page()
    # A disk that is full: what a browser throws then. (Chromium's own quota stops no write of this size.)
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
           IDBObjectStore.prototype.put = function (value, ...key) {
             if (globalThis.full && value.blob) throw new DOMException("full", "QuotaExceededError");
             return put.call(this, value, ...key);
           };"""
    )
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    choose_design(page)
    page.evaluate("globalThis.full = true")
    take(page, clean(2))
    expect(page.locator("#screen-camera .stop")).to_contain_text("The phone is full")
    line(page, 0, 0)
    page.evaluate("globalThis.full = false")
    page.click("#keep-again")
    line(page, 0, 1)
    assert len(stored(town)) == 1


def test_photos_that_the_hub_has_make_room_and_those_that_wait_stay(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    for seed in range(3):
        take(page, clean(seed))
        line(page, 0, seed + 1)
    page.context.set_offline(True)
    take(page, clean(3))
    line(page, 1, 3)
    dropped = page.evaluate(
        """async () => {
             const { Store } = await import("./store.js");
             const { makeRoom } = await import("./storage_quota.js");
             const store = await Store.open();
             const dropped = await makeRoom(store, 1);
             store.database.close();
             return dropped;
           }"""
    )
    kept = {piece["state"]: piece["photos"][0]["id"] for piece in queued(page) if piece["photos"][0]["id"]}
    assert (dropped, sorted(kept)) == (2, ["sent", "waiting"])
    page.context.set_offline(False)
    line(page, 0, 4)
    page.goto(f"{town.url}/phone/")
    page.click("#pieces .piece >> nth=3")  # its photo is the hub's alone by now
    shown = page.locator("#screen-piece .photo-seen")
    assert shown.evaluate("photo => photo.decode().then(() => photo.naturalWidth > 0)") is True
