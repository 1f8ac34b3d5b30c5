"""Who leaves the console leaves nothing of it to the next."""

import pytest
from playwright.sync_api import expect

from tests.console.agreeing import agree, log_in
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import Town, tarnished

OF_THE_CACHE = """async (path) => {
  const answer = await fetch(path, { cache: "only-if-cached", mode: "same-origin" }).catch(() => null);
  return answer?.ok === true;
}"""


KEEP = """() => new Promise((done) => {
  const asked = indexedDB.open("a queue");
  asked.onupgradeneeded = () => asked.result.createObjectStore("photos");
  asked.onsuccess = () => {
    const tx = asked.result.transaction("photos", "readwrite");
    tx.objectStore("photos").put("not sent yet", 1);
    tx.oncomplete = () => (asked.result.close(), caches.open("an app").then(() => done()));
  };
})"""


KEPT = """() => new Promise((done) => {
  const asked = indexedDB.open("a queue");
  asked.onsuccess = () => {
    const found = asked.result.transaction("photos").objectStore("photos").get(1);
    found.onsuccess = () => caches.has("an app").then((has) => done([found.result, has]));
  };
})"""


@pytest.mark.slow
@in_a_browser
@pytest.mark.parametrize("way", ["Sign out", "Log out everywhere", "from another machine"])
def test_after_a_log_out_no_photo_comes_out_of_the_browsers_cache_and_the_phones_queue_stays(
    town: Town, open_page: Open, way: str
) -> None:
    photo = town.send(tarnished()).json()["photos"][0]["photo_url"]
    page = open_page("console", None)
    log_in(page, "Wanjiku")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    assert page.evaluate(OF_THE_CACHE, photo) is True
    page.evaluate(KEEP)
    if way == "from another machine":
        town.log_in("Wanjiku").delete("/v1/sessions")
        page.reload()
    elif way == "Log out everywhere":
        page.click("#groups >> text=Set up")
        page.click("#views >> text=People")
        page.click(f"text={way}")
        agree(page, "Wanjiku")
    else:
        page.click(f"text={way}")
    expect(page.locator("#name")).to_be_visible()
    assert page.evaluate(OF_THE_CACHE, photo) is False
    assert page.evaluate(KEPT) == ["not sent yet", True]


@pytest.mark.slow
@in_a_browser
def test_what_the_browser_keeps_of_one_person_it_does_not_show_to_another(
    town: Town, open_page: Open
) -> None:
    photo = town.send(tarnished()).json()["photos"][0]["photo_url"]
    page = open_page("console", "reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    cached = """async ([path, token]) => {
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      const how = { cache: "only-if-cached", mode: "same-origin", headers };
      return (await fetch(path, how).catch(() => null))?.ok === true;
    }"""
    found = [page.evaluate(cached, [photo, town.tokens.get(who)]) for who in ("reviewer", "other", "nobody")]
    assert found == [True, False, False]


@pytest.mark.slow
@in_a_browser
def test_a_session_that_ended_elsewhere_leads_to_the_door_and_keeps_the_draft(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished())
    page = open_page("console", None)
    log_in(page, "Wanjiku")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    page.fill("#note", "Polish the stain away.")
    page.keyboard.press("Escape")
    town.log_in("Wanjiku").delete("/v1/sessions")
    page.keyboard.press("w")
    expect(page.locator("#enter-refused")).to_contain_text("what you had begun is still here")
    log_in(page, "Wanjiku")
    expect(page.locator("#who")).to_have_text("Wanjiku · reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    expect(page.locator("#note")).to_have_value("Polish the stain away.")
    page.keyboard.press("w")
    expect(page.locator("#said")).to_contain_text("Sent back for rework")


@pytest.mark.slow
@in_a_browser
def test_what_one_person_had_begun_is_not_shown_to_the_next(town: Town, open_page: Open) -> None:
    town.send(tarnished())
    page = open_page("console", None)
    log_in(page, "Wanjiku")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    page.fill("#note", "Hers.")
    town.log_in("Wanjiku").delete("/v1/sessions")
    page.click("#reload")
    expect(page.locator("#enter-refused")).to_be_visible()
    log_in(page, "Njeri")
    expect(page.locator("#who")).to_have_text("Njeri · admin")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    expect(page.locator("#note")).to_have_value("")
