"""Who logs in at the console, agrees to a question and enrols a phone, in tests."""

from playwright.sync_api import Page, expect

from tests.parts.browser import Open
from tests.parts.served import PASSWORD, Town


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("#log-in button")


def people(open_page: Open, name: str) -> Page:
    page = open_page("console", None)
    log_in(page, name)
    page.click("#groups >> text=Set up")
    page.click("#views >> text=People")
    expect(page.locator("#people section").first).to_be_visible()
    return page


def agree(page: Page, *named: str) -> None:
    """Answer the question before what cannot be taken back: it names whom it hits, Cancel has the focus."""
    question = page.get_by_role("alertdialog")
    for words in named:
        expect(question).to_contain_text(words)
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question).to_have_count(0)


def enrol(town: Town, page: Page) -> None:
    """A phone opens the link that the card shows."""
    code = page.locator(".invite .link").inner_text().split("#enrol=")[1]
    assert town.client(None).post("/v1/enrol", json={"code": code}).status_code == 201
