"""The whole way, on photos drawn here: train, resume, evaluate, export, start again from the release."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.training.learning.ringed_discs import CARD, rewritten, ringed_discs, started
from ubora.command import main
from ubora.datasets.manifest import read_manifest
from ubora.models.bundle import read_bundle
from ubora.models.inference.inspector import Inspector
from ubora.models.record import WEIGHTS
from ubora.models.verdict import decide
from ubora.training.calibration.thresholds import Policy
from ubora.training.evaluation.evaluate import evaluate
from ubora.training.loop.checkpoint import LAST, RECIPE, RunError, read_checkpoint
from ubora.training.release.recalibration import scalings_of
from ubora.training.scoring.predictions import Trained, open_predictor, score

LIVELY = (
    "augment.rotate_degrees=30",
    "augment.zoom=0.1",
    "augment.light=0.1",
    "augment.noise=0.01",
    "augment.jpeg_quality=80",
    "augment.shadow=0.2",
)
TWO_LOOKS = ("first_look=32", "input_size=96")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ringed_discs(tmp_path_factory.mktemp("drawn"))


def command(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def trained(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt the drawn photos."""
    out = tmp_path_factory.mktemp("runs") / "learnt"
    # Small steps are for large networks: at half the rate forty epochs are too few.
    steps = ("--set", "head_lr=1e-2", "--set", "backbone_lr=1e-2")
    words = ("--recipe", "tiny", "--epochs", 40, "--set", "patience=40", "--set", "batch=8", *steps)
    assert command("train", "run", drawn, *words, "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def released(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    releases = tmp_path_factory.mktemp("releases")
    assert command("train", "export", trained, "--name", "drawn-1", "--releases", releases) == 0
    return releases / "drawn-1"


@pytest.mark.slow
def test_two_epochs_and_two_resumed_are_bit_equal_to_four(drawn: Path, tmp_path: Path) -> None:
    knobs = LIVELY + TWO_LOOKS
    words = ["--recipe", "tiny"] + [word for knob in knobs for word in ("--set", knob)]
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
    other = rewritten(drawn, tmp_path, lambda s: s.model_copy(update={"variance": 1}))
    assert command("train", "run", other, "--resume", trained) == 1
    assert "a resume needs the same data" in capsys.readouterr().err
    assert command("train", "run", drawn, "--resume", trained, "--set", "batch=4") == 1
    assert "a resume needs the same recipe" in capsys.readouterr().err
    # What it learnt by a knob that is gone may be judged and released, but not gone on with.
    older = shutil.copytree(trained, tmp_path / "older")
    (older / RECIPE).write_text("draft_share = 0.5\n" + (older / RECIPE).read_text())
    assert command("train", "run", drawn, "--resume", older) == 1
    assert "unknown knob 'draft_share'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_of_another_version_of_the_network_is_refused_in_words(trained: Path, tmp_path: Path) -> None:
    held = torch.load(trained / LAST, weights_only=True)
    name = "comparison.weight_of_before"
    for change, words in (
        ({"weights": held["weights"] | {name: torch.zeros(2)}}, f"{name} is (2,), expected none"),
        ({"weights": dict(list(held["weights"].items())[1:])}, "is not there, expected ("),
        ({"spec": held["spec"] | {"sketches": 3}}, "of another version of the network (sketches: "),
    ):
        torch.save(held | change, tmp_path / LAST)
        with pytest.raises(RunError) as refused:
            read_checkpoint(tmp_path / LAST)
        assert words in str(refused.value)


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
    predictor = Trained(checkpoint.network(), "last")
    seen = read_manifest(drawn).split("train")
    policy = Policy(dict.fromkeys(predictor.classes, 0.5), checkpoint.recipe.gate)
    figures = evaluate(list(score(predictor, seen)), seen, predictor.classes, policy)
    assert figures["map"] > 0.95
    assert figures["any_defect"]["auroc"]["value"] > 0.95
    assert figures["classes"]["bent"]["ap"] is None


@pytest.mark.slow
def test_an_exported_run_answers_as_the_trained_network(trained: Path, released: Path, drawn: Path) -> None:
    record = Inspector.load(released).record
    assert record.parity.max_abs_logit <= 1e-3
    assert record.parity.same_verdicts == 1.0
    served, run = open_predictor(str(released)), open_predictor(str(trained))
    for sample in read_manifest(drawn).split("test"):
        data = (drawn / sample.file_name).read_bytes()
        ours, theirs = run.predict(data), served.predict(data)
        # A bundle's scores are the network's, made probabilities.
        scores = {n: float(scale.apply(np.array(ours.scores[n]))) for n, scale in scalings_of(record).items()}
        assert scores == pytest.approx(theirs.scores, abs=1e-3)
        assert ours.variance == pytest.approx(theirs.variance, abs=1e-3)
        assert Policy.of(record).outcome(replace(ours, scores=scores)) == decide(theirs, record).outcome


@pytest.mark.slow
def test_a_card_tells_what_was_learnt_from_whatever_it_is_judged_by(
    trained: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = rewritten(drawn, tmp_path / "other", lambda s: s.model_copy(update={"variance": 1}))
    card = json.loads((other / "dataset.json").read_text()) | {"name": "judged", "licence": "of the judged"}
    (other / "dataset.json").write_text(json.dumps(card))
    words = ("--dataset", other, "--releases", tmp_path, "--name")
    assert command("train", "export", trained, *words, "judged-elsewhere") == 0
    record = read_bundle(tmp_path / "judged-elsewhere")
    learnt = read_manifest(drawn)
    assert (record.dataset.name, record.dataset.photos) == (CARD.name, len(learnt.split("train")))
    assert record.dataset.fingerprint == learnt.fingerprint()
    assert record.metrics["dataset"] == "judged"
    assert "of the judged" not in (tmp_path / "judged-elsewhere" / "CARD.md").read_text()
    # Where those photos are gone, nobody can say whose they were.
    moved = shutil.copytree(trained, tmp_path / "moved")
    said = json.loads((moved / "environment.json").read_text()) | {"dataset_folder": str(tmp_path / "gone")}
    (moved / "environment.json").write_text(json.dumps(said))
    assert command("train", "export", moved, *words, "never") == 1
    assert "found nothing, expected the dataset that" in capsys.readouterr().err
    assert not (tmp_path / "never").exists()


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
    words = ("--recipe", "tiny", "--set", "classes=['pit', 'dust', 'scratch']", "--set", "piece_width=32")
    job, network = started(drawn, *words, "--from", released, "--out", tmp_path / "next")
    # The release's network, whatever the recipe asks for; the old heads under their new places.
    assert job.spec.piece_width == 16
    environment = json.loads((tmp_path / "next" / "environment.json").read_text())
    assert environment["weights"] == "2 of 3 classes from drawn-1; new: dust; left behind: bent"
    old, leave = load_file(released / WEIGHTS)["comparison.leave.weight"], network.comparison.leave.weight
    pit, scratch = CARD.taxonomy.defects.index("pit"), CARD.taxonomy.defects.index("scratch")
    assert torch.equal(leave[0], old[pit])
    assert torch.equal(leave[2], old[scratch])
    # A defect of any kind is the last of both.
    assert torch.equal(leave[-1], old[-1])
    described = load_file(released / WEIGHTS)["encoder.describe.axes"]
    assert torch.equal(network.encoder.describe.axes, described)
    assert not job.fresh
