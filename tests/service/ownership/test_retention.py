"""Photos and voice notes are kept for some days, where the settings say so; records and counts stay."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OWN, Town, clean, dark, serve, tarnished
from tests.parts.standing import accepted_by_two, comparing_releases, put, show
from tests.service.ownership.deleting import VOICE, counts_are_right
from ubora.datasets.manifest import read_manifest
from ubora.service.harvests.harvest import harvest
from ubora.service.ledger.tables import Appeal, Inspection
from ubora.service.ownership.sweeper import sweep
from ubora.service.settings import Settings
from ubora.service.storage.watch import Watch


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    with serve(tmp_path, releases, keep_photos_days=30, keep_voices_days=10) as running:
        yield running


def aged(town: Town, days: float, *pieces: str) -> None:
    """As if they had come so long ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    with town.state.ledger.write() as session:
        for piece in pieces:
            row = session.get_one(Inspection, piece)
            row.received_at = at
            for appeal in row.appeals:
                session.get_one(Appeal, appeal.number).at = at


def kept(town: Town, piece: str) -> list[str | None]:
    photos = town.client("admin").get(f"/v1/inspections/{piece}").json()["photos"]
    return [one["removed_why"] for one in photos]


def sent(town: Town, photo: bytes, **context: Any) -> str:
    return str(town.send(photo, **context).json()["id"])


def test_what_is_old_and_decided_goes_and_what_waits_is_contested_or_young_stays(
    town: Town, tmp_path: Path
) -> None:
    decided, retake, passed = sent(town, tarnished(1)), sent(town, dark(2)), sent(town, clean(3))
    town.review(decided, "reject")
    waiting, young, contested = sent(town, tarnished(4)), sent(town, clean(5)), sent(town, tarnished(6))
    town.review(contested, "reject")
    said: list[tuple[str, Any]] = [("context", (None, '{"note": "no"}')), ("voice", ("voice", VOICE))]
    path = f"/v1/inspections/{contested}/appeals/{uuid.uuid4()}"
    assert town.client("artisan").put(path, files=said).status_code == 201
    # Of one piece an old photo passed, and its newer one waits.
    old_of_two = sent(town, clean(7), piece="2", lot="L")
    sent(town, tarnished(8), piece="2", lot="L")
    keeps = sent(town, tarnished(9))
    town.review(keeps, "reject")
    aged(town, 31, decided, retake, passed, waiting, contested, old_of_two)
    aged(town, 29, young, keeps)
    rate = town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate?window_days=60").json()

    sweep(town.state, Watch())
    assert [kept(town, one) for one in (decided, retake, passed)] == [["retention"]] * 3
    assert [kept(town, one) for one in (waiting, young, contested, old_of_two, keeps)] == [[None]] * 5
    gone = town.client("artisan").get(f"/v1/inspections/{decided}/photos/0")
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/not-kept")
    assert town.client("artisan").get(f"{path}/voice").status_code == 200
    shown = town.client("artisan").get(f"/v1/inspections/{decided}").json()
    assert (shown["status"], shown["photos"][0]["defects"][0]["defect"]) == ("rejected", "tarnish")
    assert town.client("artisan").get(f"/v1/microfactories/{OWN}/pass-rate?window_days=60").json() == rate
    assert len(list((town.settings.data / "photos").rglob("*.jpg"))) == 6
    line = town.client("admin").get("/v1/audit").json()["items"][0]
    assert (line["action"], line["actor"]) == ("files-expired", "the sweeper")
    assert line["facts"] == {"photos": "3", "voices": "0", "keep_photos_days": "30", "keep_voices_days": "10"}
    done = harvest(town.settings, tmp_path / "harvest")
    assert done.left_out.not_kept == 1
    assert len(read_manifest(tmp_path / "harvest").samples) == 1
    # A sweep with nothing to do tells nothing.
    sweep(town.state, Watch())
    assert town.client("admin").get("/v1/audit").json()["items"][0]["number"] == line["number"]
    # Once it is decided, the voice note goes by its own days, its words stay.
    town.review(contested, "rework", who="admin")
    sweep(town.state, Watch())
    assert town.client("artisan").get(f"{path}/voice").status_code == 410
    assert town.client("reviewer").get(f"/v1/inspections/{contested}").json()["appeal"]["note"] == "no"
    assert kept(town, contested) == ["retention"]


def test_counts_do_not_hang_on_photos(town: Town) -> None:
    piece = sent(town, tarnished(1))
    town.review(piece, "reject")
    sweep(town.state, Watch())
    assert counts_are_right(town)


def test_what_stands_for_a_design_stays(tmp_path: Path) -> None:
    with serve(tmp_path, comparing_releases(tmp_path / "comparing"), keep_photos_days=1) as town:
        show(town, clean(1))
        stands, same = accepted_by_two(town, clean(2)), sent(town, clean(1))
        assert put(town, stands).status_code == 201
        aged(town, 9, stands, same)
        sweep(town.state, Watch())
        assert [kept(town, one) for one in (stands, same)] == [[None], [None]]
        town.client("engineer").delete(f"/v1/designs/disc/accepted/{stands}")
        sweep(town.state, Watch())
        assert kept(town, stands) == ["retention"]


def test_a_clock_that_jumps_ahead_while_it_serves_empties_nothing(town: Town) -> None:
    piece = sent(town, clean(1))
    wall, steady = [1_800_000_000.0], [0.0]
    watch = Watch(wall=lambda: wall[0], steady=lambda: steady[0])
    with town.state.ledger.write() as session:
        session.get_one(Inspection, piece).received_at = datetime.fromtimestamp(wall[0], UTC)
    wall[0] += 365 * 86_400
    sweep(town.state, watch)
    assert kept(town, piece) == [None]
    steady[0] += 365 * 86_400
    sweep(town.state, watch)
    assert kept(town, piece) == ["retention"]


def test_by_default_everything_is_kept(tmp_path: Path, releases: Path) -> None:
    assert (Settings().keep_photos_days, Settings().keep_voices_days) == (None, None)
    days = {"UBORA_KEEP_PHOTOS_DAYS": "365", "UBORA_KEEP_VOICES_DAYS": "90"}
    given = Settings.from_environment(days)
    assert (given.keep_photos_days, given.keep_voices_days) == (365, 90)
    with serve(tmp_path, releases) as town:
        piece = sent(town, clean(1))
        aged(town, 4_000, piece)
        sweep(town.state, Watch())
        assert kept(town, piece) == [None]
        lines = town.client("admin").get("/v1/audit").json()["items"]
        assert "files-expired" not in {line["action"] for line in lines}
