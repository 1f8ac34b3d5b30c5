"""The two pages: their words, their colours, and what people do with them in a real browser."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, Request, Route, expect, sync_playwright

from datasets.taxonomy import JEWELRY, SEVERITIES, VARIANCE_LEVELS, PhotoFault
from models.photo_faults import INSTRUCTIONS
from service.app import WEB, create_app
from service.settings import Settings
from tests.served import DARK_RED, OWN, Town, clean, dark, drawn, tarnished

FIRST_LOAD_BYTES = 60_000
PHONE = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
SMALLEST_TARGET_PX = 48
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOURCES = sorted(path for path in WEB.rglob("*") if path.suffix in {".js", ".html", ".css", ".svg"})

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt install chromium)")


# Words


def catalogue() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads((WEB / "shared/words.json").read_text("utf-8"))["words"]
    return words


def offered(schema: str, field: str) -> list[str]:
    """What the service's own description allows for a field."""
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    names: list[str] = schemas[schema]["properties"][field]["enum"]
    return names


def phone_text(suffix: str) -> str:
    return "".join(
        path.read_text("utf-8") for path in SOURCES if path.suffix == suffix and path.parent.name != "console"
    )


def said_by_name() -> set[str]:
    """Keys written out in the phone page: `data-word` in its HTML, strings in its scripts."""
    found = re.findall(r'data-word="([\w.]+)"', phone_text(".html"))
    found += re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', phone_text(".js"))
    return set(found) & set(catalogue())


def said_by_family() -> set[str]:
    """Keys that the pages make from what the service answers."""
    families: dict[str, tuple[object, ...]] = {
        "defect": JEWELRY.defects,
        "severity": SEVERITIES,
        "material": JEWELRY.materials,
        "category": JEWELRY.categories,
        "variance": VARIANCE_LEVELS,
        "fault": (*get_args(PhotoFault), *INSTRUCTIONS),
        "status": tuple(offered("InspectionAnswer", "status")),
    }
    return {f"{family}.{name}" for family, names in families.items() for name in names}


def test_every_word_is_there_in_both_languages() -> None:
    incomplete = {
        key: texts
        for key, texts in catalogue().items()
        if set(texts) != {"en", "sw"} or not all(text.strip() for text in texts.values())
    }
    assert incomplete == {}


def test_both_languages_name_the_same_values() -> None:
    uneven = [
        key
        for key, texts in catalogue().items()
        if len({tuple(sorted(re.findall(r"\{\w+\}", text))) for text in texts.values()}) != 1
    ]
    assert uneven == []


def test_every_answer_of_the_service_has_its_word() -> None:
    assert said_by_family() - set(catalogue()) == set()


def test_every_word_asked_for_by_the_page_is_there() -> None:
    asked = re.findall(r'data-word="([\w.]+)"', phone_text(".html"))
    asked += re.findall(r'\bsay\(\s*"([\w.]+)"', phone_text(".js"))
    assert set(asked) - set(catalogue()) == set()


def test_no_word_is_left_over() -> None:
    more = {f"{key}.more" for key in said_by_name()}  # a verdict's second line
    assert set(catalogue()) - said_by_name() - said_by_family() - more == set()


def test_swahili_is_marked_as_not_yet_checked_by_a_native_speaker() -> None:
    about = json.loads((WEB / "shared/words.json").read_text("utf-8"))["about"]
    assert about["checked"] == {"en": True, "sw": False}


# What the strict headers and the promise "nothing from elsewhere" ask of the files


