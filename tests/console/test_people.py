"""The console's door and its page of people, in a real browser: log-in, phones, staff, the record."""

import re

import pytest
from playwright.sync_api import expect

from tests.console.agreeing import agree, enrol, log_in, people
from tests.parts.browser import Open, in_a_browser, scrolls_sideways
from tests.parts.served import OWN, PASSWORD, Town, tarnished
from tests.web.test_accessible import barriers


@pytest.mark.slow
@in_a_browser
def test_staff_log_in_by_name_and_stay_in_over_a_reload_until_they_sign_out(
    town: Town, open_page: Open
) -> None:
    town.send(tarnished())
    page = open_page("console", None)
    expect(page.locator("#flagged")).to_be_hidden()
    log_in(page, "wanjiku", "not the one at all")
    expect(page.locator("#enter-refused")).to_have_text("Name or password is wrong")
    log_in(page, "wanjiku")
    expect(page.locator("#who")).to_have_text("Wanjiku · reviewer")
    expect(page.locator("#stage-photo .photo")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted")
    page.reload()
    expect(page.locator("#who")).to_have_text("Wanjiku · reviewer")
    page.click("text=Sign out")
    expect(page.locator("#name")).to_be_visible()
    page.reload()
    expect(page.locator("#name")).to_be_visible()
    # No script ever had the secret, and nothing of it is kept.
    assert page.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") == "{}"
    assert page.context.cookies() == []


@pytest.mark.slow
@in_a_browser
def test_a_reviewer_enrols_a_phone_by_qr_and_revokes_a_lost_one(town: Town, open_page: Open) -> None:
    page = people(open_page, "Wanjiku")
    expect(page.locator("#people section")).to_have_count(2)  # neither staff nor the record
    page.click(f"[aria-label='Enrol a phone of {OWN}']")
    page.fill("#invite-label", "Akinyi")
    page.click("text=Show the QR")
    card = page.locator(".invite")
    expect(card.locator(".qr")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    expect(card).to_contain_text("Elekeza kamera ya simu")
    expect(card).to_contain_text(re.compile(r"until \d\d:\d\d"))
    expect(card).to_contain_text("opens on this computer only")
    enrol(town, page)
    expect(card.locator(".state")).to_have_text("The phone is enrolled.")
    card.locator("text=Close").click()
    row = page.locator("#people tr", has_text="Akinyi")
    expect(row).to_contain_text("never")
    row.locator("text=Revoke").click()
    agree(page, "Revoke this phone?", "Akinyi", OWN)
    expect(page.locator("#people .done:visible")).to_contain_text(f"Revoked: Akinyi, {OWN}.")
    expect(row).to_have_count(0)
    page.check("text=Revoked ones too")
    expect(row).to_contain_text("revoked")
    tokens = town.client("admin").get("/v1/tokens").json()["items"]
    assert [token["label"] for token in tokens if token["revoked_at"]] == ["Akinyi"]
    assert not scrolls_sideways(page)


@pytest.mark.slow
@in_a_browser
def test_what_is_printed_is_the_card_alone(town: Town, open_page: Open) -> None:
    page = people(open_page, "Wanjiku")
    page.click(f"[aria-label='Enrol a phone of {OWN}']")
    page.fill("#invite-label", "Akinyi")
    page.click("text=Show the QR")
    expect(page.locator(".qr")).to_be_visible()
    page.emulate_media(media="print")
    assert page.locator("header, main").locator("visible=true").count() == 0
    expect(page.locator(".invite .qr")).to_be_visible()
    expect(page.locator(".invite .link")).to_be_visible()
    assert page.locator(".invite button >> visible=true").count() == 0


@pytest.mark.slow
@in_a_browser
def test_an_admin_adds_promotes_and_disables_staff_and_reads_the_record(town: Town, open_page: Open) -> None:
    page = people(open_page, "Njeri")
    staff = page.locator("section[aria-label=Staff]")
    page.fill("#staff-name", "Achieng")
    staff.locator("text=Add").click()
    password = page.locator("dialog .shown").inner_text()
    page.click("dialog >> text=Done")
    row = staff.locator("tbody tr", has_text="Achieng")
    expect(row).to_contain_text("never")
    achieng = town.log_in("Achieng", password)
    row.locator("select").select_option("engineer")
    agree(page, "Achieng", "reviewer → engineer")
    expect(staff.locator(".done")).to_have_text("Achieng is engineer now.")
    assert achieng.get("/v1/me").json()["role"] == "engineer"
    row.locator("text=Disable").click()
    agree(page, "Disable this person?", "Achieng")
    expect(row).to_contain_text("disabled")
    assert achieng.get("/v1/me").status_code == 401
    own = staff.locator("tbody tr", has_text="Njeri")
    own.locator("text=Disable").click()
    agree(page, "Njeri")
    expect(staff.locator(".notice")).to_contain_text("Njeri is the only admin")
    record = page.locator("section[aria-label=Record] tbody tr")
    expect(record.nth(0)).to_contain_text("disabled Achieng")
    expect(record.nth(1)).to_contain_text("made Achieng engineer, before reviewer")
    expect(record.nth(3)).to_contain_text("added Achieng: reviewer")
    page.click("[aria-label='Revoke engineer']")
    agree(page, "Revoke this token?", "engineer")
    expect(record.nth(0)).to_contain_text("revoked engineer")
    assert town.client("engineer").get("/v1/me").status_code == 401
    assert not scrolls_sideways(page)


@pytest.mark.slow
@in_a_browser
def test_a_person_changes_her_password_and_logs_out_everywhere(town: Town, open_page: Open) -> None:
    page, other = people(open_page, "Omondi"), town.log_in("Omondi")
    expect(page.locator("#people section")).to_have_count(1)  # an engineer has no phones to look after
    page.click("text=Change password")
    page.fill("#old-password", PASSWORD)
    page.fill("#new-password", "password1234")
    page.click("text=Change it")
    expect(page.locator("dialog .notice")).to_contain_text("easy to guess")
    page.fill("#new-password", "a heron over the estuary")
    page.click("text=Change it")
    expect(page.locator("#people .done:visible")).to_contain_text("Your password is changed")
    assert other.get("/v1/session").status_code == 401
    again = town.log_in("Omondi", "a heron over the estuary")
    page.click("text=Log out everywhere")
    agree(page, "Omondi")
    expect(page.locator("#name")).to_be_visible()
    assert again.get("/v1/session").status_code == 401


@pytest.mark.slow
@in_a_browser
def test_a_token_link_still_opens_the_console_and_has_no_password_to_change(
    town: Town, open_page: Open
) -> None:
    page = open_page("console", "admin")
    page.click("#groups >> text=Set up")
    page.click("#views >> text=People")
    expect(page.locator(".you")).to_contain_text("by a link with a token")
    expect(page.locator("section[aria-label=Phones] tbody tr")).to_have_count(4)
    assert page.locator("text=Change password").count() == 0
    page.click(f"[aria-label='Revoke artisan of {OWN}']")
    agree(page, "artisan", OWN)
    expect(page.locator("#people .done:visible")).to_contain_text("Revoked: artisan")
    assert town.client("artisan").get("/v1/me").status_code == 401


@pytest.mark.slow
@in_a_browser
def test_a_click_that_slipped_revokes_disables_resets_and_ends_nothing(town: Town, open_page: Open) -> None:
    page = people(open_page, "Njeri")
    wanjiku = town.log_in("Wanjiku")
    question = page.get_by_role("alertdialog")
    slips = (
        f"[aria-label='Revoke artisan of {OWN}']",
        "[aria-label='Revoke engineer']",
        "[aria-label='Disable Wanjiku']",
        "[aria-label='New password for Wanjiku']",
        "button:text-is('Log out everywhere')",
    )
    for slip in slips:
        for way in ("Enter", "Escape", "click"):  # Cancel has the focus; Escape; the mouse
            page.click(slip)
            expect(question.get_by_role("button", name="Cancel")).to_be_focused()
            if way == "click":
                question.get_by_role("button", name="Cancel").click()
            else:
                page.keyboard.press(way)
            expect(question).to_have_count(0)
            expect(page.locator(slip)).to_be_focused()
    role = page.locator("[aria-label='Role of Wanjiku']")
    role.select_option("admin")
    page.keyboard.press("Escape")
    expect(role).to_have_value("reviewer")
    assert (wanjiku.get("/v1/me").json()["role"], town.client("artisan").get("/v1/me").status_code) == (
        "reviewer",
        200,
    )
    lines = town.client("admin").get("/v1/audit").json()["items"]
    assert {line["action"] for line in lines} == {"staff-added", "session-opened"}


@pytest.mark.slow
@in_a_browser
def test_a_role_that_another_admin_gave_meanwhile_is_shown_and_not_replaced(
    town: Town, open_page: Open
) -> None:
    page, admin = people(open_page, "Njeri"), town.client("admin")
    role = page.locator("[aria-label='Role of Wanjiku']")
    expect(role).to_have_value("reviewer")
    wanjiku = next(one["id"] for one in admin.get("/v1/staff").json()["items"] if one["name"] == "Wanjiku")
    body = {"role": "engineer", "was": "reviewer"}
    assert admin.patch(f"/v1/staff/{wanjiku}", json=body).status_code == 200
    role.select_option("admin")
    agree(page, "Wanjiku", "reviewer → admin")
    expect(page.locator("section[aria-label=Staff] .notice")).to_contain_text("Wanjiku is engineer now")
    expect(role).to_have_value("engineer")
    role.select_option("admin")
    agree(page, "engineer → admin")
    expect(page.locator("section[aria-label=Staff] .done")).to_have_text("Wanjiku is admin now.")


@pytest.mark.slow
@in_a_browser
def test_a_question_fits_a_laptop_a_tablet_and_a_phone(town: Town, open_page: Open) -> None:
    page = people(open_page, "Njeri")
    question = page.get_by_role("alertdialog")
    for width in (1280, 820, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.click("[aria-label='Disable Wanjiku']")
        for button in question.get_by_role("button").all():
            expect(button).to_be_in_viewport(ratio=1)
        expect(question).to_be_in_viewport(ratio=1)
        assert (width, scrolls_sideways(page), barriers(page)) == (width, False, [])
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
