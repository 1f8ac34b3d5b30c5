"""Workshops in the console: added, changed, brought in from a table, their phones, closed, opened again."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.console.agreeing import agree, enrol
from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OWN, Town, clean

pytestmark = [pytest.mark.slow, in_a_browser]


def table(text: str) -> FilePayload:
    return {"name": "workshops.csv", "mimeType": "text/csv", "buffer": text.encode()}


def names(town: Town) -> dict[str, str]:
    items = town.client("admin").get("/v1/microfactories").json()["items"]
    return {one["id"]: one["name"] for one in items}


def test_a_workshop_is_added_changed_and_its_first_phone_enrolled(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Njeri", "#workshops")
    check_sizes(page, "workshops")
    page.fill("#workshops form [name=id]", OWN)
    page.fill("#workshops form [name=name]", "Kibera 1")
    page.fill("#workshops form [name=place]", "Kibera")
    page.click("#workshops form button")
    expect(page.locator("#workshops .notice:visible")).to_contain_text(f"There is a {OWN} already")
    page.fill("#workshops form [name=id]", "mf-kibera-01")
    page.click("#workshops form button")
    expect(page.locator("#workshops .done")).to_contain_text("Kibera 1 is added.")
    page.click("text=Enrol its first phone")
    expect(page.locator("#workshops h2")).to_have_text("Kibera 1")
    expect(page.locator("#workshops")).to_contain_text("No phone sends for it yet.")
    page.click("#workshops >> text=Enrol a phone")
    page.fill("#invite-label", "Akinyi")
    page.click("text=Show the QR")
    enrol(town, page)
    expect(page.locator(".invite .state")).to_have_text("The phone is enrolled.")
    page.locator(".invite >> text=Close").click()
    row = page.locator("#workshops tbody tr", has_text="Akinyi")
    expect(row).to_contain_text("never")
    page.fill("#workshops form [name=name]", "Kibera One")
    page.click("#workshops >> text=Save")
    expect(page.locator("#workshops h2")).to_have_text("Kibera One")
    check_sizes(page, "workshop")
    row.locator("text=Revoke").click()
    agree(page, "Revoke this phone?", "Akinyi")
    expect(page.locator("#workshops .done")).to_have_text("Revoked: Akinyi.")
    expect(page.locator("#workshops")).to_contain_text("Revoked before: 1")
    assert names(town)["mf-kibera-01"] == "Kibera One"


def test_a_closed_workshop_is_offered_nowhere_keeps_its_history_and_comes_back(
    town: Town, open_page: Open
) -> None:
    town.send(clean(1), piece="1")
    page = opened(open_page, "Njeri", f"#workshops/{OWN}")
    expect(page.locator("#workshops")).to_contain_text("1 / 1")
    page.click("text=Close the workshop …")
    page.keyboard.press("Enter")  # Cancel has the focus
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    assert town.client("artisan").get("/v1/me").status_code == 200
    page.click("text=Close the workshop …")
    agree(page, "Close this workshop?", OWN)
    expect(page.locator("#workshops .done")).to_contain_text("is closed, and its phones are revoked.")
    check_sizes(page, "workshop-closed")
    assert town.client("artisan").get("/v1/me").status_code == 401
    expect(page.locator("#workshops >> text=Enrol a phone")).to_have_count(0)
    go(page, "#lots")
    expect(page.locator("#lot-microfactory option")).to_have_count(2)  # "choose", and the other one
    go(page, "#pieces")
    expect(page.locator("#pieces tbody tr")).to_contain_text(OWN)
    go(page, "#workshops")
    rows = page.locator("#workshops tbody tr")
    expect(rows).to_have_count(1)
    page.check("text=Closed ones too")
    expect(rows).to_have_count(2)
    rows.filter(has_text="closed").locator("a").click()
    page.click("text=Open it again")
    expect(page.locator("#workshops .done")).to_contain_text("Enrol its phones anew.")
    expect(page.locator("#workshops >> text=Enrol a phone")).to_be_visible()


def test_what_was_just_closed_is_opened_by_undo(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Njeri", f"#workshops/{OWN}")
    page.click("text=Close the workshop …")
    agree(page, OWN)
    page.click("#workshops .done >> text=Undo")
    expect(page.locator("#workshops .done")).to_contain_text("It is open again.")
    (own,) = (
        one for one in town.client("admin").get("/v1/microfactories").json()["items"] if one["id"] == OWN
    )
    assert own["closed_at"] is None


def test_a_table_is_shown_line_by_line_before_anything_of_it_is_done(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Njeri", "#workshops")
    page.click("text=Bring in a table")
    dialog = page.locator("dialog.import")
    page.set_input_files(
        "#import-file", table(f"code,name,place\nmf-a,A,Kibera\n{OWN},Own,Nairobi\nno code,B,C\n")
    )
    lines = dialog.locator("tbody tr")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("added")
    expect(lines.nth(1)).to_contain_text(f"{OWN} → Own")
    expect(lines.nth(2)).to_contain_text("found 'no code'")
    expect(dialog.locator("text=Do it")).to_be_disabled()
    check_sizes(page, "import")
    page.set_input_files("#import-file", table(f"code,name,place\nmf-a,A,Kibera\n{OWN},Own,Nairobi\n"))
    expect(lines).to_have_count(2)
    assert "mf-a" not in names(town)
    dialog.locator("text=Do it").click()
    expect(page.locator("#workshops .done")).to_have_text("2 workshops were added or changed.")
    assert (names(town)["mf-a"], names(town)[OWN]) == ("A", "Own")
    expect(page.locator("#workshops tbody tr")).to_have_count(3)


def test_a_reviewer_enrols_phones_and_neither_adds_nor_closes(town: Town, open_page: Open) -> None:
    page = opened(open_page, "Wanjiku", "#workshops")
    expect(page.locator("#workshops form")).to_have_count(0)
    expect(page.locator("#workshops >> text=Bring in a table")).to_have_count(0)
    go(page, f"#workshops/{OWN}")
    expect(page.locator("#workshops >> text=Enrol a phone")).to_be_visible()
    expect(page.locator("#workshops >> text=Close the workshop")).to_have_count(0)
    go(page, "#workshops/none")
    expect(page.locator("#workshops .notice:visible")).to_have_text("No workshop has the code none.")
