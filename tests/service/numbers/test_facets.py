"""Counts by design, release, reviewer and defect: as counted by hand, and as a recount finds them."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.orm import Session

from tests.parts.ledgers.chosen import empty_ledger, ledger_url
from tests.parts.served import OTHER, OWN, Town, clean, dark, tarnished
from tests.service.numbers.making import add, make_work, review
from tests.service.storage.migrating import CONFIG
from ubora.command import main
from ubora.service.ledger.counted import COLUMNS
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.pieces import recount_piece, uncount_inspections
from ubora.service.ledger.recount import differences
from ubora.service.ledger.tables import FacetCount, Inspection, Photo, PieceDefect, PieceState, Review
from ubora.service.settings import Settings


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(Settings(data=tmp_path, database_url=ledger_url(tmp_path)).ledger_url())
    with opened.write() as session:
        make_work(session)
    yield opened
    opened.close()


def _facet(ledger: Ledger, facet: str) -> dict[str, tuple[int, ...]]:
    """Name → decided, passed, pending, retakes, first decided, first passed."""
    with ledger.read() as session:
        rows = session.scalars(select(FacetCount).where(FacetCount.facet == facet).order_by(FacetCount.name))
        return {row.name: tuple(getattr(row, name) for name in COLUMNS) for row in rows}


def _differences(ledger: Ledger) -> list[str]:
    with ledger.read() as session:
        return list(differences(session))


def test_a_piece_counts_for_its_design_release_reviewer_and_defects(ledger: Ledger) -> None:
    with ledger.write() as session:
        add(session, "passed", "1")
        add(session, "retake", "2", design="comb")
        add(session, "pending", "3", design="comb", release="tiny-2", found=("dent",))
        row = add(session, "pending", "4", found=("scratch", "dent"))
        review(session, row, "rework", "Wanjiku", ("scratch",))
        row = add(session, "pending", "5", found=("crack",))
        review(session, row, "accept", "Omondi", ("crack",))
    assert _facet(ledger, "design") == {"comb": (0, 0, 1, 1, 0, 0), "disc": (3, 2, 0, 0, 3, 2)}
    assert _facet(ledger, "release") == {"tiny-1": (3, 2, 0, 1, 3, 2), "tiny-2": (0, 0, 1, 0, 0, 0)}
    assert _facet(ledger, "reviewer") == {"Omondi": (1, 1, 0, 0, 0, 0), "Wanjiku": (1, 0, 0, 0, 0, 0)}
    assert _facet(ledger, "defect") == {
        "crack": (1, 1, 0, 0, 0, 0),
        "dent": (0, 0, 1, 0, 0, 0),
        "scratch": (1, 0, 0, 0, 0, 0),
    }
    assert _differences(ledger) == []


def test_a_piece_or_a_defect_that_is_kept_under_another_number_differs(ledger: Ledger) -> None:
    with ledger.write() as session:
        row = add(session, "pending", "1", found=("dent",))
        session.execute(update(PieceDefect).values(number=row.number - 1))
    assert ["expected pending" in line for line in _differences(ledger)] == [True]
    with ledger.write() as session:
        session.execute(update(PieceDefect).values(number=row.number))
        session.execute(update(PieceState).values(number=row.number - 1))
    (told,) = _differences(ledger)
    assert told.endswith(f", number {row.number} in place of {row.number - 1}")


def test_a_changed_mind_takes_away_what_counted_before(ledger: Ledger) -> None:
    with ledger.write() as session:
        row = add(session, "pending", "1", found=("dent",))
        review(session, row, "reject", "Wanjiku", ("dent", "crack"))
        review(session, row, "rework", "Omondi", ("crack",))
        row.status = "pending"  # contested
        session.flush()
        recount_piece(session, row)
    assert {name: counts[:3] for name, counts in _facet(ledger, "defect").items()} == {
        "crack": (0, 0, 0),
        "dent": (0, 0, 1),
    }
    assert {name: counts[:3] for name, counts in _facet(ledger, "reviewer").items()} == {
        "Omondi": (0, 0, 0),
        "Wanjiku": (0, 0, 0),
    }
    assert _differences(ledger) == []


def test_a_piece_that_is_sent_again_counts_once_by_what_judged_it_last_and_first(ledger: Ledger) -> None:
    with ledger.write() as session:
        add(session, "rework", "1", days_ago=3, found=("dent",))
        add(session, "passed", "1", days_ago=1, release="tiny-2")
    found = _facet(ledger, "release")
    assert found == {"tiny-1": (0, 0, 0, 0, 1, 0), "tiny-2": (1, 1, 0, 0, 0, 0)}
    assert {name: counts[:3] for name, counts in _facet(ledger, "defect").items()} == {"dent": (0, 0, 0)}


def test_whatever_happens_the_counts_are_those_of_counting_anew(ledger: Ledger) -> None:
    dice = random.Random(1)
    rows: list[str] = []
    for _ in range(12):
        with ledger.write() as session:
            for _ in range(12):
                _something(session, dice, rows)
        assert _differences(ledger) == []


def _something(session: Session, dice: random.Random, rows: list[str]) -> None:
    what = dice.choice(("add", "add", "review", "contest", "delete"))
    known = session.get(Inspection, dice.choice(rows)) if rows and what != "add" else None
    if known is None:
        some: dict[str, Any] = {
            "days_ago": dice.choice((0, 1, 9)),
            "workshop": dice.choice((OWN, OTHER)),
            "design": dice.choice(("disc", "comb")),
            "release": dice.choice(("tiny-1", "tiny-2")),
            "found": tuple(dice.sample(("dent", "crack", "pit"), dice.randint(0, 2))),
        }
        status = dice.choice(("passed", "pending", "retake"))
        rows.append(add(session, status, dice.choice((None, "1", "2", "3")), **some).id)
    elif what == "review" and known.status != "retake":
        corrected = dice.choice((None, (), ("dent",), ("pit", "crack")))
        named = dice.choice(("Wanjiku", "Omondi"))
        review(session, known, dice.choice(("accept", "rework", "reject")), named, corrected)
    elif what == "contest" and known.status != "retake":
        known.status = "pending"
        session.flush()
        recount_piece(session, known)
    elif what == "delete":
        gone = (
            known.microfactory,
            known.design,
            known.release,
            known.piece_key,
            known.status,
            known.received_at,
        )
        for table in (Photo, Review):
            session.execute(delete(table).where(table.inspection == known.id))
        session.execute(delete(Inspection).where(Inspection.id == known.id))
        session.expire_all()
        uncount_inspections(session, [gone])
        rows.remove(known.id)


def test_a_recount_says_which_counts_differ_and_what_they_should_be(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.send(clean(1), piece="1", lot="L")
    flagged = town.send(tarnished(2), piece="2", lot="L").json()["id"]
    town.send(dark(3), piece="3", lot="L")
    town.review(flagged, "rework")
    command = ["admin", "recount", *town.ledger_options]
    assert main(command) == 0
    assert capsys.readouterr().out == "counted   2 pieces anew, by the days of Africa/Nairobi\n"
    with town.state.ledger.write() as session:
        day = session.scalars(select(FacetCount.day)).first()
        session.execute(update(FacetCount).where(FacetCount.facet == "design").values(passed=7))
        key = session.scalars(select(PieceState.piece_key).where(PieceState.inspection == flagged)).one()
        session.execute(delete(PieceDefect))
    assert main(command) == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [
        f"differs   piece {key}: kept as rework on {day} by inspection {flagged}, defects: none, "
        f"expected rework on {day} by inspection {flagged}, defects: tarnish",
        f"differs   design disc {day} passed: kept 7, expected 1",
    ]


def test_a_folder_without_a_ledger_is_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "recount", "--data", str(tmp_path / "none")]) != 0
    assert "no ledger there" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_ledger_of_before_is_counted_as_if_all_came_now(kind: str, tmp_path: Path) -> None:
    url = empty_ledger(kind, tmp_path)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, "0011")
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run("INSERT INTO designs VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5, 0)")
        rows = [
            ("i1", "k1", 1, "passed", "tiny-1", "2026-11-01"),
            ("i2", "k2", 2, "rework", "tiny-1", "2026-11-01"),
            ("i3", "k2", 3, "retake", "tiny-2", "2026-11-02"),
            ("i4", "k2", 4, "rejected", "tiny-2", "2026-11-02"),
            ("i5", "k3", 5, "pending", "tiny-2", "2026-11-02"),
            ("i6", "k4", 6, "accepted", "tiny-2", "2026-11-02"),
        ]
        for name, key, number, status, release, day in rows:
            run(
                "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
                " received_at, changed_at, release, verdict, status, reasons, variance_level,"
                " variance_in_range, variance_probabilities, design_in_doubt, design_same_view, retakes,"
                f" seen_before) VALUES ('{name}', 'f', {number}, {number}, 'a', 'disc', '{key}',"
                f" '{day}T08:00:00.000000Z', '{day}T08:00:00.000000Z', '{release}', 'flag', '{status}', '[]',"
                " 3, true, '[0, 0, 1, 0, 0]', false, true, 0, false)"
            )
            run(
                "INSERT INTO photos (inspection, photo_index, view, width, height, received_sha256,"
                " received_bytes, stored_sha256, stored_bytes, heatmap_sha256, faults, defects, scores,"
                f" measures, seen_before) VALUES ('{name}', 0, 'front', 1, 1, 'r', 1, 's', 1, 'h', '[]',"
                """ '[{"defect": "dent"}]', '{}', '{}', '[]')"""
            )
        for number, (name, disposition, defects) in enumerate(
            [
                ("i2", "rework", "NULL"),
                ("i4", "accept", "NULL"),
                ("i4", "reject", """'[{"defect": "crack"}]'"""),
            ]
        ):
            run(
                "INSERT INTO reviews (id, inspection, fingerprint, disposition, defects, note, reviewer, at,"
                f" phrases) VALUES ('r{number}', '{name}', 'f', '{disposition}', {defects}, '', 'Wanjiku',"
                " '2026-11-02T09:00:00.000000Z', '[]')"
            )
        states = [("k1", "01", "passed", "01", "passed"), ("k2", "02", "rejected", "01", "rework")]
        states += [("k3", "02", "pending", "02", "pending"), ("k4", "02", "accepted", "02", "accepted")]
        for key, day, status, first_day, first_status in states:
            run(
                "INSERT INTO piece_states (piece_key, microfactory, day, status, first_day, first_status)"
                f" VALUES ('{key}', 'a', '2026-11-{day}', '{status}', '2026-11-{first_day}',"
                f" '{first_status}')"
            )
        for table, name in (("daily_counts", "'a', "), ("network_counts", "")):
            run(f"INSERT INTO {table} VALUES ({name}'2026-11-01', 1, 1, 0, 0, 2, 1)")
            run(f"INSERT INTO {table} VALUES ({name}'2026-11-02', 2, 1, 1, 1, 1, 1)")
    engine.dispose()
    ledger = Ledger.open(url)
    found = _differences(ledger)
    with ledger.read() as session:
        kept = session.execute(select(PieceDefect.piece_key, PieceDefect.defect)).all()
    ledger.close()
    assert found == []
    assert sorted(tuple(row) for row in kept) == [("k2", "crack"), ("k3", "dent")]
