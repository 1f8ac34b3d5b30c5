"""Harvest: reviewed photos become a dataset folder that training reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OWN, Town, clean, dark, tarnished
from ubora.command import main
from ubora.datasets.manifest import Sample, read_manifest, sample_id
from ubora.datasets.splits import split_of
from ubora.service.harvests.harvest import HarvestError, harvest


def _send(town: Town, photo: bytes, piece: str, *more: bytes, **context: Any) -> str:
    return str(town.send(photo, *more, lot="L", piece=piece, **context).json()["id"])


def _by_piece(samples: tuple[Sample, ...]) -> dict[str, Sample]:
    return {sample.piece_id.split("/")[-1]: sample for sample in samples}


def test_what_people_decided_comes_back_as_labels(town: Town, tmp_path: Path) -> None:
    box = [80.0, 60.0, 50.0, 50.0]
    town.review(
        _send(town, tarnished(1), "corrected"),
        "rework",
        defects=[{"photo": 0, "defect": "dent", "severity": "major", "box": box}],
        variance=4,
    )
    town.review(_send(town, tarnished(2), "false-flag"), "accept")
    town.review(_send(town, tarnished(3), "confirmed"), "reject")
    town.review(_send(town, clean(4), "missed"), "reject")
    town.review(_send(town, clean(5), "looked-clean"), "rework", defects=[])
    _send(town, tarnished(6), "pending")
    _send(town, dark(7), "retake")

    out = tmp_path / "harvest"
    harvest(town.settings, out)
    manifest = read_manifest(out)
    found = _by_piece(manifest.samples)
    assert set(found) == {"corrected", "false-flag", "confirmed", "missed", "looked-clean"}
    (dent,) = found["corrected"].defects or ()
    assert (dent.name, dent.severity, dent.box, found["corrected"].variance) == (
        "dent",
        "major",
        tuple(box),
        4,
    )
    assert (found["false-flag"].defects, found["false-flag"].variance) == ((), None)
    (tarnish,) = found["confirmed"].defects or ()
    assert (tarnish.name, tarnish.severity, tarnish.box) == ("tarnish", "minor", None)
    # Rejected, and nobody said what for: not "clean".
    assert found["missed"].defects is None
    assert found["looked-clean"].defects == ()


def test_a_sample_says_where_it_comes_from_and_its_bytes_are_those_that_were_inspected(
    town: Town, tmp_path: Path
) -> None:
    answer = town.send(
        tarnished(), design="disc", piece="7", lot="L", views=["back"], taken_at="2026-11-01T08:00:00Z"
    ).json()
    town.review(answer["id"], "accept")
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    assert (sample.microfactory, sample.design, sample.material, sample.category) == (
        OWN,
        "disc",
        "brass",
        "pendant",
    )
    assert (sample.stage, sample.view, sample.source, sample.reviewed_by) == (
        "raw",
        "back",
        "reviewed",
        "reviewer",
    )
    assert sample.captured_at is not None
    assert sample.captured_at.isoformat() == "2026-11-01T08:00:00+00:00"
    assert sample.split == split_of(sample.piece_id)
    served = town.client("artisan").get(answer["photos"][0]["photo_url"]).content
    harvested = (tmp_path / "out" / sample.file_name).read_bytes()
    assert harvested == served
    assert sample.sample_id == sample_id(served)


def test_each_photo_of_a_piece_gets_its_own_labels_and_all_the_same_split(town: Town, tmp_path: Path) -> None:
    inspection = _send(town, clean(), "two", tarnished(), views=["front", "back"])
    town.review(inspection, "rework", defects=[{"photo": 1, "defect": "tarnish"}])
    harvest(town.settings, tmp_path / "out")
    front, back = read_manifest(tmp_path / "out")
    assert [sorted(sample.defect_names()) for sample in (front, back)] == [[], ["tarnish"]]
    assert front.split == back.split


def test_only_the_latest_review_counts(town: Town, tmp_path: Path) -> None:
    inspection = _send(town, tarnished(), "1")
    town.review(inspection, "reject")
    town.review(inspection, "accept")
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    assert sample.defects == ()


def test_a_photo_reviewed_in_two_inspections_is_one_sample_as_last_reviewed(
    town: Town, tmp_path: Path
) -> None:
    first, second = _send(town, tarnished(), "1"), _send(town, tarnished(), "2")
    town.review(second, "reject")
    town.review(first, "accept")
    harvest(town.settings, tmp_path / "out")
    (sample,) = read_manifest(tmp_path / "out")
    assert (sample.piece_id.split("/")[-1], sample.defects) == ("1", ())


def test_the_command_counts_filters_and_never_overwrites(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.review(_send(town, tarnished(), "1"), "reject")
    out, ledger = str(tmp_path / "out"), town.ledger_options
    assert main(["harvest", "--out", out, *ledger, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["photos"], counts["pieces"], counts["defects"]) == (1, 1, {"tarnish": 1})
    assert main(["harvest", "--out", out, *ledger]) == 1
    assert "not empty" in capsys.readouterr().err
    for wanted in (["--release", "other"], ["--since", "2999-01-01"]):
        assert main(["harvest", "--out", out + "-2", *ledger, *wanted]) == 1
        assert "nothing was reviewed" in capsys.readouterr().err
    assert not Path(out + "-2").exists()


def test_an_altered_photo_is_not_harvested(town: Town, tmp_path: Path) -> None:
    town.review(_send(town, tarnished(), "1"), "reject")
    (photo,) = (town.settings.data / "photos").rglob("*.jpg")
    photo.write_bytes(photo.read_bytes()[:-2] + b"\0\0")
    with pytest.raises(HarvestError, match="altered"):
        harvest(town.settings, tmp_path / "out")
    # No half dataset stands in the way of the next try.
    assert not (tmp_path / "out").exists()
