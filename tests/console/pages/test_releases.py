"""Releases in the console: what serves, figures side by side, cards, promotion by the gates, the way back."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, clean, serve, tarnished, wait_until
from tests.parts.tiny_bundle import write_tiny_bundle
from tests.service.releases.test_promotion import comparison
from ubora.models.registry.releases import RELEASES, read_aliases

pytestmark = [pytest.mark.slow, in_a_browser]
FULL = read_aliases(RELEASES).champion or ""
"""A release with figures and a long card."""


@pytest.fixture
def own(tmp_path: Path, releases: Path) -> Path:
    folder = Path(shutil.copytree(releases, tmp_path / "releases"))
    write_tiny_bundle(folder / "tiny-2", threshold=0.6)
    return folder


@pytest.fixture
def town(tmp_path: Path, own: Path) -> Iterator[Town]:
    with serve(tmp_path, own) as running:
        yield running


def test_a_release_is_promoted_past_its_gates_only_knowingly_and_rolled_back(
    town: Town, open_page: Open, own: Path
) -> None:
    page = opened(open_page, "Omondi", "#releases")
    expect(page.locator("#releases")).to_contain_text("tiny-1 answers now.")
    check_sizes(page, "releases")
    expect(page.locator("#releases >> text=Roll back")).to_have_count(0)
    page.click("[aria-label='Promote tiny-2']")
    dialog = page.locator("dialog.promotion")
    dialog.locator("[name=why]").fill("it misses less")
    expect(dialog.locator("#force")).to_be_hidden()
    dialog.locator("text=Promote >> nth=-1").click()
    expect(dialog.locator(".notice")).to_contain_text("comparison: none with the champion tiny-1")
    check_sizes(page, "promote")
    assert read_aliases(own).champion == "tiny-1"
    dialog.locator("#force").check()
    dialog.locator("text=Promote >> nth=-1").click()
    expect(page.locator("#releases .done")).to_have_text("tiny-2 is champion now.")
    expect(page.locator("#releases")).to_contain_text("Forced past: comparison: none")
    expect(page.locator("#releases")).to_contain_text("tiny-2 answers now.")
    check_sizes(page, "releases-after")
    page.click("#releases >> text=Roll back")
    dialog.locator("[name=why]").fill("flags too much")
    dialog.locator("text=Roll back >> nth=-1").click()
    expect(page.locator("#releases .done")).to_have_text("tiny-1 is champion now.")
    assert read_aliases(own).champion == "tiny-1"
    actions = [line["action"] for line in town.client("admin").get("/v1/audit").json()["items"]]
    assert [action for action in actions if action.startswith("release-")] == [
        "release-rolled-back",
        "release-promoted",
    ]


def test_with_a_comparison_that_passes_it_needs_no_force(town: Town, open_page: Open, own: Path) -> None:
    page = opened(open_page, "Njeri", "#releases")
    page.click("[aria-label='Promote tiny-2']")
    dialog = page.locator("dialog.promotion")
    dialog.locator("[name=why]").fill("it misses less")
    sent = json.dumps(comparison(own)).encode()
    file: FilePayload = {"name": "comparison.json", "mimeType": "application/json", "buffer": sent}
    broken: FilePayload = {**file, "buffer": b"{"}
    page.set_input_files("#comparison", broken)
    dialog.locator("text=Promote >> nth=-1").click()
    expect(dialog.locator(".notice")).to_contain_text("it is not JSON")
    page.set_input_files("#comparison", file)
    dialog.locator("text=Promote >> nth=-1").click()
    expect(page.locator("#releases .done")).to_have_text("tiny-2 is champion now.")
    assert not read_aliases(own).history[-1].forced


def test_figures_stand_side_by_side_and_the_card_is_a_page(town: Town, open_page: Open, own: Path) -> None:
    (own / FULL).symlink_to(RELEASES / FULL)
    page = opened(open_page, "Wanjiku", "#releases")
    beside = page.locator(".beside-figures")
    expect(beside).to_contain_text("tiny-1")
    page.select_option("#releases [name=right]", FULL)
    expect(beside).to_contain_text("defective photos missed")
    expect(beside).to_contain_text("tarnish")
    check_sizes(page, "releases-beside")
    expect(page.locator("#releases button")).to_have_count(0)
    go(page, f"#releases/{FULL}")
    card = page.locator(".card-text")
    expect(card.locator("h4").first).to_have_text(FULL)
    expect(card).to_contain_text("Intended use")
    expect(card.locator("table").first).to_be_visible()
    check_sizes(page, "release")
    go(page, "#releases/none")
    expect(page.locator("#releases .notice:visible")).to_contain_text("no such release")


def test_markup_in_a_card_becomes_no_element_of_the_page(open_page: Open) -> None:
    page = opened(open_page, "Wanjiku", "#releases")
    html = page.evaluate(
        """async () => {
             const { cardParts } = await import("./releases/card.js");
             const place = document.createElement("div");
             const bad = "<script>b()</script><img src=x><a href='javascript:c()'>d</a>";
             place.append(...cardParts(`<p>a${bad}</p>`));
             return place.innerHTML;
           }"""
    )
    assert html == "<p>a<span>b()</span><span></span><span>d</span></p>"


def test_a_shadow_is_set_and_the_photos_on_which_it_differs_are_looked_at(
    town: Town, open_page: Open, own: Path
) -> None:
    write_tiny_bundle(own / "blind", threshold=0.9999)
    page = opened(open_page, "Omondi", "#releases")
    page.click("[aria-label='Promote blind']")
    dialog = page.locator("dialog.promotion")
    dialog.locator("[name=alias]").select_option("shadow")
    dialog.locator("[name=why]").fill("to compare")
    dialog.locator("text=Promote >> nth=-1").click()
    expect(page.locator("#releases .done")).to_have_text("blind is shadow now.")
    sent = town.send(tarnished(1), piece="B-12", lot="PO-48").json()
    town.review(sent["id"], "reject")
    town.send(clean(2))
    client = town.client("reviewer")
    wait_until(lambda: client.get("/v1/releases/blind/rescores").json()["inspections"] == 2)
    go(page, "#releases/blind")
    expect(page.locator("#releases")).to_contain_text("1 / 2")
    page.click("text=See the photos on which it differs")
    sheet = page.locator(".differences > li")
    expect(sheet).to_have_count(1)
    expect(sheet).to_contain_text("flag tiny-1")
    expect(sheet).to_contain_text("pass This release")
    expect(sheet.locator("img.photo-seen")).to_have_js_property("complete", True)
    check_sizes(page, "differences")
    page.select_option("#releases [name=kind]", "pass/flag")
    expect(sheet).to_have_text("None that you may see.")
    page.select_option("#releases [name=kind]", "flag/pass")
    sheet.locator("a").click()
    expect(page.locator("#pieces h2")).to_have_text("B-12 · PO-48")
