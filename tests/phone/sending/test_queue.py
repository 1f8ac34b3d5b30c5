"""The phone's queue on bad networks, in a real browser: everything arrives, and everything arrives once."""

import io
import json
from functools import partial

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Request, Route, expect

from tests.parts.browser import (
    Open,
    choose_design,
    in_a_browser,
    line,
    queued,
    stored,
    take,
    verdict,
    wait_for,
)
from tests.parts.served import Town, clean, drawn, tarnished
from tests.phone.broken_line import Line, broken_line

pytestmark = [pytest.mark.slow, in_a_browser]
ENOUGH_BYTES = 200_000
SLOW = 60_000 / 8
"""A good 2G: 60 kbit/s, in bytes a second."""


def noisy(seed: int, width: int = 640, height: int = 480) -> bytes:
    """A plate whose noise does not compress: as heavy as a phone's photo."""
    rng = np.random.default_rng(seed)
    photo = drawn(width=width, height=height, seed=seed).astype(int)
    photo += rng.integers(-30, 31, photo.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_an_answer_that_was_lost_is_sent_again_and_stored_once(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    tried: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        tried.append(route.request.url)
        route.fetch()  # it arrives and is stored …
        route.abort("connectionreset")  # … but the phone never hears of it

    page.route("**/v1/inspections/*", lose_the_answer)
    take(page, tarnished())
    wait_for(page, lambda: len(stored(town)) == 1)
    expect(page.locator("#line")).to_contain_text("1 waiting, 0 sent")
    page.unroute("**/v1/inspections/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    verdict(page, "pending")
    line(page, 0, 1)
    assert [tried[0].endswith(str(inspection["id"])) for inspection in stored(town)] == [True]


def test_without_network_photos_wait_and_go_when_it_is_back(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    expect(page.locator("#screen-home")).to_be_visible()
    choose_design(page)
    page.context.set_offline(True)
    take(page, clean())
    expect(page.locator("#screen-piece .banner.going")).to_be_visible()
    line(page, 1, 0)
    page.go_back()
    take(page, clean(1))
    line(page, 2, 0)
    expect(page.locator("#line")).to_contain_text("no network")
    assert stored(town) == []
    page.context.set_offline(False)
    line(page, 0, 2)
    assert len(stored(town)) == 2


def reached(network: Line, sent: float) -> bool:
    return network.sent >= sent


def test_a_photo_gets_through_2g_that_breaks_and_sends_little_twice(town: Town, open_page: Open) -> None:
    photo = noisy(1)
    with broken_line(town.url) as bad:
        page = open_page("phone", None)
        page.goto(f"{bad.url}/phone/#token={town.tokens['artisan']}")
        expect(page.locator("#screen-home")).to_be_visible()
        network = page.context.new_cdp_session(page)
        network.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 300, "downloadThroughput": SLOW, "uploadThroughput": SLOW},
        )
        before = bad.sent
        take(page, photo)
        size = 0
        for at in (0.2, 0.5, 0.8):
            wait_for(page, lambda: any(piece["state"] != "draft" for piece in queued(page)))
            size = queued(page)[0]["photos"][0]["bytes"]
            wait_for(page, partial(reached, bad, before + at * size))
            bad.cut()
            page.evaluate("dispatchEvent(new Event('online'))")
        wait_for(page, lambda: queued(page)[0]["state"] == "sent")
        line(page, 0, 1)
        sent = bad.sent - before
    (inspection,) = stored(town)
    assert inspection["photos"][0]["sha256"]
    print(json.dumps({"photo": size, "sent": sent, "cuts": bad.cuts}))
    assert sent < 1.6 * size


def test_a_network_that_is_back_before_the_old_line_is_given_up_is_used_at_once(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")
    choose_design(page)
    page.evaluate("Math.random = () => 1000")  # the queue's own next try is an hour away
    hanging: list[Route] = []

    def hang(route: Route) -> None:
        if hanging:
            route.continue_()
        else:
            hanging.append(route)

    page.route("**/v1/uploads/*", hang)
    take(page, clean())
    wait_for(page, lambda: len(hanging) == 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    hanging[0].abort("connectionreset")
    line(page, 0, 1)
    assert len(stored(town)) == 1


def test_a_photo_costs_its_own_bytes_and_little_more(town: Town, open_page: Open) -> None:
    with broken_line(town.url) as counted:
        page = open_page("phone", None)
        page.goto(f"{counted.url}/phone/#token={town.tokens['artisan']}")
        expect(page.locator("#screen-home")).to_be_visible()
        page.wait_for_load_state("networkidle")
        before = counted.sent
        take(page, noisy(1, 1600, 1200))
        line(page, 0, 1)
        sent = counted.sent - before
    size = queued(page)[0]["photos"][0]["bytes"]
    print(json.dumps({"photo": size, "sent": sent}))
    assert 50_000 < size <= ENOUGH_BYTES
    assert sent < size + 10_000


def test_a_camera_file_leaves_neither_place_nor_phone_and_not_more_than_200_kb(
    town: Town, open_page: Open
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (1.0, 17.0, 31.0)
    out = io.BytesIO()
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (3000, 4000, 3), np.uint8)).save(out, "JPEG", quality=60, exif=exif)
    assert b"SECRETPHONE" in out.getvalue()
    with broken_line(town.url) as tapped:
        page = open_page("phone", None)
        page.goto(f"{tapped.url}/phone/#token={town.tokens['artisan']}")
        choose_design(page)
        before = tapped.sent
        take(page, out.getvalue())
        expect(page.locator("#anyway, #screen-piece .banner").first).to_be_visible()
        if page.locator("#anyway").is_visible():
            page.click("#anyway")
        line(page, 0, 1)
        sent = bytes(tapped.heard[before:])
    assert 50_000 < len(sent) < ENOUGH_BYTES + 20_000
    assert b"JFIF" in sent
    assert (b"SECRETPHONE" in sent, b"Exif" in sent) == (False, False)


def test_a_phone_with_a_wrong_clock_is_set_right_by_the_hub(town: Town, open_page: Open) -> None:
    page = open_page("phone", None).context.new_page()
    page.add_init_script(
        """{ const Right = Date, late = 9 * 365 * 86400e3;
             globalThis.Date = class extends Right {
               constructor(...given) { given.length ? super(...given) : super(Right.now() - late); }
               static now() { return Right.now() - late; }
             }; }"""
    )
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    assert page.evaluate("new Date().getFullYear()") < 2026 - 7
    for seed in (1, 2):
        take(page, clean(seed))
        line(page, 0, seed)
        page.go_back()
    newest, oldest = stored(town)
    assert newest["received_at"] > oldest["received_at"]
    for inspection in (newest, oldest):
        took, received = (np.datetime64(inspection[name][:19]) for name in ("taken_at", "received_at"))
        assert abs(int((received - took) / np.timedelta64(1, "s"))) < 60
    rows = page.locator("#pieces .piece")
    assert [row.get_attribute("data-key") for row in rows.all()] == [newest["id"], oldest["id"]]


def test_a_refused_photo_says_why_keeps_nobody_waiting_and_stays_until_she_acts(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", "artisan")

    def refuse(route: Route) -> None:
        if route.request.method != "PUT" or refused:
            route.continue_()
            return
        refused.append(route.request.url)
        body = {
            "type": "/problems/too-large",
            "title": "Too large",
            "status": 413,
            "detail": "Too large a photo",
        }
        route.fulfill(status=413, content_type="application/problem+json", body=json.dumps(body))

    refused: list[str] = []
    page.route("**/v1/inspections/*", refuse)
    take(page, clean(1))
    expect(page.locator("#screen-piece .banner.unsent")).to_contain_text("It is too large.")
    page.go_back()
    take(page, clean(2))
    verdict(page, "passed")
    expect(page.locator("#line")).to_contain_text("0 waiting, 1 sent · 1 not taken")
    page.reload()
    expect(page.locator("#line")).to_contain_text("1 not taken")
    page.click("#pieces .piece .row-refused")
    with page.expect_file_chooser() as chooser:
        page.locator("#screen-piece .actions .main").click()
    chooser.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": clean(3)})
    verdict(page, "passed")
    expect(page.locator("#line")).not_to_contain_text("not taken")
    line(page, 0, 2)
    assert len(stored(town)) == 2


def test_a_hub_that_cannot_answer_at_the_first_start_says_so_in_her_language(
    town: Town, open_page: Open
) -> None:
    page = open_page("phone", None, locale="sw-KE").context.new_page()
    body = {
        "type": "/problems/busy",
        "title": "Too busy",
        "status": 503,
        "detail": "another change came between",
    }
    page.route(
        "**/v1/me",
        lambda route: route.fulfill(
            status=503, content_type="application/problem+json", body=json.dumps(body)
        ),
    )
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(page.locator("#trouble-text")).to_have_text(
        "Kituo hakiwezi sasa hivi. Tafadhali jaribu tena baadaye."
    )
    page.unroute("**/v1/me")
    page.click("#trouble-again")
    expect(page.locator("#screen-home")).to_be_visible()


@pytest.mark.parametrize("locks", ["web locks", "a lease"])
def test_two_tabs_send_each_photo_once(town: Town, open_page: Open, locks: str) -> None:
    first = open_page("phone", None).context.new_page()
    if locks == "a lease":
        first.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    puts: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PUT" and "/v1/inspections/" in request.url:
            puts.append(request.url)

    first.context.on("request", note)
    first.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    expect(first.locator("#screen-home")).to_be_visible()
    assert first.evaluate("Boolean(navigator.locks)") is (locks == "web locks")
    choose_design(first)
    first.context.set_offline(True)
    for seed in range(6):
        take(first, clean(seed))
        line(first, seed + 1, 0)
    second = first.context.new_page()
    second.goto(f"{town.url}/phone/")
    line(second, 6, 0)
    first.context.set_offline(False)
    for page in (first, second):
        line(page, 0, 6)
    assert len(puts) == len(set(puts)) == len(stored(town)) == 6
