"""Ledgers of older versions: what they did not know is known, or said to be unknown."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.service.storage.migrating import made_by
from ubora.service.designs.standing import Standing, StandingPhoto, standing_of
from ubora.service.inspections.wire import BesideApproved, answer_of
from ubora.service.ledger.clock import now
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.references import referenced
from ubora.service.ledger.tables import AcceptedPiece, Appeal, Barred, Design, Inspection, Review
from ubora.service.ownership.consents import last_consents


def test_a_ledger_without_network_counts_gets_them_from_its_workshops(url: str) -> None:
    engine = made_by(url, "0001")
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a'), ('b', 'b', 'b')")
        run("INSERT INTO daily_counts VALUES ('a', '2026-11-01', 3, 2, 1, 4, 3, 2)")
        run("INSERT INTO daily_counts VALUES ('b', '2026-11-01', 1, 1, 0, 0, 1, 1)")
    engine.dispose()
    ledger = Ledger.open(url)
    with ledger.read() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM network_counts").all()
    ledger.close()
    assert [tuple(row) for row in rows] == [("2026-11-01", 4, 3, 1, 4, 4, 3)]


def test_approved_photos_of_before_have_no_view_and_stood_for_every_one(url: str) -> None:
    engine = made_by(url, "0006")
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
            " true, '[0, 0, 1, 0, 0]', 0.25)"
        )
    engine.dispose()
    ledger = Ledger.open(url)
    with ledger.read() as session:
        design, inspection = session.get_one(Design, "disc"), session.get_one(Inspection, "i")
        views = [photo.view for photo in design.approved]
        beside = answer_of(inspection).beside_approved
    ledger.close()
    assert views == [None]
    assert beside == BesideApproved(distance=0.25, in_doubt=False, same_view=True, version=None)


def test_a_ledger_of_before_accepted_pieces_begins_to_count_what_stands_for_a_design(url: str) -> None:
    engine = made_by(url, "0007")
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
            " 3, true, '[0, 0, 1, 0, 0]')"
        )
    engine.dispose()
    ledger = Ledger.open(url)
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


def test_a_ledger_of_before_counts_retakes_in_a_row_and_knows_no_photo_again(url: str) -> None:
    engine = made_by(url, "0008")
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
                f" 'retake', '{status}', '[]', 3, true, '[0, 0, 1, 0, 0]')"
            )
    engine.dispose()
    ledger = Ledger.open(url)
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


def test_a_ledger_of_before_anybody_was_asked_has_no_consent_and_all_its_photos(url: str) -> None:
    engine = made_by(url, "0008")
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
            " true, '[0, 0, 1, 0, 0]', false, true)"
        )
        run(
            "INSERT INTO photos (inspection, photo_index, view, width, height, received_sha256,"
            " received_bytes, stored_sha256, stored_bytes, heatmap_sha256, faults, defects, scores, measures)"
            " VALUES ('i', 0, 'front', 1, 1, 'r', 1, 's', 1, 'h', '[]', '[]', '{}', '{}')"
        )
    engine.dispose()
    ledger = Ledger.open(url)
    with ledger.read() as session:
        (photo,) = answer_of(session.get_one(Inspection, "i")).photos
        said, held = last_consents(session), referenced(session, "photos", ["s", "t"])
    ledger.close()
    assert (photo.removed_at, said, held) == (None, {}, {"s"})


def test_a_ledger_of_before_knows_who_decided_what_is_contested_and_bars_her(url: str) -> None:
    engine = made_by(url, "0011")
    early, later, last = (f"2026-11-0{day}T08:00:00.000000Z" for day in (1, 2, 3))
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO microfactories VALUES ('a', 'a', 'a')")
        run("INSERT INTO designs VALUES ('disc', 'Disc', 'pendant', 'brass', 'raw', 1, 5, 0)")
        for token, label in (("s", "Wanjiku"), ("t", "Njeri"), ("u", "a program")):
            run(
                "INSERT INTO tokens (id, sha256, role, label, created_at)"
                f" VALUES ('{token}', '{token}', 'reviewer', '{label}', '{early}')"
            )
        for person, name in (("w", "Wanjiku"), ("n", "Njeri")):
            run(
                "INSERT INTO staff (id, name, name_key, role, password, created_at)"
                f" VALUES ('{person}', '{name}', '{name}', 'reviewer', '', '{early}')"
            )
        run(f"INSERT INTO sessions (token, staff, expires_at) VALUES ('s', 'w', '{early}')")
        for number, name in enumerate(("i", "j"), 1):
            run(
                "INSERT INTO inspections (id, fingerprint, number, change, microfactory, design, piece_key,"
                " received_at, changed_at, release, verdict, status, reasons, variance_level,"
                " variance_in_range, variance_probabilities, design_in_doubt, design_same_view)"
                f" VALUES ('{name}', 'f', {number}, {number}, 'a', 'disc', '{name}', '{early}', '{early}',"
                " 'tiny-1', 'flag', 'pending', '[]', 3, true, '[0, 0, 1, 0, 0]', false, true)"
            )
        run(
            "INSERT INTO waiting (inspection, kinds, place, lot_since, number, change, microfactory, design,"
            " lot_sought, piece_sought, received_at, score, design_in_doubt, variance_in_range)"
            f" VALUES ('i', 5, 0, 1, 1, 1, 'a', 'disc', '', '', '{early}', 1, false, true)"
        )
        reviews = (("r", "i", "s", early), ("q", "j", "t", early), ("p", "j", "u", last))
        for name, inspection, token, at in reviews:
            run(
                "INSERT INTO reviews (id, inspection, fingerprint, disposition, phrases, note, reviewer,"
                f" token, at) VALUES ('{name}', '{inspection}', 'f', 'reject', '[]', '', 'x', '{token}',"
                f" '{at}')"
            )
        for name, outcome, decided in (("i", "waiting", "NULL"), ("j", "upheld", f"'{last}'")):
            run(
                "INSERT INTO appeals (id, inspection, fingerprint, note, at, outcome, decided_at)"
                f" VALUES ('{name}', '{name}', 'f', '', '{later}', '{outcome}', {decided})"
            )
    engine.dispose()
    ledger = Ledger.open(url)
    with ledger.read() as session:
        people = {one.id: one.person for one in session.query(Review)}
        contests = {one.inspection: one.contests for one in session.query(Appeal)}
        barred = [(one.inspection, one.person) for one in session.query(Barred)]
    ledger.close()
    # By her log-in, by a token of her name, and by a token of nobody's.
    assert people == {"r": "w", "q": "n", "p": "u"}
    assert contests == {"i": "r", "j": "q"}
    assert barred == [("i", "w")]
