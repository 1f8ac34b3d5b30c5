"""The whole circle by its commands and over HTTP: train, release, serve, review, harvest, retrain, serve."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests import ROOT
from tests.parts.commands import LONGER, done, release
from tests.parts.photos import drawn_dataset, drawn_piece, jpeg
from tests.parts.served import Town, serve, wait_until
from ubora.command import main
from ubora.datasets.manifest import read_manifest
from ubora.models.bundle import read_bundle
from ubora.models.record import GRAPH, MODEL_CARD
from ubora.models.registry.releases import read_aliases
from ubora.training.calibration.scaling import apply
from ubora.training.release.recalibration import scalings_of
from ubora.training.scoring.predictions import Predictor, open_predictor


def _graded_release(dataset: Path, folder: Path, releases: Path, name: str) -> None:
    """Defects learnt from photos, then levels from outlines, then released."""
    plain, graded, outlines = folder / "runs/plain", folder / "runs/graded", folder / "outlines"
    done("train", "run", dataset, "--out", plain, "--releases", releases, "--recipe", "tiny", *LONGER)
    done("data", "outlines", "--out", outlines, "--pieces", 40, "--seed", 5, "--views", 1)
    done("train", "grade", plain, outlines, "--out", graded, "--epochs", 1)
    done("train", "export", graded, "--name", name, "--releases", releases)
    learnt = read_bundle(releases / name).outlines
    assert learnt is not None
    assert 20 < learnt.pieces < 40
    assert (
        f"Variance levels were learnt apart, from {learnt.photos} drawn outlines"
        in (releases / name / MODEL_CARD).read_text()
    )


def _served(town: Town) -> str:
    answer = town.client("reviewer").get("/v1/release")
    return str(answer.json()["name"])


@pytest.mark.slow
def test_what_people_decided_reaches_the_next_network_without_a_restart(tmp_path: Path) -> None:
    dataset, releases = tmp_path / "drawn", tmp_path / "releases"
    drawn_dataset(dataset, pieces=64)
    done("data", "check", dataset)
    _graded_release(dataset, tmp_path, releases, "first")
    done("model", "promote", "first", "--releases", releases)

    with serve(tmp_path, releases) as town:
        assert _served(town) == "first"
        decided = _send_and_decide(town, pieces=30)
        harvest = tmp_path / "harvest"
        done("harvest", "--out", harvest, "--data", town.settings.data)
        done("data", "check", harvest)
        harvested = read_manifest(harvest)
        assert {s.sample_id: s.defect_names() for s in harvested} == decided
        assert {(s.source, s.reviewed_by is not None, s.variance) for s in harvested} == {
            ("reviewed", True, 3)
        }

        release(harvest, tmp_path / "runs/second", releases, "second", "--from", "first", "--set", "epochs=2")
        assert read_bundle(releases / "second").recipe["grade"] == "outline"
        # A few drawn pieces show no margin, so what was compared does not decide here.
        assert main(["model", "promote", "second", "--releases", str(releases)]) == 1
        why = ("--force", "--why", "what people decided is in it")
        done("model", "promote", "second", "--releases", releases, *why)
        wait_until(lambda: _served(town) == "second")

        _spoil(releases, "second", "third")
        assert main(["model", "promote", "third", "--releases", str(releases)]) == 1
        assert read_aliases(releases).champion == "second"
        _point_champion_at(releases, "third")
        wait_until(lambda: "third" in town.client(None).get("/metrics").text or _refused(town))
        assert _served(town) == "second"
        assert town.send(jpeg(drawn_piece(500)[0])).json()["release"] == "second"

        _point_champion_at(releases, "second")
        done("model", "rollback", "--releases", releases)
        wait_until(lambda: _served(town) == "first")


def _send_and_decide(town: Town, pieces: int) -> dict[str, frozenset[str]]:
    """Send pieces and review each as a person who sees the truth; returns it by stored photo."""
    truth: dict[str, frozenset[str]] = {}
    for number in range(100, 100 + pieces):
        scratched = number % 2 == 1
        photo, _, mask = drawn_piece(number, scratched=scratched)
        answer = town.send(jpeg(photo), piece=f"p{number}").json()
        if answer["verdict"] == "retake":
            continue
        box = cv2.boundingRect(mask)
        corrected = [{"photo": 0, "defect": "scratch", "severity": "minor", "box": list(box)}]
        review = town.review(
            answer["id"],
            "rework" if scratched else "accept",
            defects=corrected if scratched else [],
            variance=3,
        )
        assert review.status_code in (200, 201), review.text
        truth[answer["photos"][0]["sha256"]] = frozenset({"scratch"} if scratched else set())
    assert len(truth) >= pieces // 2, "most drawn pieces are good enough photos"
    return truth


def _spoil(releases: Path, good: str, bad: str) -> None:
    """A copy of a release with one threshold changed by hand."""
    shutil.copytree(releases / good, releases / bad)
    path = releases / bad / "bundle.json"
    record = json.loads(path.read_text())
    record["defects"][0]["threshold"] = 0.999
    path.write_text(json.dumps(record))


def _point_champion_at(releases: Path, name: str) -> None:
    """Past every check, as a careless hand would."""
    path = releases / "aliases.json"
    aliases = json.loads(path.read_text())
    path.write_text(json.dumps(aliases | {"champion": name}))


def _refused(town: Town) -> bool:
    return "third" in town.client(None).get("/health/ready").text


@pytest.mark.slow
def test_the_released_network_scores_a_photo_as_the_training_room_does(tmp_path: Path) -> None:
    dataset, releases = tmp_path / "drawn", tmp_path / "releases"
    manifest = drawn_dataset(dataset, pieces=24)
    release(dataset, tmp_path / "run", releases, "one", "--recipe", "tiny")
    photos = [manifest.path(sample.file_name).read_bytes() for sample in manifest]
    scalings = list(scalings_of(read_bundle(releases / "one")).values())
    ours = apply(_scores(open_predictor(str(tmp_path / "run")), photos), scalings)
    theirs = _scores(open_predictor("one", releases), photos)
    assert np.abs(ours - theirs).max() < 1e-3
    assert str(ROOT).encode() not in (releases / "one" / GRAPH).read_bytes()


def _scores(predictor: Predictor, photos: list[bytes]) -> NDArray[np.float64]:
    return np.array([list(predictor.predict(photo).scores.values()) for photo in photos])
