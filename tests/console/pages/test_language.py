"""The console in Swahili: every view of it, and the button that changes the language."""

import os
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.pages.opened import go
from tests.parts.browser import Open, in_a_browser, scrolls_sideways
from tests.parts.served import OWN, Town, clean, dark, tarnished

pytestmark = [pytest.mark.slow, in_a_browser]
COMMON = """
the of and to by for with is are was not no it this that its from until all piece pieces decide decided
waiting waits person lot lots photo photos workshop design designs release show open close find change
save cancel name role who when what why how never since none yet days accept reject rework defect
defects variance note view views front back tarnish crack minor passed brass horn bone"""
ENGLISH = set(COMMON.split())
SAID = """() => {
  const own = (node) => !node.parentElement.closest("[lang=en], code, script, style");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [];
  while (walker.nextNode()) if (own(walker.currentNode)) said.push(walker.currentNode.data);
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (element.closest("[lang=en]")) continue;
    const { title = "", placeholder = "", alt = "", ariaLabel } = element;
    said.push(title, placeholder, alt, ariaLabel ?? "");
  }
  return said.filter((text) => text.trim());
}"""
"""Every text of the page, seen or not; what is marked as English is meant to be."""
CUT_OFF = """() => [...document.querySelectorAll("button, nav, .queue-head, .decisions, #stage-bar")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.id || one.className || one.tagName}: ${one.textContent.trim()}`)"""
"""Buttons and bars whose words are wider than they are."""
NAMES = re.compile(r"the test|mf-own|mf-other|disc|free-disc", re.IGNORECASE)
"""What people of the test town wrote themselves."""


def english(page: Page) -> set[str]:
    """The texts on the page with a common English word in them."""
    texts: list[str] = page.evaluate(SAID)
    return {text for text in texts if ENGLISH & set(re.findall(r"[a-z]+", NAMES.sub("", text).lower()))}


def furnish(town: Town) -> str:
    """A lot that was changed; pieces contested, accepted, waiting, passed, too dark. The first one's id."""
    order = {"microfactory": OWN, "design": "disc", "pieces": 40, "views": ["front"], "note": ""}
    reviewer = town.client("reviewer")
    opened = reviewer.put("/v1/lots/PO-48", json={**order, "after": None})
    changed = {**order, "pieces": 50, "after": opened.json()["version"]}
    assert reviewer.put("/v1/lots/PO-48", json=changed).status_code == 200
    first = str(town.send(tarnished(1), lot="PO-48", piece="B-12").json()["id"])
    town.review(first, "rework", phrases=["good"])
    context = ("context", (None, '{"note": "Ni kivuli tu."}'))
    path = f"/v1/inspections/{first}/appeals/{uuid.uuid4()}"
    assert town.client("artisan").put(path, files=[context]).status_code == 201
    second = str(town.send(tarnished(2), lot="PO-48", piece="B-13").json()["id"])
    town.review(second, "accept")
    town.send(tarnished(3), clean(3), lot="PO-48", piece="B-14")
    town.send(clean(4), lot="PO-48", piece="B-15")
    town.send(dark(5))
    return first


def in_swahili(open_page: Open) -> Page:
    """The console of an admin who chose Swahili before; of a browser that speaks English."""
    page = open_page("console", None)
    page.evaluate("localStorage.setItem('ubora.language', 'sw')")
    page.reload()
    return page


def keep_picture(page: Page, name: str) -> None:
    """Where SCREENSHOTS names a folder, what a laptop and a phone show is kept there."""
    if folder := os.environ.get("SCREENSHOTS"):
        for width, height in ((390, 844), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"))


def test_no_view_of_the_console_in_swahili_says_anything_in_english(town: Town, open_page: Open) -> None:
    piece = furnish(town)
    page = in_swahili(open_page)
    expect(page.locator("#log-in button")).to_have_text("Ingia")
    assert page.evaluate("document.documentElement.lang") == "sw"
    found = {"enter": english(page)}
    keep_picture(page, "enter")
    page.evaluate("token => (location.hash = `token=${token}`)", town.tokens["admin"])
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.locator("#who")).to_have_text("admin · msimamizi")
    found["flagged"] = english(page)
    keep_picture(page, "flagged")
    page.keyboard.press("j")
    page.click("#filter")
    page.keyboard.press("Escape")
    page.click("[data-chip=crack]")
    page.locator("#stage-photo").focus()
    expect(page.locator("#hint")).to_contain_text("ufa")
    found["review"] = english(page)
    assert page.evaluate(CUT_OFF) == []
    keep_picture(page, "review")
    page.keyboard.press("?")
    expect(page.locator(".keys-help")).to_be_visible()
    found["keys"] = english(page)
    keep_picture(page, "keys")
    page.keyboard.press("Escape")
    names = page.locator("#views a").evaluate_all("links => links.map((link) => link.hash)")
    deeper = [f"#pieces/{piece}", "#designs/disc", f"#workshops/{OWN}"]
    for address in [*names[1:], *deeper]:
        go(page, address)
        # The line that tells of changes stays open, so that the network is never idle.
        expect(page.locator("section:visible >> text=Subiri kidogo…")).to_have_count(0)
        found[address] = english(page)
        assert (scrolls_sideways(page), page.evaluate(CUT_OFF)) == (False, []), address
        keep_picture(page, re.sub(r"\W+", "-", address[1:14]))
    assert {name: texts for name, texts in found.items() if texts} == {}
    assert len(found) > 12


def test_the_button_changes_the_language_and_keeps_it_for_the_next_time(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = open_page("console", "reviewer")
    expect(page.locator("#queue h2")).to_have_text("Waiting")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.click("#language >> text=Kiswahili")
    expect(page.locator("#queue h2")).to_have_text("Foleni")
    expect(page.locator("#language")).to_have_text("English")
    assert page.evaluate("document.documentElement.lang") == "sw"
    page.reload()
    expect(page.locator("#queue h2")).to_have_text("Foleni")
    page.click("#language")
    expect(page.locator("#queue h2")).to_have_text("Waiting")


def test_a_review_that_was_begun_is_not_lost_to_another_language_unasked(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = open_page("console", "reviewer")
    page.fill("#note", "It is a shadow.")
    page.click("#language")
    question = page.locator("dialog.ask")
    expect(question).to_contain_text("Change the language?")
    question.locator("text=Cancel").click()
    expect(page.locator("#note")).to_have_value("It is a shadow.")
    page.click("#language")
    question.locator("text=Change it").click()
    expect(page.locator("#queue h2")).to_have_text("Foleni")
    expect(page.locator("#note")).to_have_value("")


def test_the_console_opens_in_the_language_of_the_browser(open_page: Open) -> None:
    page = open_page("console", None, locale="sw-KE")
    expect(page.locator("#enter h2")).to_have_text("Ukaguzi wa ubora")
    expect(page.locator("#draft")).to_contain_text("rasimu")  # until a native speaker has checked every text
