"""Channels of the backbone that have stopped answering are counted, and a run that loses them says so."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.ringed_discs import ringed_discs, started
from training.backbone import Backbone, Name
from training.board import Board, Lesson
from training.checkpoint import Progress
from training.dead_channels import Listener


def _photos(size: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand((4, 3, size, size), generator=generator) * 2 - 1


def _backbone(name: Name) -> Backbone:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        # With each batch's own statistics: first weights under norms that know nothing yet let all die away.
        return Backbone(name, width=0.25, padding="same").train()


def _dead_share(backbone: Backbone) -> float | None:
    with Listener(backbone) as heard, torch.no_grad():
        backbone(_photos())
    return heard.dead_share()


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_large", "efficientnet_lite0"])
def test_each_stride_has_layers_of_its_own(name: Name) -> None:
    backbone = _backbone(name)
    layers = [layer for held in backbone.by_stride().values() for layer in held]
    assert layers == list(backbone.features)
    value = _photos()
    for stride, held in backbone.by_stride().items():
        for layer in held:
            value = layer(value)
        assert value.shape[-1] == 64 // stride


@pytest.mark.parametrize("far", [-1e4, 1e4])
def test_channels_driven_out_of_reach_are_dead_at_either_end_of_their_activation(far: float) -> None:
    backbone = _backbone("efficientnet_lite0")
    before = _dead_share(backbone)
    assert before is not None
    assert before < 0.2
    last = backbone.by_stride()[32]
    norms = [m for layer in last for m in layer.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.bias.fill_(far)
    # What only sees constants answers with a constant, so all of these layers are gone.
    after = _dead_share(backbone)
    assert after == 1.0


def test_the_worst_stride_counts_and_not_the_mean_of_all() -> None:
    backbone = _backbone("efficientnet_lite0")
    block = backbone.by_stride()[16][1]
    first = next(m for m in block.modules() if isinstance(m, nn.BatchNorm2d))
    with torch.no_grad():
        first.bias.fill_(-1e4)
    share = _dead_share(backbone)
    assert share is not None
    hidden = sum(
        m.num_features
        for layer in backbone.by_stride()[16]
        for m, after in _with_next(layer)
        if isinstance(after, nn.ReLU6)
    )
    # Behind dead expanded channels the depthwise ones are constants too.
    assert share == pytest.approx(2 * first.num_features / hidden, abs=0.1)


def _with_next(block: nn.Module) -> list[tuple[nn.BatchNorm2d, nn.Module]]:
    flat = [m for m in block.modules() if not list(m.children())]
    return [(a, b) for a, b in pairwise(flat) if isinstance(a, nn.BatchNorm2d)]


def test_nothing_heard_is_no_share_and_the_ears_are_taken_off_again() -> None:
    backbone = _backbone("mobilenet_v3_large")
    with Listener(backbone) as heard:
        pass
    assert heard.dead_share() is None
    with torch.no_grad():
        backbone(_photos())
    assert heard.dead_share() is None


def test_a_run_that_loses_a_stride_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    job, _ = started(ringed_discs(drawn), "--recipe", "tiny", "--out", tmp_path / "run")
    board, lesson = Board(job, 0), Lesson({"total": 1.0}, 1.0, {"backbone": 1e-4}, 10.0, 1.0)
    told = []
    for dead in (None, 0.5, 0.76, 0.9):
        capsys.readouterr()
        board.report(Progress(epoch=1), lesson, {"dead": dead})
        told.append("warning: " in (said := capsys.readouterr().out))
        assert ("warning: 76% of the backbone's" in said) == (dead == 0.76)
    board.close()
    assert told == [False, False, True, False]
