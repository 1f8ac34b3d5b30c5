"""A ledger of before the queue has in it what waited, as the code would have kept it."""

from pathlib import Path

from sqlalchemy import select

from tests.service.storage.migrating import made_by
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import Inspection, Waiting, WaitingDefect
from ubora.service.ledger.waiting import KINDS, note_waiting


def test_a_ledger_of_before_the_queue_has_in_it_what_waited(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = made_by(url, "0010")
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
    ledger = Ledger.open(url)
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
