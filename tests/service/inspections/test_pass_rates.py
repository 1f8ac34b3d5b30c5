"""Pass rates, counted by hand beside the ledger's own count."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.parts.ledgers.chosen import ledger_url
from tests.parts.served import DESIGN, OTHER, OWN, Town, clean, dark, tarnished
from ubora.service.ledger.clock import next_number
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.pieces import count_inspection, piece_key, recount_piece
from ubora.service.ledger.tables import Design, Inspection
from ubora.service.settings import Settings
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory
from ubora.service.workshops.pass_rates import PassRate, count_pass_rate

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(Settings(data=tmp_path, database_url=ledger_url(tmp_path)).ledger_url())
    with opened.write() as session:
        for code in (OWN, OTHER):
            save_microfactory(session, code, MicrofactoryBody(name=code, place="Nairobi"))
        session.add(Design(id="disc", **DESIGN.model_dump(mode="json")))
    yield opened
    opened.close()


def _add(
    session: Session, status: str, piece: str | None = None, *, days_ago: float = 0, workshop: str = OWN
) -> Inspection:
    name = str(uuid.uuid4())
    row = Inspection(
        id=name,
        fingerprint="",
        number=(number := next_number(session)),
        change=number,
        microfactory=workshop,
        design="disc",
        lot="L",
        piece=piece,
        piece_key=piece_key(workshop, "disc", "L", piece, name),
        received_at=NOW - timedelta(days=days_ago),
        changed_at=NOW - timedelta(days=days_ago),
        release="tiny-1",
        verdict="flag",
        status=status,
        reasons=[],
        variance_level=3,
        variance_in_range=True,
        variance_probabilities=[0, 0, 1, 0, 0],
    )
    session.add(row)
    session.flush()
    count_inspection(session, row)
    return row


def _set(session: Session, row: Inspection, status: str) -> None:
    row = session.merge(row)
    row.status = status
    session.flush()
    recount_piece(session, row)


def _count(ledger: Ledger, workshop: str | None = OWN, window_days: int = 30) -> PassRate:
    with ledger.read() as session:
        return count_pass_rate(session, workshop, window_days, TODAY)


def _counts(rate: PassRate) -> tuple[int, int, int, int]:
    return rate.pieces_decided, rate.pieces_passed, rate.pieces_pending, rate.retakes


def test_passed_and_accepted_pieces_count_over_the_decided_ones(ledger: Ledger) -> None:
    with ledger.write() as session:
        for status in ("passed", "passed", "accepted", "rework", "rejected", "pending", "retake", "retake"):
            _add(session, status)
    rate = _count(ledger)
    assert _counts(rate) == (5, 3, 1, 2)
    assert rate.pass_rate == 3 / 5
    assert (rate.first_pass_yield, rate.first_pass_decided) == (3 / 5, 5)


def test_the_latest_inspection_of_a_piece_counts_and_the_first_for_the_first_pass_yield(
    ledger: Ledger,
) -> None:
    with ledger.write() as session:
        _add(session, "rework", "1", days_ago=3)
        _add(session, "passed", "1", days_ago=1)
        _add(session, "passed", "2", days_ago=2)
        _add(session, "retake", "2", days_ago=1)
    rate = _count(ledger)
    assert _counts(rate) == (2, 2, 0, 1)
    assert (rate.pass_rate, rate.first_pass_yield, rate.first_pass_decided) == (1.0, 0.5, 2)


def test_a_later_review_replaces_what_counts(ledger: Ledger) -> None:
    with ledger.write() as session:
        row = _add(session, "pending", "1")
    assert _counts(_count(ledger)) == (0, 0, 1, 0)
    assert _count(ledger).pass_rate is None
    expected = {"accepted": (1, 1, 0, 0), "rejected": (1, 0, 0, 0), "rework": (1, 0, 0, 0)}
    for status, counts in expected.items():
        with ledger.write() as session:
            _set(session, row, status)
        assert _counts(_count(ledger)) == counts


def test_what_was_received_last_counts_though_the_clock_was_set_back_in_between(ledger: Ledger) -> None:
    with ledger.write() as session:
        _add(session, "passed", "1", days_ago=1)
        _add(session, "rejected", "1", days_ago=5)
    rate = _count(ledger)
    assert (rate.pass_rate, rate.first_pass_yield) == (0.0, 1.0)


def test_the_window_is_whole_days_with_today(ledger: Ledger) -> None:
    with ledger.write() as session:
        for days in (0, 6, 7, 29, 30):
            _add(session, "passed", days_ago=days)
    assert [_count(ledger, window_days=days).pieces_decided for days in (1, 7, 8, 30, 31)] == [1, 2, 3, 4, 5]
    rate = _count(ledger, window_days=7)
    assert (rate.since.isoformat(), rate.until.isoformat()) == ("2026-11-17", "2026-11-23")


def test_a_piece_code_is_a_piece_of_its_workshop_only(ledger: Ledger) -> None:
    with ledger.write() as session:
        _add(session, "passed", "1")
        _add(session, "rejected", "1", workshop=OTHER)
    assert [_count(ledger, who).pass_rate for who in (OWN, OTHER, None)] == [1.0, 0.0, 0.5]


def test_over_http_a_workshop_and_the_network_count_what_was_sent_and_reviewed(town: Town) -> None:
    town.send(clean(), lot="A", piece="1")
    flagged = town.send(tarnished(), lot="A", piece="2").json()["id"]
    town.send(dark(), lot="A", piece="3")
    client, path = town.client("artisan"), f"/v1/microfactories/{OWN}/pass-rate"
    before = client.get(path).json()
    town.review(flagged, "reject")
    after = client.get(path).json()
    keys = ("pieces_decided", "pieces_passed", "pieces_pending", "retakes", "pass_rate")
    assert [before[key] for key in keys] == [1, 1, 1, 1, 1.0]
    assert [after[key] for key in keys] == [2, 1, 0, 1, 0.5]
    network = town.client("engineer").get("/v1/pass-rate").json()
    assert {**network, "microfactory": OWN} == after


def test_the_network_lists_every_workshop_once_over_its_pages(shared_town: Town) -> None:
    client, seen, cursor = shared_town.client("reviewer"), [], None
    for _ in range(3):
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/pass-rates", params=query).json()
        seen += [item["microfactory"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [OTHER, OWN]


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999"])
def test_a_window_that_is_none_is_refused(shared_town: Town, days: str) -> None:
    assert shared_town.client("reviewer").get(f"/v1/pass-rate?window_days={days}").status_code == 422
