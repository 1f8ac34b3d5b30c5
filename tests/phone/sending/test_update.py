"""Versions of the app: made from its files, installed, updated when the person says so, with a full queue."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.parts.browser import (
    Open,
    choose_design,
    in_a_browser,
    installed,
    line,
    queued,
    stored,
    take,
    wait_for,
)
from tests.parts.served import Town, clean, serve
from tests.phone.broken_line import Line, broken_line
from ubora.service.http.pages import WEB, phone_files, phone_worker


def slow_in_a_browser(test: Callable[..., None]) -> Callable[..., None]:
    marked: Callable[..., None] = pytest.mark.slow(in_a_browser(test))
    return marked


@pytest.fixture
def own_web(tmp_path: Path) -> Path:
    """The web apps as files that a test may change."""
    return Path(shutil.copytree(WEB, tmp_path / "web"))


@pytest.fixture
def town(tmp_path: Path, releases: Path, own_web: Path) -> Iterator[Town]:
    with serve(tmp_path, releases, web=own_web) as running:
        yield running


# The version


def test_the_version_changes_with_every_file_of_the_app_and_only_with_those(own_web: Path) -> None:
    before = phone_worker(own_web)
    assert phone_worker(WEB) == before
    for url in phone_files(own_web):
        path = own_web / (url.lstrip("/") + ("index.html" if url.endswith("/") else ""))
        whole = path.read_bytes()
        # Something that is served, not an empty line.
        path.write_bytes(
            whole.replace(b'"what": "', b'"what": "x') if path.suffix == ".json" else whole + b"x"
        )
        assert phone_worker(own_web) != before, url
        path.write_bytes(whole)
    worker = own_web / "phone/worker.js"
    worker.write_text(worker.read_text("utf-8") + ";", "utf-8")
    assert phone_worker(own_web).split("\n")[0] != before.split("\n")[0]
    worker.write_text(worker.read_text("utf-8")[:-1], "utf-8")
    (own_web / "console/console.js").write_text("", "utf-8")
    assert phone_worker(own_web) == before


def test_every_file_that_the_app_refers_to_is_kept_offline() -> None:
    kept = phone_files(WEB)
    assert {
        "/phone/",
        "/phone/phone.js",
        "/phone/phone.css",
        "/shared/words.json",
        "/shared/icons.svg",
    } <= set(kept)
    on_disk = {f"/phone/{path.name}" for path in (WEB / "phone").glob("*.js")} - {"/phone/worker.js"}
    assert on_disk <= set(kept)


def test_the_worker_is_asked_for_each_time_and_is_a_script(town: Town) -> None:
    answer = town.client(None).get("/phone/worker.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text.startswith("const VERSION = ")


# Updates


@slow_in_a_browser
def test_an_update_waits_until_it_is_taken_and_a_full_queue_survives_it(
    town: Town, open_page: Open, own_web: Path
) -> None:
    with broken_line(town.url) as heard:
        an_update_with_a_full_queue(town, open_page("phone", None), heard, own_web)


def put_word(own_web: Path, key: str, word: str) -> str:
    """The catalogue with another English word; returns the one before."""
    path = own_web / "shared/words.json"
    catalogue = json.loads(path.read_text("utf-8"))
    before: str = catalogue["words"][key]["en"]
    catalogue["words"][key]["en"] = word
    path.write_text(json.dumps(catalogue), "utf-8")
    return before


def an_update_with_a_full_queue(town: Town, page: Page, heard: Line, own_web: Path) -> None:
    page.goto(f"{heard.url}/phone/#token={town.tokens['artisan']}")
    installed(page)
    page.route("**/v1/uploads/*", lambda route: route.abort())
    for seed in range(5):
        take(page, clean(seed))
        line(page, seed + 1, 0)
    before = put_word(own_web, "take_photo", "A newer word")
    already = heard.sent
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    expect(page.locator("#update")).to_be_visible()
    page.reload()  # not forced: it is still the old one
    expect(page.locator("#take")).to_have_text(before)
    expect(page.locator("#update")).to_be_visible()
    page.click("#update-go")
    expect(page.locator("#take")).to_have_text("A newer word")
    expect(page.locator("#update")).to_be_hidden()
    line(page, 5, 0)
    # An update costs what changed: one file of all.
    asked = set(re.findall(rb"GET (/(?:phone|shared)/\S*) HTTP", bytes(heard.heard[already:])))
    assert asked == {b"/phone/worker.js", b"/shared/words.json"}
    # The newer worker becomes the active one when all pages are closed, and the browser is in no hurry.
    page.reload()
    expect(page.locator("#take")).to_have_text("A newer word")
    expect(page.locator("#update")).to_be_hidden()
    put_word(own_web, "take_photo", "The newest word")
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    expect(page.locator("#update")).to_be_visible()
    page.context.set_offline(True)
    page.click("#update-go")
    expect(page.locator("#take")).to_have_text("The newest word")
    line(page, 5, 0)
    # A page that loads while one worker follows the other may hang where requests are looked into.
    page.unroute("**/v1/uploads/*")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.wait_for_timeout(2_000)  # nobody opens a closed app within a tenth of a second
    page.goto(f"{heard.url}/phone/")
    expect(page.locator("#take")).to_have_text("The newest word")
    expect(page.locator("#update")).to_be_hidden()
    line(page, 0, 5)
    assert len(stored(town)) == 5


@slow_in_a_browser
def test_a_version_that_has_become_the_active_one_is_all_that_is_kept(town: Town, open_page: Open) -> None:
    page = open_page("console", None)
    page.evaluate(
        "Promise.all(['ubora-app-old', 'ubora-app-taken', 'another'].map((one) => caches.open(one)))"
    )
    page.goto(f"{town.url}/phone/#token={town.tokens['artisan']}")
    installed(page)

    def kept() -> set[str]:
        names: list[str] = page.evaluate("caches.keys()")
        return set(names)

    version = phone_worker(WEB).split('"')[1]
    wait_for(page, lambda: kept() == {f"ubora-app-{version}", "another"})


@slow_in_a_browser
def test_a_newer_database_keeps_what_an_older_one_held(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    choose_design(page)
    page.context.set_offline(True)
    for seed in range(3):
        take(page, clean(seed))
        line(page, seed + 1, 0)
    before = queued(page)
    after = page.evaluate(
        """async () => {
             const { Store, STEPS } = await import("./store.js");
             const next = (database) => database.createObjectStore("later");
             const store = await Store.open(() => {}, [...STEPS, next]);
             const pieces = await store.all("pieces");
             const photos = await store.all("photos");
             const stores = [...store.database.objectStoreNames];
             return { pieces, stores, whole: photos.map(({ blob }) => blob.size > 0) };
           }"""
    )
    assert _without_course(after["pieces"]) == _without_course(before)
    assert after["whole"] == [True] * 3
    assert "later" in after["stores"]
    # The page that was open has let go of the database: it takes nothing that it could not keep, does nothing
    # by itself, and says that there is a newer app.
    expect(page.locator("#update")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.evaluate("new BroadcastChannel('ubora').postMessage('changed')")
    page.wait_for_timeout(300)


def _without_course(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces without how far each has got: sending goes on in vain while the phone is offline."""
    return [
        {name: value for name, value in one.items() if name not in {"state", "attempts"}} for one in pieces
    ]


# On the home screen


@slow_in_a_browser
def test_the_app_can_be_installed(town: Town, open_page: Open) -> None:
    page = open_page("phone", "artisan")
    installed(page)
    faults = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    # An incognito window, as tests use it, never installs; nothing else may be wrong.
    named = {fault["errorId"] for fault in faults["installabilityErrors"]} - {"in-incognito"}
    assert named == set()
    manifest = town.client(None).get("/phone/ubora.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    for drawing in manifest.json()["icons"]:
        assert town.client(None).get(f"/phone/{drawing['src']}").headers["content-type"] == "image/png"
