"""One photo, a voice note or a contest's photo is deleted, and the rest of the piece stays."""

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.parts.served import OWN, Town, clean, tarnished
from tests.parts.standing import contest
from tests.service.ownership.deleting import VOICE, contested, counts_are_right, delete, sent
from ubora.service.ledger.tables import (
    Inspection,
    LeavingFile,
    PhotoPrint,
)
from ubora.service.storage.leaving import remove_files


def test_one_photo_goes_and_the_piece_stays(town: Town, tmp_path: Path) -> None:
    piece = sent(town, tarnished(1), clean(2), views=["front", "back"], piece="1", lot="L")
    twin = sent(town, tarnished(1), piece="2", lot="L")
    town.review(piece, "reject")
    before = town.client("artisan").get(f"/v1/inspections/{piece}").json()
    done = delete(town, inspection=piece, photo=1)
    assert (done.json()["photos"], done.json()["same_photo_in"]) == (1, [])
    found = town.client("artisan").get(f"/v1/inspections/{piece}").json()
    assert found["change"] > before["change"]
    assert [one["removed_why"] for one in found["photos"]] == [None, "deleted"]
    for kind in ("photos", "heatmaps"):
        gone = town.client("artisan").get(f"/v1/inspections/{piece}/{kind}/1")
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/not-kept")
        assert town.client("artisan").get(f"/v1/inspections/{piece}/{kind}/0").status_code == 200
    assert delete(town, inspection=piece, photo=1).status_code == 410
    assert delete(town, inspection=piece, photo=2).status_code == 404
    assert counts_are_right(town)
    # By a print it would still be known again, and a sight of it told.
    with town.state.ledger.read() as session:
        kept = session.scalars(select(PhotoPrint.photo_index).where(PhotoPrint.inspection == piece))
        assert set(kept) == {0}
    # The very same photo in another piece was not asked for: it stays, and that is said.
    both = delete(town, inspection=piece, photo=0).json()
    assert both["same_photo_in"] == [twin]
    assert town.client("artisan").get(f"/v1/inspections/{twin}/photos/0").status_code == 200
    # Its outbox sends the piece again: it is there, and its photos stay away.
    names = [one["file"] for one in _archived(town)[0]["photos"]]
    assert names == [None, None]


def _archived(town: Town) -> list[dict[str, Any]]:
    data = town.client("artisan").get(f"/v1/microfactories/{OWN}/archive").content
    found: list[dict[str, Any]] = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("pieces.json"))
    return found


def test_a_voice_note_and_a_contests_photo_go_each_by_itself(town: Town) -> None:
    piece = sent(town, tarnished(1))
    appeal = contested(town, piece)
    path = f"/v1/inspections/{piece}/appeals/{appeal}"
    assert delete(town, inspection=piece, appeal=appeal, part="voice").json()["voices"] == 1
    assert town.client("artisan").get(f"{path}/voice").status_code == 410
    assert town.client("artisan").get(f"{path}/photo").status_code == 200
    shown = town.client("reviewer").get(f"/v1/inspections/{piece}").json()["appeal"]
    assert (shown["voice_url"], shown["note"]) == (None, "it is patina")
    assert shown["voice_removed_at"] is not None
    assert delete(town, inspection=piece, appeal=appeal, part="photo").json()["photos"] == 1
    assert delete(town, inspection=piece, appeal=appeal, part="voice").status_code == 410
    assert not list((town.settings.data / "voices").rglob("*.voice"))
    # It still waits for a person, who says so with the same note again refused.
    town.review(piece, "rework")
    again: list[tuple[str, Any]] = [("context", (None, "{}")), ("voice", ("voice", VOICE))]
    refused = town.client("artisan").put(f"/v1/inspections/{piece}/appeals/{uuid.uuid4()}", files=again)
    assert (refused.status_code, refused.json()["type"]) == (410, "/problems/deleted")


def test_a_file_that_somebody_took_up_again_stays(town: Town) -> None:
    piece = sent(town, tarnished(1))
    with town.state.ledger.write() as session:
        row = session.get_one(Inspection, piece)
        session.add(LeavingFile(kind="photos", sha256=row.photos[0].stored_sha256))
    assert remove_files(town.state.ledger, town.state.store) == 0
    assert town.client("artisan").get(f"/v1/inspections/{piece}/photos/0").status_code == 200


def test_a_contest_elsewhere_is_untouched(town: Town) -> None:
    piece, other = sent(town, tarnished(1)), sent(town, tarnished(2))
    contest(town, other)
    delete(town, inspection=piece)
    assert town.client("reviewer").get(f"/v1/inspections/{other}").json()["appeal"]["outcome"] == "waiting"
