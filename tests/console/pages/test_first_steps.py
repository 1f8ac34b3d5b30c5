"""The first steps in the console: what an empty hub is led through, up to its first inspection."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.agreeing import agree, log_in
from tests.console.pages.opened import check_sizes
from tests.parts.browser import Open, in_a_browser, photo_file
from tests.parts.served import Town, clean, parts, serve
from tests.service.workshops.test_first_steps import emptied

pytestmark = [pytest.mark.slow, in_a_browser]


def begin(open_page: Open, name: str) -> Page:
    """Logged in, and led where the console leads her."""
    page = open_page("console", None)
    log_in(page, name)
    expect(page.locator("#who")).to_contain_text(name)
    return page


def steps_done(page: Page, count: int) -> None:
    expect(page.locator("#first .done-step")).to_have_count(count)


def test_an_empty_hub_is_led_to_its_first_inspection(town: Town, open_page: Open) -> None:
    emptied(town)
    page = begin(open_page, "Njeri")
    steps_done(page, 0)
    expect(page.locator("#first [aria-current=step]")).to_contain_text("Enter a workshop")
    check_sizes(page, "first")
    page.click("#first >> text=Go there >> nth=0")
    for name, value in (("id", "mf-1"), ("name", "Kibera 1"), ("place", "Kibera")):
        page.fill(f"#workshops form [name={name}]", value)
    page.click("#workshops form button")
    page.click("#groups >> text=First steps")
    steps_done(page, 1)
    page.click("#first [aria-current=step] >> text=Go there")
    page.fill("#designs [name=id]", "disc")
    page.fill("#designs [name=name]", "Disc")
    page.click("#designs .page-buttons >> text=Add a design")
    page.click("text=Add photos")
    page.set_input_files("#approved-files", [photo_file(clean(1))])
    page.click("text=Let these stand for it")
    expect(page.locator("#designs .done")).to_contain_text("These photos stand")
    page.click("#groups >> text=First steps")
    steps_done(page, 3)
    check_sizes(page, "first-half")
    page.click("#first [aria-current=step] >> text=Go there")
    expect(page.locator("#workshops h2")).to_have_text("Kibera 1")
    page.click("#workshops >> text=Enrol a phone")
    page.fill("#invite-label", "Akinyi")
    page.click("text=Show the QR")
    code = page.locator(".invite .link").inner_text().split("#enrol=")[1]
    phone = town.client(None)
    token = phone.post("/v1/enrol", json={"code": code}).json()["token"]
    page.locator(".invite >> text=Close").click()
    page.click("#groups >> text=First steps")
    steps_done(page, 4)
    # The last one ticks itself off while she looks.
    phone.headers["Authorization"] = f"Bearer {token}"
    sent = parts({"microfactory": "mf-1", "design": "disc"}, clean(2))
    path = "/v1/inspections/00000000-0000-4000-8000-000000000001"
    assert phone.put(path, files=sent).status_code == 201
    steps_done(page, 5)
    page.click("text=See the first piece")
    expect(page.locator("#pieces tbody tr")).to_have_count(1)
    expect(page.locator("#groups >> text=First steps")).to_be_hidden()


def test_who_may_not_do_a_step_is_told_who_does(town: Town, open_page: Open) -> None:
    emptied(town)
    page = begin(open_page, "Wanjiku")
    expect(page.locator("#first li").nth(0)).to_contain_text("Done by: an admin")
    expect(page.locator("#first li").nth(1)).to_contain_text("Done by: an engineer, an admin")
    expect(page.locator("#first li").nth(3).locator("text=Go there")).to_be_visible()
    expect(page.locator("#first >> text=Do not show them any more")).to_have_count(0)


def test_an_admin_puts_them_away_for_everybody(town: Town, open_page: Open) -> None:
    emptied(town)
    page = begin(open_page, "Njeri")
    page.click("text=Do not show them any more")
    agree(page, "Put the first steps away?")
    expect(page.locator("#queue-list")).to_be_visible()
    expect(page.locator("#groups >> text=First steps")).to_be_hidden()
    other = begin(open_page, "Wanjiku")
    expect(other.locator("#queue-list")).to_be_visible()
    expect(other.locator("#groups >> text=First steps")).to_be_hidden()


def test_a_hub_with_inspections_opens_on_what_waits(town: Town, open_page: Open) -> None:
    town.send(clean(1))
    page = begin(open_page, "Njeri")
    expect(page.locator("#queue-list")).to_be_visible()
    # Its designs still lack their photos, which the menu does not forget.
    expect(page.locator("#groups >> text=First steps")).to_be_visible()


def test_a_hub_without_a_network_is_told_so(tmp_path: Path, chromium: Browser) -> None:
    with serve(tmp_path, tmp_path / "none") as town:
        page = chromium.new_page()
        page.goto(f"{town.url}/console/")
        log_in(page, "Njeri")
        expect(page.locator("#first .notice:visible")).to_contain_text("No network answers")
        page.click("#first .notice >> text=Releases")
        expect(page.locator("#releases")).to_contain_text("No release lies in the folder of releases.")
        page.close()
