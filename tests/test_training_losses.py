"""Losses: hand-computed where a hand can, and silent where nobody labelled anything."""

import math

import pytest
import torch

from training.loader import Batch
from training.losses import (
    batch_losses,
    cell_loss,
    contrast_loss,
    corn_loss,
    dice_loss,
    label_loss,
    piece_loss,
)
from training.network import CLOSED, NetworkSpec, Outputs
from training.recipe import LossWeights

SPEC = NetworkSpec(classes=("a", "b", "c"), piece=True, variance=True, input_size=64)


def _batch(*, known: bool) -> Batch:
    return Batch(
        photos=torch.zeros(2, 64, 64, 3, dtype=torch.uint8),
        whole=torch.zeros(2, 0, 0, 3, dtype=torch.uint8),
        whole_piece=torch.zeros(2, 0, 0, dtype=torch.uint8),
        labels=torch.ones(2, 3) if known else torch.zeros(2, 3),
        labels_known=torch.full((2, 3), known),
        cells=torch.full((2, 3, 16, 16), 255 if known else 0, dtype=torch.uint8),
        cells_known=torch.full((2, 3, 16, 16), known),
        piece=torch.zeros(2, 16, 16, dtype=torch.uint8),
        piece_known=torch.full((2,), known),
        variance=torch.tensor([2, 5]) if known else torch.zeros(2, dtype=torch.int64),
        design=torch.zeros(2, dtype=torch.int64) if known else torch.full((2,), -1),
    )


def _outputs() -> Outputs:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, requires_grad=True)

    embedding = torch.nn.functional.normalize(random(2, 8), dim=1)
    return Outputs(random(2, 3), random(2, 3, 16, 16), random(2, 4), random(2, 16, 16), embedding)


def test_every_loss_is_zero_and_has_no_gradient_where_nothing_is_labelled() -> None:
    outputs = _outputs()
    losses = batch_losses(outputs, _batch(known=False), LossWeights(), torch.ones(3), SPEC)
    assert {name: float(loss.detach()) for name, loss in losses.items()} == dict.fromkeys(losses, 0.0)
    torch.autograd.backward(losses["total"])
    assert outputs.heatmap.grad is not None
    assert float(outputs.heatmap.grad.abs().max()) == 0.0


def test_every_loss_teaches_where_all_is_labelled() -> None:
    losses = batch_losses(_outputs(), _batch(known=True), LossWeights(), torch.ones(3), SPEC)
    values = {name: float(loss.detach()) for name, loss in losses.items()}
    assert all(math.isfinite(value) for value in values.values())
    # Two photos of one design have nothing to be told apart from.
    assert [name for name, value in values.items() if value <= 1e-6] == ["embedding"]


def test_a_piece_that_is_not_found_yet_shuts_no_defect_away_from_its_loss() -> None:
    """The map as the network gives it is closed by its own guess; its losses see it behind the true gate."""
    batch = _batch(known=True)
    raw = torch.zeros(2, 3, 16, 16)
    unseen, seen = torch.full((2, 16, 16), -20.0), torch.full((2, 16, 16), 20.0)
    found = [
        batch_losses(
            Outputs(torch.zeros(2, 3), raw + closed, torch.zeros(2, 4), piece, torch.ones(2, 1)),
            batch,
            LossWeights(),
            torch.ones(3),
            SPEC,
        )
        for piece, closed in ((unseen, CLOSED), (seen, 0.0))
    ]
    for name in ("cells", "dice", "labels"):
        assert float(found[0][name]) == pytest.approx(float(found[1][name]), abs=1e-5)


def test_the_bench_beside_the_piece_counts_for_less_than_the_piece() -> None:
    batch = _batch(known=True)
    batch.cells.zero_()
    batch.labels.zero_()
    on, off = torch.zeros(2, 3, 16, 16), torch.zeros(2, 3, 16, 16)
    batch.piece[:, :8] = 255
    on[:, :, :4], off[:, :, 12:] = 4.0, 4.0
    seen = torch.where(batch.piece > 0, 20.0, -20.0)
    costs = []
    for heat in (on, off):
        gated = heat + torch.where(seen[:, None] > 0, 0.0, CLOSED)
        outputs = Outputs(torch.zeros(2, 3), gated, torch.zeros(2, 4), seen, torch.ones(2, 1))
        costs.append(float(batch_losses(outputs, batch, LossWeights(), torch.ones(3), SPEC)["cells"]))
    assert costs[1] < costs[0] / 1.5


def test_the_total_is_the_weighted_sum() -> None:
    weights = LossWeights(cells=2.0, dice=0, labels=0, piece=0, variance=3.0, embedding=0)
    losses = batch_losses(_outputs(), _batch(known=True), weights, torch.ones(3), SPEC)
    cells, variance, total = (float(losses[name].detach()) for name in ("cells", "variance", "total"))
    assert total == pytest.approx(2 * cells + 3 * variance)


def test_corn_agrees_with_a_sum_done_by_hand() -> None:
    logits = torch.tensor([[0.0, 1.0, -1.0, 2.0], [2.0, 0.0, 1.0, -2.0]])
    levels = torch.tensor([2, 5])

    def cost(logit: float, answer: int) -> float:
        return math.log1p(math.exp(-logit if answer else logit))

    # Level 2 answers "above 1?" yes, "above 2?" no, and is asked no further; level 5 answers all yes.
    first = [cost(0.0, 1), cost(1.0, 0)]
    second = [cost(2.0, 1), cost(0.0, 1), cost(1.0, 1), cost(-2.0, 1)]
    assert float(corn_loss(logits, levels)) == pytest.approx(sum(first + second) / 6)


def test_corn_leaves_out_pieces_without_a_level() -> None:
    logits = torch.tensor([[0.3, 1.0, -1.0, 2.0], [9.0, 9.0, 9.0, 9.0]])
    assert float(corn_loss(logits, torch.tensor([3, 0]))) == pytest.approx(
        float(corn_loss(logits[:1], torch.tensor([3])))
    )


def test_an_unknown_label_changes_nothing_of_the_known_ones() -> None:
    logits = torch.tensor([[0.5, 40.0]])
    known = torch.tensor([[True, False]])
    loss = label_loss(logits, torch.tensor([[1.0, 0.0]]), known, torch.ones(2))
    assert float(loss) == pytest.approx(math.log1p(math.exp(-0.5)))


def test_cells_nobody_drew_do_not_count_in_cells_or_overlap() -> None:
    heatmap = torch.full((1, 1, 4, 4), -3.0)
    cells = torch.zeros(1, 1, 4, 4)
    cells[..., :2] = 1.0
    known = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    known[..., :3] = True
    wild = heatmap.clone()
    wild[..., 3] = 50.0
    assert float(cell_loss(wild, cells, known, 2.0)) == float(cell_loss(heatmap, cells, known, 2.0))
    assert float(dice_loss(wild, cells, known)) == float(dice_loss(heatmap, cells, known))


def test_only_masked_pieces_teach_the_piece_head() -> None:
    piece = torch.stack([torch.zeros(4, 4), torch.full((4, 4), 30.0)])
    loss = piece_loss(piece, torch.zeros(2, 4, 4), torch.tensor([True, False]))
    assert float(loss) == pytest.approx(math.log(2))


def test_contrast_falls_when_photos_of_one_design_draw_together() -> None:
    design = torch.tensor([0, 0, 1, -1])
    together = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    apart = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    assert float(contrast_loss(together, design)) < 0.01 < float(contrast_loss(apart, design))
