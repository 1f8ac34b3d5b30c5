"""Pieces in the console: any of them found again, told whole, sent to a colleague, and opened for review."""

import uuid

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.console.agreeing import log_in
from tests.console.pages.opened import check_sizes, go, opened
from tests.parts.browser import Open, in_a_browser
from tests.parts.served import OTHER, OWN, Town, clean, tarnished
from ubora.service.ledger.pieces import count_inspection
from ubora.service.ledger.tables import Inspection, Photo

pytestmark = [pytest.mark.slow, in_a_browser]


def decided(town: Town) -> str:
    """A piece that was sent back, contested, and photographed again."""
    piece = str(town.send(tarnished(1), lot="PO-48", piece="B-12").json()["id"])
    town.review(piece, "rework", note="Polish the stain away", phrases=["good"])
    path = f"/v1/inspections/{piece}/appeals/{uuid.uuid4()}"
    context = ("context", (None, '{"note": "It is the light"}'))
    assert town.client("artisan").put(path, files=[context]).status_code == 201
    town.review(piece, "reject", who="admin")
    town.send(clean(1), lot="PO-48", piece="B-12")
    return piece


def copy_pieces(session: Session, count: int) -> None:
    """So many more pieces like the one that there is."""
    row = session.scalars(select(Inspection)).one()
    (photo,) = row.photos
    kept = {one.key: getattr(row, one.key) for one in Inspection.__mapper__.column_attrs}
    shown = {one.key: getattr(photo, one.key) for one in Photo.__mapper__.column_attrs}
    for at in range(1, count + 1):
        name = str(uuid.uuid4())
        own = {"id": name, "piece_key": name, "number": row.number + at, "change": row.change + at}
        copy = Inspection(**kept | own)
        session.add(copy)
        session.flush()
        session.add(Photo(**shown | {"inspection": name}))
        count_inspection(session, copy)


def test_a_decided_piece_is_found_by_the_beginning_of_its_code_and_told_whole(
    town: Town, open_page: Open
) -> None:
    decided(town)
    town.send(clean(2), who="other", microfactory=OTHER, lot="PO-9", piece="7")
    page = opened(open_page, "Wanjiku", "#pieces")
    rows = page.locator("#pieces tbody tr")
    expect(rows).to_have_count(2)
    check_sizes(page, "pieces")
    page.fill("#pieces [name=code]", "b-1")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("PO-48")
    assert page.evaluate("location.hash") == "#pieces/code=b-1"
    rows.locator("a").click()
    whole = page.locator("#pieces")
    expect(whole.locator("h2")).to_have_text("B-12 · PO-48")
    for words in (
        "reviewer sent it back for rework",
        "Polish the stain away",
        "The workshop contested it",
        "It is the light",
        "upheld",
        "admin rejected it",
        "tiny-1",
        "tarnish",
    ):
        expect(whole).to_contain_text(words)
    expect(whole.locator(".piece-photo img")).to_have_count(2)
    check_sizes(page, "piece")
    page.click("text=← Pieces")
    expect(page.locator("#pieces [name=code]")).to_have_value("b-1")


def test_filters_narrow_the_list_and_stand_in_its_address(town: Town, open_page: Open) -> None:
    town.send(clean(1), lot="PO & 48/a", piece="1")
    town.send(clean(2), who="other", microfactory=OTHER, lot="PO-9", piece="2")
    page = opened(open_page, "Omondi", "#pieces")
    rows = page.locator("#pieces tbody tr")
    page.select_option("#pieces [name=microfactory]", OWN)
    expect(rows).to_have_count(1)
    page.fill("#pieces [name=lot]", "po & 48/A")
    page.select_option("#pieces [name=status]", "passed")
    expect(rows).to_contain_text("PO & 48/a")
    address = page.evaluate("location.hash")
    page.select_option("#pieces [name=status]", "rejected")
    expect(rows).to_have_text("No piece to show.")
    go(page, "#pieces")
    expect(rows).to_have_count(2)
    go(page, address)
    expect(rows).to_contain_text("PO & 48/a")
    expect(page.locator("#pieces [name=lot]")).to_have_value("po & 48/A")
    page.fill("#pieces [name=since]", "2020-01-01")
    page.fill("#pieces [name=until]", "2020-01-02")
    expect(rows).to_have_text("No piece to show.")


def test_more_than_a_page_comes_by_and_by(town: Town, open_page: Open) -> None:
    town.send(clean(1), piece="0")
    with town.state.ledger.write() as session:
        copy_pieces(session, 60)
    page = opened(open_page, "Wanjiku", "#pieces")
    rows = page.locator("#pieces tbody tr")
    expect(rows).to_have_count(50)
    page.click("#pieces >> text=Show more")
    expect(rows).to_have_count(61)
    expect(page.locator("#pieces >> text=Show more")).to_have_count(0)


def test_a_link_opens_the_piece_for_a_colleague_once_she_has_logged_in(town: Town, open_page: Open) -> None:
    piece = decided(town)
    page = open_page("console", None)
    go_to = f"{town.url}/console/#pieces/{piece}"
    page.goto(go_to)
    page.reload()
    log_in(page, "Wanjiku")
    expect(page.locator("#pieces h2")).to_have_text("B-12 · PO-48")
    page.goto(f"{town.url}/console/#pieces/{uuid.uuid4()}")
    expect(page.locator("#pieces .notice")).to_contain_text("no such inspection")


def test_the_review_page_leads_to_the_whole_piece_and_back(town: Town, open_page: Open) -> None:
    first = str(town.send(tarnished(1), piece="1").json()["id"])
    second = str(town.send(tarnished(2), piece="2").json()["id"])
    page = opened(open_page, "Wanjiku", f"#flagged/{second}")
    expect(page.locator(".waiting[aria-current=true]")).to_have_attribute("data-id", second)
    page.click("text=All of this piece")
    expect(page.locator("#pieces h2")).to_have_text("2")
    page.click("#pieces >> text=Decide on it")
    expect(page.locator(".waiting[aria-current=true]")).to_have_attribute("data-id", second)
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Rejected")
    # A decided one is opened again, and decided anew.
    go(page, f"#pieces/{second}")
    page.click("#pieces >> text=Open it for review")
    expect(page.locator("#panel-body")).to_contain_text("Wanjiku rejected it")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Accepted")
    told = town.client("admin").get(f"/v1/pieces/{second}").json()
    assert [one["disposition"] for one in told["decisions"]] == ["accept", "reject"]
    assert town.client("admin").get(f"/v1/inspections/{first}").json()["status"] == "pending"