@pytest.mark.parametrize("page", ["phone", "console"])
def test_a_page_has_no_inline_script_and_no_inline_style(page: str) -> None:
    html = (WEB / page / "index.html").read_text("utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html) == []


def test_no_file_refers_to_another_host() -> None:
    hosts = {host for path in SOURCES for host in re.findall(r"https?://([\w.-]+)", path.read_text("utf-8"))}
    assert hosts <= {"www.w3.org"}  # the name of SVG, not an address


# Colours


def colours(scheme: str) -> dict[str, str]:
    css = (WEB / "shared/base.css").read_text("utf-8")
    light, dark_ = css.split("@media (prefers-color-scheme: dark)")[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark_)) if scheme == "dark" else {})


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two sRGB colours, #rrggbb."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(scheme: str) -> None:
    found = colours(scheme)
    pairs = [
        *(
            (text, ground)
            for text in ("ink", "quiet", "brass", "stop", "retake")
            for ground in ("paper", "card")
        ),
        *(("ink", f"{kind}-soft") for kind in ("pass", "flag", "retake", "stop")),
        *((kind, f"{kind}-soft") for kind in ("pass", "retake", "stop")),
        ("on-brass", "brass"),
        ("on-brass", "brass-deep"),
        ("flag-ink", "flag"),
    ]
    pale = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(*(found[c] for c in pair))) < 4.5}
    assert pale == {}


# In a browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, town: Town) -> Iterator[Open]:
    """open_page("phone", "artisan", locale="sw-KE") opens the page by the link with that person's token.

    A page that logs an error, or throws one, fails its test; an answer that is refused or lost is the test's
    own doing.
    """
    contexts, faults = [], []

    def opened(page: str, who: str | None, scheme: str = "light", locale: str = "en-KE") -> Page:
        size = PHONE if page == "phone" else LAPTOP
        context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            has_touch=page == "phone",
            is_mobile=page == "phone",
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(15_000)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type in {"error", "warning"} and "Failed to load resource" not in message.text
                else None
            ),
        )
        tab.goto(f"{town.url}/{page}/" + (f"#token={town.tokens[who]}" if who else ""))
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def photo_file(data: bytes) -> FilePayload:
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": data}


def take(page: Page, data: bytes) -> None:
    """Choose the first design if none is, and photograph a piece."""
    page.wait_for_selector("#home:visible, #result:visible")
    if page.locator("#home").is_visible() and page.locator("#design .change").count() == 0:
        page.click("#design")
        page.click("#designs-list button >> nth=0")
    page.set_input_files("#camera", photo_file(data))


def verdict(page: Page, status: str) -> Locator:
    shown = page.locator(f"#banner .banner.{status}")
    expect(shown).to_be_visible(timeout=15_000)
    return shown


def stored(town: Town) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client("admin").get("/v1/inspections").json()["items"]
    return items


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide


