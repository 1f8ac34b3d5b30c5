"""Two processes learn what one does."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests import ROOT
from tests.datasets.varied_dataset import varied_dataset
from ubora.training.data.sampler import PhotoSampler
from ubora.training.loop.checkpoint import LAST, read_checkpoint

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
FEW_STEPS = """
import sys
from pathlib import Path
import torch
from ubora.training.loop.sources import Sources
from ubora.training.loop.job import settle
from ubora.training.loop.options import TrainOptions
from ubora.training.loop.ranks import joined
from ubora.training.train import trainer_of
from dataclasses import replace

folder, out = sys.argv[1:3]
torch.set_num_threads(1)
with joined(cuda=False) as ranks:
    job, network, _ = settle(TrainOptions(Path(folder), recipe="tiny", overrides=("batch=8",)), ranks)
    trainer = trainer_of(job, network)
    # In float64 rounding is no excuse.
    trainer.network.double()
    # Plain steps show the gradients themselves; Adam's first ones show little more than their signs.
    trainer = replace(trainer, optimizer=torch.optim.SGD(network.parameters(), lr=0.01))
    feed = Sources(job, network, None)
    banks = feed.banks(network)
    network.freeze("none")
    said = [
        trainer.step(batch, [bank.double() for bank in banks.draw(0, batch.index)]) for batch in feed.epoch(0)
    ]
    torch.save({"said": said, "weights": network.state_dict()}, f"{out}-{ranks.rank}.pt")
"""


def ended(words: tuple[object, ...]) -> None:
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("length", [16, 17, 18, 19])
def test_the_parts_of_a_batch_are_the_batch(length: int) -> None:
    whole = list(PhotoSampler(length, 8, 0, shuffled=True))
    parts = [list(PhotoSampler(length, 8, 0, shuffled=True, part=(rank, 2))) for rank in range(2)]
    assert [sorted(one + two) for one, two in zip(*parts, strict=True)] == [sorted(batch) for batch in whole]
    assert all(part for rank in parts for part in rank)


@pytest.mark.slow
def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    # Labels are missing here and there, so that means over halves would not be the mean over the whole.
    varied_dataset(tmp_path / "set", photos=60)
    script = tmp_path / "few_steps.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{FEW_STEPS}")
    ended((sys.executable, script, tmp_path / "set", tmp_path / "one"))
    ended((*TORCHRUN, script, tmp_path / "set", tmp_path / "two"))
    one, first, second = (
        torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("one-0", "two-0", "two-1")
    )
    assert first["said"] == second["said"]
    assert len(one["said"]) == len(first["said"]) > 1
    for alone, shared in zip(one["said"], first["said"], strict=True):
        assert shared == pytest.approx(alone, rel=1e-6)
    assert all(map(torch.equal, first["weights"].values(), second["weights"].values()))
    assert furthest(one["weights"], first["weights"]) < 1e-9


def furthest(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


@pytest.mark.slow
@pytest.mark.parametrize("freeze", ["none", "all"])
def test_torchrun_trains_and_resumes_bit_equal_and_writes_once(tmp_path: Path, freeze: str) -> None:
    varied_dataset(tmp_path / "set", photos=40)
    words = ("-m", "ubora", "train", "run", tmp_path / "set", "--features", tmp_path / "features")
    recipe = ("--recipe", "tiny", "--epochs", 2, "--set", f"freeze={freeze}")
    ended((*TORCHRUN, *words, *recipe, "--out", tmp_path / "whole"))
    ended((*TORCHRUN, *words, *recipe, "--out", tmp_path / "parts", "--until", 1))
    ended((*TORCHRUN, *words, "--resume", tmp_path / "parts"))
    one, two = read_checkpoint(tmp_path / "whole" / LAST), read_checkpoint(tmp_path / "parts" / LAST)
    assert one.progress == two.progress
    assert all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    assert len((tmp_path / "whole" / "log.jsonl").read_text().splitlines()) == 2
