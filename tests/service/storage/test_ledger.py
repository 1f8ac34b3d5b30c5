"""The ledger: durable by its settings, its tables as the code says, and a ledger of before is brought up."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import IntegrityError

from ubora.service.designs.standing import Standing, StandingPhoto, standing_of
from ubora.service.http.database_faults import LedgerError
from ubora.service.inspections.wire import BesideApproved, answer_of
from ubora.service.ledger import database as ledger_module
from ubora.service.ledger.clock import now
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.references import referenced
from ubora.service.ledger.tables import AcceptedPiece, Design, Inspection, Table, Waiting, WaitingDefect
from ubora.service.ledger.waiting import KINDS, note_waiting
from ubora.service.ownership.consents import last_consents


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


def _made_by(folder: Path, revision: str) -> Engine:
    """A ledger as an older release left it."""
    engine = create_engine(_url(folder))
    config = Config()
    config.set_main_option("script_location", str(Path(ledger_module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def test_sqlite_is_durable_and_guards_its_references(tmp_path: Path) -> None:
    ledger = Ledger.open(_url(tmp_path))
    with ledger.read() as session:
        found = [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    ledger.close()
    assert found == ["wal", 2, 1]


def test_a_database_that_would_not_keep_its_word_is_refused() -> None:
    with pytest.raises(LedgerError, match="in memory"):
        Ledger.open("sqlite://")


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    ledger = Ledger.open(_url(tmp_path))
    with ledger.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    ledger.close()
    assert differences == []


def test_a_ledger_without_network_counts_gets_them_from_its_workshops(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0001")
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a'), ('b', 'b', 'b')")
        run("INSERT INTO daily_counts VALUES ('a', '2026-11-01', 3, 2, 1, 4, 3, 2)")
        run("INSERT INTO daily_counts VALUES ('b', '2026-11-01', 1, 1, 0, 0, 1, 1)")
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    with ledger.read() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM network_counts").all()
    ledger.close()
    assert [tuple(row) for row in rows] == [("2026-11-01", 4, 3, 1, 4, 4, 3)]


def test_approved_photos_of_before_have_no_view_and_stood_for_every_one(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0006")
    at = "2026-11-01T08:00:00.000000Z"
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run("INSERT INTO designs VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5)")
        run(
            "INSERT INTO approved_photos (design, photo_index, stored_sha256, at)"
            f" VALUES ('disc', 0, 'f00d', '{at}')"
        )
        run(
            "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
            " received_at, changed_at, release, verdict, status, reasons, variance_level, variance_in_range,"
            " variance_probabilities, design_distance)"
            f" VALUES ('i', 'f', 1, 1, 'a', 'disc', 'k', '{at}', '{at}', 'tiny-1', 'pass', 'passed', '[]', 3,"
            " 1, '[0, 0, 1, 0, 0]', 0.25)"
        )
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    with ledger.read() as session:
        design, inspection = session.get_one(Design, "disc"), session.get_one(Inspection, "i")
        views = [photo.view for photo in design.approved]
        beside = answer_of(inspection).beside_approved
    ledger.close()
    assert views == [None]
    assert beside == BesideApproved(distance=0.25, in_doubt=False, same_view=True, version=None)


def test_a_ledger_of_before_accepted_pieces_begins_to_count_what_stands_for_a_design(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0007")
    at = "2026-11-01T08:00:00.000000Z"
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run("INSERT INTO designs VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5)")
        run(
            "INSERT INTO approved_photos (design, photo_index, view, stored_sha256, at)"
            f" VALUES ('disc', 0, 'side', 'f00d', '{at}')"
        )
        run(
            "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
            " received_at, changed_at, release, verdict, status, reasons, variance_level, variance_in_range,"
            " variance_probabilities)"
            f" VALUES ('i', 'f', 1, 1, 'a', 'disc', 'k', '{at}', '{at}', 'tiny-1', 'flag', 'accepted', '[]',"
            " 3, 1, '[0, 0, 1, 0, 0]')"
        )
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    row = {"design": "disc", "inspection": "i", "since_version": 1, "added_by": "a"}
    with ledger.write() as session:
        found = standing_of(session, "disc")
        version = session.get_one(Inspection, "i").approved_version
        session.add(AcceptedPiece(**row, added_at=now(session)))
    # None stands twice.
    with pytest.raises(IntegrityError), ledger.write() as session:
        session.add(AcceptedPiece(**row, added_at=now(session)))
    ledger.close()
    assert (found, version) == (Standing(0, (StandingPhoto("f00d", "side", False),)), None)


def test_a_ledger_of_before_counts_retakes_in_a_row_and_knows_no_photo_again(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0008")
    at = "2026-11-01T08:00:00.000000Z"
    # Of one piece: a retake, two after it was judged, and one of another piece.
    rows = [
        ("a", "k", "retake"),
        ("b", "k", "passed"),
        ("c", "k", "retake"),
        ("d", "k", "retake"),
        ("e", "l", "retake"),
    ]
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run(
            "INSERT INTO designs (id, name, category, material, stage, approved_low, approved_high)"
            " VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5)"
        )
        for number, (name, key, status) in enumerate(rows, 1):
            run(
                "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
                " received_at, changed_at, release, verdict, status, reasons, variance_level,"
                " variance_in_range, variance_probabilities)"
                f" VALUES ('{name}', 'f', {number}, {number}, 'a', 'disc', '{key}', '{at}', '{at}', 'tiny-1',"
                f" 'retake', '{status}', '[]', 3, 1, '[0, 0, 1, 0, 0]')"
            )
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    with ledger.read() as session:
        found = {name: session.get_one(Inspection, name) for name, _, _ in rows}
        answers = {name: answer_of(row) for name, row in found.items()}
    ledger.close()
    assert {name: answer.retakes for name, answer in answers.items()} == {
        "a": 1,
        "b": 0,
        "c": 1,
        "d": 2,
        "e": 1,
    }
    assert [name for name, answer in answers.items() if answer.may_go_to_person] == ["d"]
    assert not any(row.seen_before for row in found.values())


def test_a_ledger_of_before_anybody_was_asked_has_no_consent_and_all_its_photos(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0008")
    at = "2026-11-01T08:00:00.000000Z"
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run("INSERT INTO designs VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5, 0)")
        run(
            "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
            " received_at, changed_at, release, verdict, status, reasons, variance_level, variance_in_range,"
            " variance_probabilities, design_in_doubt, design_same_view)"
            f" VALUES ('i', 'f', 1, 1, 'a', 'disc', 'k', '{at}', '{at}', 'tiny-1', 'pass', 'passed', '[]', 3,"
            " 1, '[0, 0, 1, 0, 0]', 0, 1)"
        )
        run(
            "INSERT INTO photos (inspection, photo_index, view, width, height, received_sha256,"
            " received_bytes, stored_sha256, stored_bytes, heatmap_sha256, faults, defects, scores, measures)"
            " VALUES ('i', 0, 'front', 1, 1, 'r', 1, 's', 1, 'h', '[]', '[]', '{}', '{}')"
        )
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    with ledger.read() as session:
        (photo,) = answer_of(session.get_one(Inspection, "i")).photos
        said, held = last_consents(session), referenced(session, "photos", ["s", "t"])
    ledger.close()
    assert (photo.removed_at, said, held) == (None, {}, {"s"})


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(_url(tmp_path))

    def fail() -> None:
        with ledger.write() as session:
            session.connection().exec_driver_sql("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with ledger.read() as session:
        count = session.connection().exec_driver_sql("SELECT count(*) FROM microfactories").scalar()
    ledger.close()
    assert count == 0


def test_a_ledger_of_before_the_queue_has_in_it_what_waited(tmp_path: Path) -> None:
    engine = _made_by(tmp_path, "0010")
    at = "2026-11-01T08:00:00.000000Z"
    # Flagged, decided, a retake that was sent to a person, and passed photos that were seen before.
    rows = [
        ("a", "L", "flag", "pending", 0),
        ("b", "L", "flag", "accepted", 0),
        ("c", "M", "retake", "pending", 0),
        ("d", "L", "flag", "pending", 1),
        ("e", "M", "pass", "passed", 1),
        ("f", "M", "pass", "passed", 1),
        ("g", "M", "pass", "passed", 0),
        ("h", None, "flag", "pending", 0),
    ]
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('w', 'w', 'w')")
        run(
            "INSERT INTO designs (id, name, category, material, stage, approved_low, approved_high)"
            " VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5)"
        )
        for number, (name, lot, verdict, status, seen) in enumerate(rows, 1):
            run(
                "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, lot, piece,"
                " piece_key, received_at, changed_at, release, verdict, status, reasons, variance_level,"
                " variance_in_range, variance_probabilities, seen_before)"
                " VALUES (?, 'f', ?, ?, 'w', 'disc', ?, 'P', ?, ?, ?, 'tiny-1', ?, ?, '[]', 3, 1,"
                " '[0, 0, 1, 0, 0]', ?)",
                (name, number, number, lot, name, at, at, verdict, status, seen),
            )
            run(
                "INSERT INTO photos (inspection, photo_index, view, width, height, received_sha256,"
                " received_bytes, stored_sha256, stored_bytes, heatmap_sha256, faults, defects, scores,"
                " measures, seen_before, removed_at) VALUES (?, 0, 'front', 9, 9, 'r', 9, 's', 9, 'h', '[]',"
                " '[{\"defect\": \"dent\"}]', '{\"dent\": 0.75, \"chip\": 0.5}', '{}', '[]', ?)",
                (name, at if name == "f" else None),
            )
        run(
            "INSERT INTO appeals (number, id, inspection, fingerprint, note, at, outcome)"
            f" VALUES (1, 'x', 'c', 'f', '', '{at}', 'waiting')"
        )
    engine.dispose()
    ledger = Ledger.open(_url(tmp_path))
    with ledger.write() as session:
        found = session.scalars(select(Waiting).order_by(Waiting.place, Waiting.lot_since, Waiting.number))
        waiting = [(row.inspection, row.place, row.lot_since, row.kinds, row.score) for row in found]
        defects = session.query(WaitingDefect).count()
        # As the code would have kept it.
        for row in session.scalars(select(Inspection)):
            note_waiting(session, row)
        kept = session.scalars(select(Waiting).order_by(Waiting.place, Waiting.lot_since, Waiting.number))
        noted = [(row.inspection, row.place, row.lot_since, row.kinds, row.score) for row in kept]
    ledger.close()
    bit = KINDS
    assert waiting == [
        ("c", 0, 3, bit["to_person"], 0.75),
        ("a", 1, 1, bit["flagged"], 0.75),
        ("d", 1, 1, bit["flagged"] | bit["seen_before"], 0.75),
        ("e", 1, 3, bit["seen_before"], 0.75),
        ("h", 1, 8, bit["flagged"], 0.75),
    ]
    assert (noted, defects) == (waiting, 5)