def turned_by_exif(photo: Image.Image) -> bytes:
    """As a phone held upright writes it: the sensor's rows, and a note that says turn by 90°."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


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


@pytest.mark.slow
@in_a_browser
def test_staff_decide_by_keyboard_and_the_pass_rates_follow(town: Town, open_page: Open) -> None:
    town.send(clean(1), lot="A")
    first = town.send(tarnished(2), lot="A").json()["id"]
    second = town.send(tarnished(3), lot="A").json()["id"]
    page = open_page("console", "reviewer")
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.locator("#panel-body .scores")).to_contain_text("tarnish minor")
    page.keyboard.press("h")
    expect(page.locator("#stage-photo .with-heat .photo-heat")).to_be_visible()
    page.keyboard.press("j")  # the newest comes first, so this is the first one
    page.click("[data-chip=tarnish]")
    expect(page.locator(".check")).to_contain_text("Checked: no defect")
    page.select_option("#variance", "4")
    page.fill("#note", "It is a shadow: a good piece.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted: Disc, mf-own.")
    expect(page.locator(".waiting")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#queue-list")).to_contain_text("Nothing is waiting.")
    found = {str(one["id"]): one["review"] for one in stored(town) if one["review"]}
    assert {name: review["disposition"] for name, review in found.items()} == {
        first: "accept",
        second: "reject",
    }
    accepted, rejected = found[first], found[second]
    assert (accepted["defects"], accepted["variance"], accepted["note"]) == (
        [],
        4,
        "It is a shadow: a good piece.",
    )
    assert rejected["defects"] is None
    page.click("text=Pass rates")
    expect(page.locator(".network")).to_contain_text("2 of 3 decided pieces")
    row = page.locator("tbody tr", has_text=OWN)
    expect(row).to_contain_text("2 of 3")
    expect(row).to_contain_text("21 % – 94 %")
    assert not scrolls_sideways(page)


@pytest.mark.slow
@in_a_browser
def test_zoom_brings_what_was_found_to_the_middle_of_the_stage(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    page.keyboard.press("z")
    stage, frame = page.locator("#stage-photo"), page.locator("#stage-photo .frame")
    expect(frame).to_be_in_viewport(ratio=1)
    outer, inner = stage.bounding_box(), frame.bounding_box()
    assert outer is not None
    assert inner is not None
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in (outer, inner)]
    assert [abs(one - other) < 60 for one, other in zip(*middles, strict=True)] == [True, True]


@pytest.mark.slow
@in_a_browser
def test_a_review_whose_answer_was_lost_is_sent_again_and_recorded_once(town: Town, open_page: Open) -> None:
    inspection = town.send(tarnished()).json()["id"]
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    tried: list[str] = []

    def lose_the_answer(route: Route) -> None:
        tried.append(route.request.url)
        route.fetch()
        route.abort("connectionreset")

    page.route("**/reviews/*", lose_the_answer)
    page.fill("#note", "Polish the stain away.")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.locator("#failed")).to_contain_text("Nothing is lost")
    expect(page.locator("#note")).to_have_value("Polish the stain away.")
    page.unroute("**/reviews/*")
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")
    review = town.client("reviewer").get(f"/v1/inspections/{inspection}").json()["review"]
    assert tried == [f"{town.url}/v1/inspections/{inspection}/reviews/{review['id']}"]


@pytest.mark.slow
@in_a_browser
def test_what_the_hub_decided_and_wrote_reaches_the_phone(town: Town, open_page: Open) -> None:
    inspection = town.send(tarnished()).json()["id"]
    town.review(inspection, "rework", note="Polish the stain away.")
    page = open_page("phone", "artisan")
    page.click("#pieces .piece")
    expect(verdict(page, "rework")).to_contain_text("From the hub: Polish the stain away.")
    expect(page.locator(".photo.with-heat .photo-heat")).to_be_visible()


@pytest.mark.slow
@in_a_browser
def test_an_artisan_opens_nothing_in_the_console(town: Town, open_page: Open) -> None:
    town.send(tarnished(), who="other", microfactory="mf-other")
    page = open_page("console", "artisan")
    expect(page.locator("#enter-refused")).to_contain_text("This token belongs to a workshop.")
    expect(page.locator("#flagged")).to_be_hidden()
    assert page.locator(".waiting").count() == 0
    # The page only says it kindly; the service is what refuses.
    own = town.client("artisan")
    assert own.get("/v1/pass-rates").status_code == 403
    assert own.get("/v1/inspections?status=pending").json()["items"] == []


@pytest.mark.slow
@in_a_browser
def test_a_name_with_markup_in_it_is_shown_as_text(town: Town, open_page: Open) -> None:
    name = "<img src=x onerror=alert(1)>"
    town.client("admin").put(f"/v1/microfactories/{OWN}", json={"name": name, "place": "<b>Ngong</b>"})
    town.send(tarnished())
    expect(open_page("phone", "artisan").locator("#workshop")).to_have_text(name)
    console = open_page("console", "reviewer")
    expect(console.locator("#panel-body .facts")).to_contain_text(name)
    console.click("text=Pass rates")
    expect(console.locator("tbody")).to_contain_text(f"{name}<b>Ngong</b>")


def test_the_console_offers_every_decision_that_the_service_takes() -> None:
    html = (WEB / "console/index.html").read_text("utf-8")
    assert set(re.findall(r'data-disposition="(\w+)"', html)) == set(offered("ReviewBody", "disposition"))
