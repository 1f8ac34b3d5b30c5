"""Learning from new photos without forgetting the old ones; and in which precision."""

import argparse
import json
import shutil
from pathlib import Path

import pytest
import torch

from tests import ROOT
from tests.datasets.varied_dataset import varied_dataset
from ubora.command import main
from ubora.datasets.manifest import Manifest, write_manifest
from ubora.training.loop.checkpoint import LAST, read_checkpoint
from ubora.training.loop.job import Job, TrainingError, settle
from ubora.training.loop.sources import Sources
from ubora.training.loop.validate import weighed
from ubora.training.network import Network
from ubora.training.train import configure, options_of, trainer_of

SAMPLE = ROOT / "datasets" / "sample"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Manifest]:
    """New photos and old ones; there are fewer of the old."""
    folder = tmp_path_factory.mktemp("sets")
    return varied_dataset(folder / "new", 1, photos=60), varied_dataset(folder / "old", 2, photos=30)


def settled(*words: object) -> tuple[Job, Network]:
    parser = argparse.ArgumentParser()
    configure(parser)
    job, network, _ = settle(options_of(parser.parse_args([str(word) for word in words])))
    return job, network


def _without_defects(manifest: Manifest) -> Path:
    """The same photos, all clean."""
    folder = manifest.root.parent / "clean"
    shutil.copytree(manifest.root, folder)
    clean = [s.model_copy(update={"defects": None if s.defects is None else ()}) for s in manifest]
    write_manifest(Manifest(folder, manifest.card, clean))
    return folder


def command(*words: object) -> int:
    return main([str(word) for word in ("train", "run", *words)])


def test_a_share_of_every_batch_are_old_photos_and_other_ones_each_epoch(
    sets: tuple[Manifest, Manifest],
) -> None:
    new, old = sets
    words = (
        "--recipe",
        "tiny",
        "--set",
        "batch=6",
        "--set",
        "augment.flips=false",
        "--set",
        "keep_share=0.3",
    )
    job, network = settled(new.root, "--keep", old.root, *words)
    feed = Sources(job, network, None)
    plain = [Sources(*settled(root, *words), None) for root in (new.root, old.root)]
    known = [{photo.numpy().tobytes() for b in f.epoch(0) for photo in b.photos} for f in plain]
    drawn = []
    for epoch in range(2):
        batches = list(feed.epoch(epoch))
        assert len(batches) == len(feed) == -(-len(new.split("train")) // 4)
        photos = [[photo.numpy().tobytes() for photo in batch.photos] for batch in batches]
        assert [sum(photo in known[1] for photo in batch) for batch in photos] == [2] * len(feed)
        # Every new photo stands once in an epoch, whatever the old ones do.
        assert sorted(p for b in photos for p in b if p in known[0]) == sorted(known[0])
        drawn.append([p for b in photos for p in b if p in known[1]])
    assert drawn[0] != drawn[1]


@pytest.mark.slow
def test_a_run_that_keeps_reports_both_sets_and_resumes_exactly(
    sets: tuple[Manifest, Manifest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old = sets
    words = ("--recipe", "tiny", "--epochs", 2, "--keep", old.root)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert command(new.root, *words, "--out", whole) == 0
    lines = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    assert all({"loss", "map", "kept_loss", "kept_map"} <= set(line["val"]) for line in lines)
    assert command(new.root, *words, "--out", parts, "--until", 1) == 0
    capsys.readouterr()
    assert command(new.root, "--resume", parts) == 1
    assert "--keep None: fingerprint none, the run learnt from" in capsys.readouterr().err
    assert command(new.root, "--resume", parts, "--keep", old.root) == 0
    one, two = read_checkpoint(whole / LAST), read_checkpoint(parts / LAST)
    assert one.metrics == two.metrics
    assert all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    release = ("train", "export", whole, "--name", "both", "--releases", tmp_path)
    assert main([str(word) for word in release]) == 0
    learnt = len(old.split("train"))
    assert f"in every batch, {learnt} photos" in (tmp_path / "both" / "CARD.md").read_text()


def test_a_set_of_few_photos_does_not_decide_which_epoch_is_best() -> None:
    assert weighed((0.4, 0.8), (100, 100), 0.5) == pytest.approx(0.6)
    assert weighed((0.4, 0.8), (100, 4), 0.5) == pytest.approx(0.4 + 0.4 / 6)
    assert weighed((0.4, 0.8), (100, 100), 0.25) == pytest.approx(0.5)


def test_old_photos_with_a_defect_that_the_run_has_no_class_for_are_refused(
    sets: tuple[Manifest, Manifest],
) -> None:
    new, old = sets
    with pytest.raises(TrainingError, match=r"defect '\w+' is not in the run's classes"):
        settled(
            _without_defects(new), "--keep", old.root, "--recipe", "tiny", "--set", "classes=['verdigris']"
        )


def test_bf16_is_refused_where_the_processor_would_emulate_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (SAMPLE, "--recipe", "tiny", "--device", "cpu", "--set", "precision=bf16")
    monkeypatch.setattr("ubora.training.loop.job.emulates_bf16", lambda device: True)
    with pytest.raises(TrainingError, match=r"precision bf16: .* expected fp32 or auto"):
        settled(*asked)
    monkeypatch.setattr("ubora.training.loop.job.emulates_bf16", lambda device: False)
    assert settled(*asked)[0].recipe.precision == "bf16"


@pytest.mark.slow
def test_a_step_in_bf16_loses_what_one_in_fp32_does_but_for_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    # Slow where it is emulated, but right.
    monkeypatch.setattr("ubora.training.loop.job.emulates_bf16", lambda device: False)
    said = []
    for precision in ("fp32", "bf16", "auto"):
        job, network = settled(
            SAMPLE, "--recipe", "tiny", "--device", "cpu", "--set", f"precision={precision}"
        )
        feed = Sources(job, network, None, decoded=False)
        banks = feed.banks(network)
        network.freeze("none")
        batch = next(feed.epoch(0))
        said.append(trainer_of(job, network).step(batch, banks.draw(0, batch.index)))
    plain, low, auto = said
    assert auto == plain
    assert low["total"] != plain["total"]
    # Photographs, since noise is ill-conditioned. Not the contrast: an untaught network sees all designs
    # nearly alike, and rounding tells them apart.
    for loss in ("cells", "labels", "any", "piece", "variance"):
        assert low[loss] == pytest.approx(plain[loss], rel=0.05)
