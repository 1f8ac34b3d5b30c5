"""Her contest on a phone that kills pages or runs full: what she said and showed stays hers."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.parts.browser import Open, fact, in_a_browser, line, photo_file, stored, take, verdict, wait_for
from tests.parts.served import Town, clean, tarnished
from tests.phone.broken_line import broken_line
from tests.phone.contesting import appeals, flagged, from_a_camera, open_the_piece, press, speak_for_a_second
from tests.phone.sending.test_killed import kill, killable

pytestmark = [pytest.mark.slow, in_a_browser]


# Killed


def test_her_voice_and_second_photo_survive_a_kill_and_go_with_her_contest(
    town: Town, chromium: Browser, tmp_path: Path
) -> None:
    address = f"{town.url}/phone/"
    with killable(chromium, tmp_path / "profile") as (page, process):
        page.context.grant_permissions(["microphone"], origin=town.url)
        page.goto(f"{address}#token={town.tokens['artisan']}")
        flagged(page)
        speak_for_a_second(page)
        page.set_input_files(".contest input", photo_file(clean()))
        expect(page.locator(".kept img")).to_be_visible()
        kill(process)
    with killable(chromium, tmp_path / "profile") as (page, process):
        page.goto(address)
        line(page, 0, 1)  # a draft does not wait to be sent
        assert stored(town)[0]["appeal"] is None
        open_the_piece(page)
        expect(page.locator(".kept img")).to_be_visible()
        wait_for(page, lambda: bool(page.evaluate("document.querySelector('.kept audio').readyState > 0")))
        page.locator(".kept", has=page.locator("img")).get_by_role("button", name="Throw away").click()
        expect(page.locator(".kept img")).to_have_count(0)
        kill(process)
    with killable(chromium, tmp_path / "profile") as (page, process):
        page.goto(address)
        open_the_piece(page)
        expect(page.locator(".kept audio")).to_be_visible()
        expect(page.locator(".kept img")).to_have_count(0)
        press(page, "Ask the hub to look again")
        expect(page.locator(".course .now")).to_have_text("The hub looks again")
        assert appeals(page) == []
    (inspection,) = stored(town)
    assert inspection["appeal"]["photo_url"] is None
    voice = town.client("reviewer").get(inspection["appeal"]["voice_url"])
    assert voice.content[:4] == b"\x1aE\xdf\xa3"  # WebM


def test_a_camera_that_killed_the_page_before_the_second_photo_came_is_told(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    flagged(page)
    with page.expect_file_chooser():
        press(page, "Another photo")
    wait_for(page, lambda: bool(fact(page, "contesting")))  # no camera opens faster than a disk writes
    page.reload()
    expect(page.locator("#screen-piece .contest .stop-text")).to_contain_text("while the camera was open")
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    expect(page.locator("#screen-piece .contest .stop-text")).to_have_count(0)
    page.reload()
    expect(page.locator("#screen-home")).to_be_visible()  # said once


def test_a_page_killed_while_it_made_the_photo_small_has_it_and_it_tells_no_place(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    flagged(page)
    page.evaluate("HTMLCanvasElement.prototype.toBlob = () => {}")  # it never gets done
    file = from_a_camera()
    page.set_input_files(".contest input", photo_file(file))
    expect(page.locator(".contest")).to_contain_text("Making the photo small")
    (draft,) = appeals(page)
    assert (draft["state"], draft["raw"], draft["photo"]) == ("draft", True, len(file))
    expect(page.locator(".contest").get_by_role("button", name="Ask the hub")).to_be_disabled()
    page.reload()
    open_the_piece(page)
    expect(page.locator(".kept img")).to_be_visible()
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    photo = town.client("reviewer").get(stored(town)[0]["appeal"]["photo_url"])
    assert photo.headers["content-type"] == "image/jpeg"
    assert b"SECRETPHONE" not in photo.content


def test_a_contest_goes_as_it_was_kept_and_without_what_the_camera_wrote_about_itself(
    town: Town, open_page: Open
) -> None:
    with broken_line(town.url) as tapped:
        page = open_page("phone", None)
        page.goto(f"{tapped.url}/phone/#token={town.tokens['artisan']}")
        flagged(page)
        before = tapped.sent
        page.context.set_offline(True)
        page.set_input_files(".contest input", photo_file(from_a_camera()))
        expect(page.locator(".kept img")).to_be_visible()
        (draft,) = appeals(page)
        press(page, "Ask the hub to look again")
        expect(page.locator(".course .now")).to_have_text("Waits on this phone for network")
        assert appeals(page) == [{**draft, "state": "waiting", "raw": False}]
        line(page, 1, 1)
        page.context.set_offline(False)
        expect(page.locator(".course .now")).to_have_text("The hub looks again")
        sent = bytes(tapped.heard[before:])
    assert b"JFIF" in sent
    assert (b"SECRETPHONE" in sent, b"Exif" in sent) == (False, False)


def test_what_is_no_picture_is_said_and_the_voice_stays(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    page.context.grant_permissions(["microphone"], origin=town.url)
    flagged(page)
    speak_for_a_second(page)
    page.set_input_files(".contest input", photo_file(b"no picture"))
    expect(page.locator(".contest .stop-text")).to_contain_text("cannot be opened")
    expect(page.locator(".kept audio")).to_be_visible()
    (draft,) = appeals(page)
    assert (draft["raw"], draft["photo"], draft["voice"] > 0) == (False, 0, True)


# Full


def test_a_full_phone_says_so_and_loses_neither_what_is_kept_nor_what_found_no_room(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", None).context.new_page()
    page.add_init_script(
        """const put = IDBObjectStore.prototype.put;
           IDBObjectStore.prototype.put = function (value, ...key) {
             if (globalThis.full && value.photo) throw new DOMException("full", "QuotaExceededError");
             return put.call(this, value, ...key);
           };"""
    )
    page.context.grant_permissions(["microphone"], origin=town.url)
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    flagged(page)
    speak_for_a_second(page)
    page.evaluate("globalThis.full = true")
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".contest .stop-text")).to_contain_text("The phone is full")
    expect(page.locator(".kept img")).to_be_visible()  # in hand
    expect(page.locator(".contest").get_by_role("button", name="Ask the hub")).to_be_disabled()
    (draft,) = appeals(page)
    assert (draft["photo"], draft["voice"] > 0) == (0, True)
    page.evaluate("globalThis.full = false")
    press(page, "Try again")
    expect(page.locator(".contest .stop-text")).to_have_count(0)
    wait_for(page, lambda: appeals(page)[0]["photo"] > 0 and not appeals(page)[0]["raw"])
    press(page, "Ask the hub to look again")
    expect(page.locator(".course .now")).to_have_text("The hub looks again")
    appeal = stored(town)[0]["appeal"]
    assert appeal["voice_url"]
    assert appeal["photo_url"]


def test_a_piece_with_an_unsent_contest_is_not_let_go_to_make_room_and_a_dropped_one_takes_it_along(
    open_page: Open,
) -> None:
    page = open_page("phone", "artisan")
    flagged(page)
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    found = page.evaluate(
        """async () => {
             const { Store } = await import("./store.js");
             const { makeRoom } = await import("./storage_quota.js");
             const store = await Store.open();
             const [piece] = await store.all("pieces");
             // A year's work since: more pieces than the phone lists.
             await store.change(["pieces"], async (tx) => {
               for (let at = 0; at < 400; at++) {
                 const inspection = { ...piece.inspection, number: piece.inspection.number + 1 + at };
                 await tx.put("pieces", { ...piece, id: `later-${at}`, photos: [], inspection });
               }
             });
             await makeRoom(store);
             const kept = Boolean(await store.get("pieces", piece.id));
             await store.removePiece(piece.id);
             const left = (await store.all("appeals")).length;
             store.database.close();
             return { kept, left };
           }"""
    )
    assert found == {"kept": True, "left": 0}


def test_a_draft_is_not_shown_to_another_workshop_and_is_there_when_its_own_is_back(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    flagged(page)
    page.set_input_files(".contest input", photo_file(clean()))
    expect(page.locator(".kept img")).to_be_visible()
    page.goto(f"{town.url}/phone/#token={town.tokens['other']}")
    line(page, 0, 0)
    expect(page.locator("#pieces .piece")).to_have_count(0)
    expect(page.locator(".kept:visible")).to_have_count(0)
    take(page, tarnished(seed=1))
    verdict(page, "pending")
    expect(page.locator(".contest")).to_be_visible()
    expect(page.locator(".kept")).to_have_count(0)
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(page.locator("#screen-home")).to_be_visible()
    open_the_piece(page)
    expect(page.locator(".kept img")).to_be_visible()
