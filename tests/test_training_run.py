"""The whole way, on photos drawn here: train, resume, evaluate, export, start again from the release."""

import argparse
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import ubora
from datasets.manifest import DatasetCard, Defect, Manifest, Sample, read_manifest, sample_id, write_manifest
from datasets.taxonomy import Split, Taxonomy
from models.bundle import WEIGHTS, read_bundle
from models.inspector import Inspector
from models.verdict import decide
from training.checkpoint import LAST, RunError, read_checkpoint
from training.evaluate import evaluate
from training.job import Job, TrainingError, open_run, settle
from training.network import Network
from training.recalibration import scalings_of
from training.scoring import Trained, open_judge, score
from training.thresholds import Policy
from training.train import configure

CARD = DatasetCard(
    name="drawn",
    taxonomy=Taxonomy(defects=("scratch", "pit", "bent"), materials=("brass", "horn"), categories=("ring",)),
)
LIVELY = (
    "augment.rotate_degrees=30",
    "augment.zoom=0.1",
    "augment.light=0.1",
    "augment.noise=0.01",
    "augment.jpeg_quality=80",
    "augment.shadow=0.2",
)


def draw(folder: Path, number: int, split: Split) -> Sample:
    """A disc on a bench: every third scratched, every third pitted; rings across it are its variance."""
    random = np.random.default_rng(number)
    photo = np.full((96, 96, 3), 60, np.uint8) + random.integers(0, 20, (96, 96, 3), np.uint8)
    piece, mark = np.zeros((96, 96), np.uint8), np.zeros((96, 96), np.uint8)
    centre = (int(random.integers(40, 56)), int(random.integers(40, 56)))
    cv2.circle(piece, centre, 32, 255, -1)
    photo[piece > 0] = photo[piece > 0] // 4 + np.array([150, 130, 90], np.uint8)
    level = 1 + number % 5
    for ring in range(level - 1):
        cv2.circle(photo, centre, 8 + 6 * ring, (120, 100, 60), 1)
    kind = (None, "scratch", "pit")[number % 3]
    spot = (centre[0] + int(random.integers(-12, 12)), centre[1] + int(random.integers(-12, 12)))
    if kind == "scratch":
        cv2.line(mark, spot, (spot[0] + 12, spot[1] + 6), 255, 3)
        photo[mark > 0] = 250
    elif kind == "pit":
        cv2.circle(mark, spot, 4, 255, -1)
        photo[mark > 0] = 10
    stem = f"{split}-{number}"
    cv2.imwrite(str(folder / f"{stem}.png"), photo)
    cv2.imwrite(str(folder / f"{stem}-piece.png"), piece)
    if kind is not None:
        cv2.imwrite(str(folder / f"{stem}-mark.png"), mark)
    return Sample(
        file_name=f"{stem}.png",
        sample_id=sample_id((folder / f"{stem}.png").read_bytes()),
        piece_id=stem,
        design=f"d{number % 2}",
        material="brass" if number % 2 else "horn",
        defects=() if kind is None else (Defect(name=kind, mask=f"{stem}-mark.png"),),
        piece_mask=f"{stem}-piece.png",
        variance=level,
        photo_faults=(),
        split=split,
        source="captured",
    )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    splits: tuple[Split, ...] = ("train",) * 24 + ("val",) * 9 + ("test",) * 9
    samples = [draw(folder, number, split) for number, split in enumerate(splits)]
    write_manifest(Manifest(folder, CARD, samples))
    return folder


def command(*words: object) -> int:
    return ubora.main([str(word) for word in words])


