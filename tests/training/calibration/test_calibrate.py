"""`ubora train calibrate` on a real bundle and a real run: what it writes, leaves alone and refuses."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.parts.photos import drawn_dataset, jpeg
from tests.parts.tiny_bundle import write_tiny_bundle
from ubora.command import main
from ubora.datasets.manifest import (
    DatasetCard,
    Defect,
    Manifest,
    Sample,
    read_manifest,
    sample_id,
    write_manifest,
)
from ubora.datasets.taxonomy import Split
from ubora.models.bundle import read_bundle
from ubora.models.evidence import read_evidence
from ubora.models.inference.inspector import Inspector
from ubora.models.thresholds import plain
from ubora.training.calibration.record import CALIBRATION, CalibrationError, read_calibration, unseen
from ubora.training.loop.checkpoint import BEST, Checkpoint, Progress, read_checkpoint, write_checkpoint
from ubora.training.network import Network, NetworkSpec
from ubora.training.recipe import read_recipe

PIECES = 70


def _bangle(number: int, *, tarnished: bool) -> bytes:
    """A brass square on white; tarnish is the dark red that the tiny bundle knows, more or less of it."""
    random = np.random.default_rng(number)
    photo = np.full((128, 128, 3), 235, np.uint8)
    photo[28:100, 28:100] = (200, 170, 90)
    red = (140, 10, 10) if tarnished else (200, 150 - int(random.integers(0, 90)), 90)
    cv2.rectangle(photo, (48, 48), (79, 79), red, -1)
    noisy = np.clip(photo + random.normal(0, 4, photo.shape), 0, 255)
    return jpeg(noisy)


@pytest.fixture(scope="module")
def bangles(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Photos that the tiny bundle can judge: half of the pieces are tarnished, most in the val split.

    They are of one design, for which one of the others stands.
    """
    root = tmp_path_factory.mktemp("bangles")
    (root / "photos").mkdir()
    samples = []
    for number in range(2 * PIECES):
        tarnished = number % 2 == 1
        data = _bangle(number, tarnished=tarnished)
        (root / f"photos/{number}.jpg").write_bytes(data)
        split: Split = "test" if number >= 2 * PIECES - 10 else "val"
        samples.append(
            Sample(
                file_name=f"photos/{number}.jpg",
                sample_id=sample_id(data),
                piece_id=f"piece-{number}",
                design="mara",
                approved_sample=True if number == 2 * PIECES - 2 else None,
                defects=(Defect(name="tarnish"),) if tarnished else (),
                split=split,
                source="captured",
            )
        )
    manifest = Manifest(root, DatasetCard(name="bangles"), samples)
    write_manifest(manifest)
    return read_manifest(root)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_release_calibrated_anew_is_another_release_and_the_old_one_stays(
    bangles: Manifest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    releases = tmp_path / "releases"
    write_tiny_bundle(releases / "tiny-1")
    before = _bytes(releases / "tiny-1")
    words = [
        "train",
        "calibrate",
        "tiny-1",
        str(bangles.root),
        "--name",
        "ours-1",
        "--releases",
        str(releases),
    ]
    assert main(words) == 0
    assert _bytes(releases / "tiny-1") == before
    new = Inspector.load(releases / "ours-1").record
    assert new.files["model.onnx"] == read_bundle(releases / "tiny-1").files["model.onnx"]
    assert new.calibration.recalibrated_from == "tiny-1"
    assert (new.calibration.dataset, new.calibration.split) == ("bangles", "val")
    assert new.calibration.sentence == (
        "misses at most 5% of defective pieces, 95% confidence, from 65 defective pieces (0 missed)"
    )
    evidence = read_evidence(releases / "ours-1", new)
    assert evidence is not None
    counted = evidence.beside(0).counted(plain(new))
    assert (counted.missed, counted.defective) == (new.calibration.missed, new.calibration.defective)
    assert new.metrics["split"] == "test"
    assert new.metrics["decisions"]["escape"]["found"] == 0
    assert new.approved is not None
    assert (new.approved.pieces, new.approved.wrong_caught) == (65, None)
    card = (releases / "ours-1" / "CARD.md").read_text(encoding="utf-8")
    assert f"a piece farther than {new.approved.max_distance:.2f}" in card
    assert "Misses at most 5% of defective pieces" in card
    assert "# A tiny network for tests" in card
    assert "← chosen" in capsys.readouterr().out
    assert main(words) == 1


def test_what_a_bundle_serves_is_what_was_calibrated(bangles: Manifest, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    write_tiny_bundle(releases / "tiny-1")
    words = ["train", "calibrate", "tiny-1", str(bangles.root), "--releases", str(releases)]
    assert main([*words, "--name", "ours-1", "--json", str(tmp_path / "figures.json")]) == 0
    old, new = (Inspector.load(releases / name) for name in ("tiny-1", "ours-1"))
    classes = json.loads((tmp_path / "figures.json").read_text())["classes"]
    flagged = 0
    for sample in list(bangles)[::7]:
        data = bangles.path(sample.file_name).read_bytes()
        scores, scaled = old.inspect(data).scores, new.inspect(data).scores
        for defect in new.record.defects:
            expected = scores[defect.name] >= classes[defect.name]["threshold"]
            assert (scaled[defect.name] >= defect.threshold) == expected
            flagged += expected
    assert flagged == sum(bool(s.defects) for s in list(bangles)[::7])


def test_without_a_name_nothing_is_written(bangles: Manifest, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    write_tiny_bundle(releases / "tiny-1")
    assert main(["train", "calibrate", "tiny-1", str(bangles.root), "--releases", str(releases)]) == 0
    assert [path.name for path in releases.iterdir()] == ["tiny-1"]


def test_the_simulation_says_how_often_its_promise_was_exceeded(
    bangles: Manifest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_bundle(tmp_path / "tiny-1")
    words = ["train", "calibrate", "tiny-1", str(bangles.root), "--releases", str(tmp_path)]
    assert main([*words, "--simulate", "50", "--json", "-"]) == 0
    simulated = json.loads(capsys.readouterr().out)["simulated"]
    assert (simulated["rounds"], simulated["certified"], simulated["wrong"]) == (50, 50, 0)


@pytest.fixture(scope="module")
def drawn_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A run's folder with a network that has learnt nothing, and its dataset."""
    manifest = drawn_dataset(tmp_path_factory.mktemp("drawn") / "discs", 40)
    recipe = read_recipe("tiny", ["classes=['scratch']"])
    torch.manual_seed(0)
    spec = NetworkSpec.of(recipe, ("scratch",), piece=True, variance=True)
    folder = tmp_path_factory.mktemp("runs") / "first"
    folder.mkdir()
    checkpoint = Checkpoint(
        spec=spec,
        recipe=recipe,
        fingerprint=manifest.fingerprint(),
        progress=Progress(epoch=1, best_epoch=1),
        weights=Network(spec).state_dict(),
        optimizer={},
        metrics={},
    )
    write_checkpoint(folder / BEST, checkpoint)
    return folder, manifest


def test_a_run_keeps_what_was_chosen(drawn_run: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder, manifest = drawn_run
    words = [
        "train",
        "calibrate",
        str(folder),
        str(manifest.root),
        "--costs",
        "escape=7",
        "--max-miss",
        "0.2",
    ]
    assert main([*words, "--json", str(tmp_path / "figures.json")]) == 0
    held = read_calibration(folder, read_checkpoint(folder / BEST))
    assert held is not None
    assert held.figures() | {"simulated": None, "score_error_before": None} == json.loads(
        (tmp_path / "figures.json").read_text()
    ) | {"score_error_before": None}
    assert held.target.costs.escape == 7
    assert held.record.max_miss == 0.2
    assert held.record.fingerprint == manifest.fingerprint()


def test_a_calibration_of_other_weights_is_refused(drawn_run: tuple[Path, Manifest]) -> None:
    folder, manifest = drawn_run
    assert main(["train", "calibrate", str(folder), str(manifest.root)]) == 0
    raw = json.loads((folder / CALIBRATION).read_text())
    (folder / CALIBRATION).write_text(json.dumps(raw | {"epoch": 9}))
    with pytest.raises(CalibrationError, match="of the weights of epoch 9, the run's best is epoch 1"):
        read_calibration(folder, read_checkpoint(folder / BEST))
    (folder / CALIBRATION).write_text("{")
    with pytest.raises(CalibrationError, match="not a calibration"):
        read_calibration(folder, read_checkpoint(folder / BEST))


def test_photos_that_were_learnt_from_prove_nothing(drawn_run: tuple[Path, Manifest]) -> None:
    _, manifest = drawn_run
    with pytest.raises(CalibrationError, match="learnt from its train split"):
        unseen(manifest, "train", manifest.fingerprint())
    assert len(unseen(manifest, "train", "0" * 64)) == len(manifest.split("train"))
    with pytest.raises(CalibrationError, match="no photo in the test_designs split"):
        unseen(manifest, "test_designs", manifest.fingerprint())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--name", "mine"], "is a run; `ubora train export` names releases"),
        (["--costs", "joy=3"], "expected name=number"),
    ],
)
def test_wrong_words_are_refused_in_one_line(
    drawn_run: tuple[Path, Manifest],
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, manifest = drawn_run
    assert main(["train", "calibrate", str(folder), str(manifest.root), *words]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_an_export_releases_what_was_chosen(drawn_run: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder, manifest = drawn_run
    assert main(["train", "calibrate", str(folder), str(manifest.root), "--max-miss", "0.3"]) == 0
    held = read_calibration(folder, read_checkpoint(folder / BEST))
    assert held is not None
    words = ["--name", "drawn-1", "--dataset", str(manifest.root), "--releases", str(tmp_path)]
    assert main(["train", "export", str(folder), *words]) == 0
    record = read_bundle(tmp_path / "drawn-1")
    assert record.calibration == held.record
    assert record.calibration.max_miss == 0.3
    defect = record.defects[0]
    assert (defect.slope, defect.offset) == (held.scalings["scratch"].slope, held.scalings["scratch"].offset)
    assert defect.threshold == held.served().thresholds["scratch"]
    assert record.parity.same_verdicts == 1.0
