"""On the pages: an admin deletes, asked once more; the phone forgets, and gets everything of hers."""

import io
import zipfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.parts.browser import Open, in_a_browser, queued, stored, take, verdict, wait_for
from tests.parts.served import Town, clean, tarnished

pytestmark = in_a_browser


def ask_to_delete(page: Page, what: str, reason: str) -> None:
    page.click("#delete")
    page.select_option("#delete-what", label=what)
    page.fill("#delete-reason", reason)
    page.click("#delete-go")


def test_an_admin_deletes_a_photo_and_then_the_piece_and_is_asked_once_more(
    town: Town, open_page: Open
) -> None:
    piece = town.send(tarnished(1), clean(2), views=["front", "back"], lot="L", piece="1").json()["id"]
    page = open_page("console", "admin")
    ask_to_delete(page, "photo 1, front", "a face")
    # What decides a piece decides nothing behind a question.
    page.keyboard.press("a")
    assert town.client("admin").get(f"/v1/inspections/{piece}").json()["status"] == "pending"
    page.locator(".ask").get_by_role("button", name="Cancel").click()
    assert town.client("admin").get(f"/v1/inspections/{piece}").json()["photos"][0]["removed_at"] is None
    page.click("#delete-go")
    page.locator(".ask").get_by_role("button", name="Delete it").click()
    expect(page.locator("#said")).to_contain_text("Deleted: photo 1, front.")
    expect(page.locator("#stage-photo")).to_contain_text("no longer kept")
    ask_to_delete(page, "the piece, with every inspection of it", "sent by mistake")
    page.locator(".ask").get_by_role("button", name="Delete it").click()
    expect(page.locator("#stage-photo")).to_contain_text("No piece is waiting")
    assert stored(town) == []


def test_nobody_else_is_offered_it(town: Town, open_page: Open) -> None:
    town.send(tarnished(1))
    page = open_page("console", "reviewer")
    expect(page.locator("#decisions")).to_be_visible()
    expect(page.locator("#delete")).to_have_count(0)


def test_the_phone_forgets_what_was_deleted_and_says_of_a_photo_that_it_is_gone(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    take(page, tarnished(1))
    verdict(page, "pending")
    (piece,) = stored(town)
    other = open_page("phone", "artisan")
    expect(other.locator("#pieces .piece")).to_have_count(1)
    admin = town.client("admin")
    body = {"reason": "a face", "inspection": piece["id"]}
    assert admin.post("/v1/deletions", json={**body, "photo": 0}).status_code == 200
    other.reload()
    other.locator("#pieces .piece").click()
    expect(other.locator("#screen-piece")).to_contain_text("The hub no longer keeps this photo")
    assert admin.post("/v1/deletions", json=body).status_code == 200
    for one in (page, other):
        one.reload()
        expect(one.locator("#pieces .quiet")).to_be_visible()
        wait_for(one, partial(_is_forgotten, one))


def _is_forgotten(page: Page) -> bool:
    return queued(page) == []


def test_the_phone_gets_everything_of_its_workshop(town: Town, open_page: Open) -> None:
    town.send(clean(1))
    page = open_page("phone", "artisan")
    page.click("#share")
    page.click("#to-whose")
    with page.expect_download() as begun:
        page.click("#archive")
    data = Path(begun.value.path()).read_bytes()
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert begun.value.suggested_filename.endswith(".zip")
    assert {"pieces.json", "consents.json"} < set(names)
    assert sum(name.startswith("photos/") for name in names) == 1
    expect(page.locator("#screen-whose")).to_be_visible()


def test_everything_of_a_phone_goes_from_the_list_of_phones(town: Town, open_page: Open) -> None:
    town.send(clean(1))
    page = open_page("console", "admin")
    page.goto(f"{town.url}/console/#people")
    page.get_by_role("button", name="Delete everything that artisan of mf-own sent").click()
    page.fill("#delete-reason", "the phone was stolen")
    page.click("#delete-go")
    page.locator(".ask").get_by_role("button", name="Delete it").click()
    expect(page.locator("#people")).to_contain_text("Deleted: everything that this phone sent.")
    assert stored(town) == []