def settled(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args([str(word) for word in words])


def started(*words: object) -> tuple[Job, Network]:
    """A run's folder, and the network it would train."""
    job, network, _ = settle(settled(*words))
    open_run(job)
    return job, network


@pytest.fixture(scope="module")
def trained(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt the drawn photos."""
    out = tmp_path_factory.mktemp("runs") / "learnt"
    words = ("--recipe", "tiny", "--epochs", 40, "--set", "patience=40")
    assert command("train", "run", drawn, *words, "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def released(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    releases = tmp_path_factory.mktemp("releases")
    assert command("train", "export", trained, "--name", "drawn-1", "--releases", releases) == 0
    return releases / "drawn-1"


def _rewritten(folder: Path, to: Path, change: Callable[[Sample], Sample]) -> Path:
    manifest = read_manifest(folder)
    for name in {name for sample in manifest for name in sample.files()}:
        (to / name).write_bytes((folder / name).read_bytes())
    write_manifest(Manifest(to, manifest.card, [change(sample) for sample in manifest]))
    return to


def test_a_dataset_without_a_val_split_is_refused(drawn: Path, tmp_path: Path) -> None:
    folder = _rewritten(drawn, tmp_path, lambda s: s.model_copy(update={"split": "train"}))
    with pytest.raises(TrainingError, match="no photo in the val split"):
        settle(settled(folder, "--recipe", "tiny", "--out", tmp_path / "run"))


def test_a_defect_that_the_recipe_has_no_class_for_is_refused(drawn: Path, tmp_path: Path) -> None:
    words = ("--recipe", "tiny", "--set", "classes=['scratch']", "--out", tmp_path / "run")
    with pytest.raises(TrainingError, match="defect 'pit' is not in the recipe's classes"):
        settle(settled(drawn, *words))


def test_a_folder_that_holds_a_run_is_not_written_over(drawn: Path, tmp_path: Path) -> None:
    words = (drawn, "--recipe", "tiny", "--out", tmp_path / "run")
    started(*words)
    with pytest.raises(RunError, match="holds a run already"):
        started(*words)


def test_weights_are_recorded_by_name_and_hash_never_by_path(drawn: Path, tmp_path: Path) -> None:
    words = ("--recipe", "tiny", "--out")
    _, network = started(drawn, *words, tmp_path / "first")
    file = tmp_path / "backbone.pth"
    torch.save(network.backbone.state_dict(), file)
    job, again = started(drawn, *words, tmp_path / "second", "--weights", file)
    assert job.recipe.weights == "backbone.pth"
    assert job.recipe.weights_sha256 is not None
    assert str(tmp_path) not in (tmp_path / "second" / "recipe.toml").read_text()
    assert all(map(torch.equal, network.backbone.state_dict().values(), again.backbone.state_dict().values()))


@pytest.mark.slow
def test_two_epochs_and_two_resumed_are_bit_equal_to_four(drawn: Path, tmp_path: Path) -> None:
    words = ["--recipe", "tiny"] + [word for knob in LIVELY for word in ("--set", knob)]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert command("train", "run", drawn, *words, "--out", whole) == 0
    assert command("train", "run", drawn, *words, "--out", parts, "--until", 2) == 0
    assert read_checkpoint(parts / LAST).progress.epoch == 2
    np.random.default_rng().random()
    torch.manual_seed(99)
    assert command("train", "run", drawn, "--resume", parts) == 0
    one, two = read_checkpoint(whole / LAST), read_checkpoint(parts / LAST)
    assert one.progress == two.progress
    assert one.metrics == two.metrics
    assert list(one.weights) == list(two.weights)
    assert all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    states = [checkpoint.optimizer["state"] for checkpoint in (one, two)]
    assert all(torch.equal(states[0][i]["exp_avg_sq"], states[1][i]["exp_avg_sq"]) for i in states[0])


@pytest.mark.slow
def test_a_worker_process_changes_no_weight(drawn: Path, tmp_path: Path) -> None:
    words = ["--recipe", "tiny", "--epochs", "1"] + [word for knob in LIVELY for word in ("--set", knob)]
    for workers in (0, 2):
        out = tmp_path / str(workers)
        assert command("train", "run", drawn, *words, "--set", f"workers={workers}", "--out", out) == 0
    alone, helped = (read_checkpoint(tmp_path / str(workers) / LAST).weights for workers in (0, 2))
    assert all(torch.equal(alone[name], helped[name]) for name in alone)


@pytest.mark.slow
def test_a_resume_with_other_data_or_another_recipe_is_refused(
    trained: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _rewritten(drawn, tmp_path, lambda s: s.model_copy(update={"variance": 1}))
    assert command("train", "run", other, "--resume", trained) == 1
    assert "a resume needs the same data" in capsys.readouterr().err
    assert command("train", "run", drawn, "--resume", trained, "--set", "batch=4") == 1
    assert "a resume needs the same recipe" in capsys.readouterr().err


@pytest.mark.slow
def test_a_loss_that_is_not_a_number_stops_the_run_and_says_what_to_try(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--recipe", "tiny", "--set", "head_lr=1e30", "--set", "clip_norm=1e30")
    assert command("train", "run", drawn, *words, "--out", tmp_path / "run") == 1
    said = capsys.readouterr().err
    assert "the loss is not a number in epoch" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_tiny_network_learns_drawn_defects_by_heart(trained: Path, drawn: Path) -> None:
    # The last weights, not those that suit the validation photos best.
    checkpoint = read_checkpoint(trained / LAST)
    judge = Trained(checkpoint.network(), "last")
    seen = read_manifest(drawn).split("train")
    policy = Policy(dict.fromkeys(judge.classes, 0.5), checkpoint.recipe.gate)
    figures = evaluate(list(score(judge, seen)), seen, judge.classes, policy)
    assert figures["map"] > 0.95
    assert figures["any_defect"]["auroc"]["value"] > 0.95
    assert figures["classes"]["bent"]["ap"] is None


@pytest.mark.slow
def test_an_exported_run_answers_as_the_trained_network(trained: Path, released: Path, drawn: Path) -> None:
    record = Inspector.load(released).record
    assert record.parity.max_abs_logit <= 1e-3
    assert record.parity.same_verdicts == 1.0
    served, run = open_judge(str(released)), open_judge(str(trained))
    for sample in read_manifest(drawn).split("test"):
        data = (drawn / sample.file_name).read_bytes()
        ours, theirs = run.predict(data), served.predict(data)
        # A bundle's scores are the network's, made probabilities.
        scores = {n: float(scale.apply(np.array(ours.scores[n]))) for n, scale in scalings_of(record).items()}
        assert scores == pytest.approx(theirs.scores, abs=1e-3)
        assert ours.variance == pytest.approx(theirs.variance, abs=1e-3)
        assert Policy.of(record).outcome(replace(ours, scores=scores)) == decide(theirs, record).outcome


@pytest.mark.slow
def test_a_release_says_what_it_is_and_what_it_cannot_promise(released: Path) -> None:
    record = read_bundle(released)
    assert record.class_names() == CARD.taxonomy.defects
    assert record.calibration.sentence.startswith("not certifiable")
    assert not record.calibration.certifiable
    # Of "bent" there was no photo, so nothing can be flagged for it.
    assert [d.name for d in record.defects if d.threshold == 1.0] == ["bent"]
    assert record.metrics["split"] == "test"
    text = (released / "CARD.md").read_text()
    assert text.startswith("---\nlicense:")
    assert "never flagged: bent" in text
    assert str(Path.home()) not in json.dumps(record.model_dump(mode="json"))


@pytest.mark.slow
def test_evaluate_prints_a_table_and_writes_every_figure(
    trained: Path, released: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for judged in (trained, released):
        file = tmp_path / f"{judged.name}.json"
        assert command("train", "evaluate", judged, drawn, "--json", file) == 0
        table = capsys.readouterr().out
        assert "mean AP" in table
        assert "escape" in table
        figures = json.loads(file.read_text())
        assert figures["judged"] == 9
        assert set(figures["by_material"]) == {"brass", "horn"}
        assert set(figures["by_variance"]) == {"1-2", "3", "4-5"}
        assert figures["variance"]["n"] == 9


@pytest.mark.slow
def test_a_run_from_a_release_keeps_the_heads_of_classes_both_know(
    released: Path, drawn: Path, tmp_path: Path
) -> None:
    words = ("--recipe", "tiny", "--set", "classes=['pit', 'dust', 'scratch']", "--set", "pyramid_width=32")
    job, network = started(drawn, *words, "--from", released, "--out", tmp_path / "next")
    # The release's network, whatever the recipe asks for; the old heads under their new places.
    assert job.spec.pyramid_width == 16
    environment = json.loads((tmp_path / "next" / "environment.json").read_text())
    assert environment["weights"] == "2 of 3 classes from drawn-1; new: dust; left behind: bent"
    old = load_file(released / WEIGHTS)["heatmap_head.weight"]
    pit, scratch = CARD.taxonomy.defects.index("pit"), CARD.taxonomy.defects.index("scratch")
    assert torch.equal(network.heatmap_head.weight[0], old[pit])
    assert torch.equal(network.heatmap_head.weight[2], old[scratch])


def test_eight_bits_are_released_only_where_the_verdicts_stay(
    released: Path, drawn: Path, tmp_path: Path
) -> None:
    releases, found = tmp_path / "releases", tmp_path / "found.json"
    shutil.copytree(released.parent, releases)
    done = command(
        "train", "quantize", released.name, drawn, "--name", "small", "--json", found, "--releases", releases
    )
    figures = json.loads(found.read_text(encoding="utf-8"))
    assert figures["photos"] == 9
    assert figures["bytes"] < figures["bytes_before"]
    same = figures["same_verdicts"] >= 0.99
    assert (done == 0, (releases / "small").exists()) == (same, same)
    if same:
        small = Inspector.load(releases / "small")
        assert small.record.parity.same_verdicts == figures["same_verdicts"]
