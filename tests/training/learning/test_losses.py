"""Losses: hand-computed where a hand can, and silent where nobody labelled anything."""

import math

import pytest
import torch

from tests.training.network.making import SPEC as TINY
from ubora.training.data.batch import Batch
from ubora.training.knobs import LossWeights
from ubora.training.loop.losses import (
    Looked,
    batch_losses,
    cell_loss,
    contrast_loss,
    corn_loss,
    label_loss,
    look,
    piece_loss,
    with_any,
)
from ubora.training.network import Network

SPEC = TINY.model_copy(update={"classes": ("a", "b", "c"), "backbone": "mobilenet_v2"})


def _batch(*, known: bool, first: int = 0) -> Batch:
    return Batch(
        photos=torch.zeros(2, 64, 64, 3, dtype=torch.uint8),
        whole=torch.zeros(2, first, first, 3, dtype=torch.uint8),
        whole_piece=torch.zeros(2, first // 4, first // 4, dtype=torch.uint8),
        labels=torch.ones(2, 3) if known else torch.zeros(2, 3),
        labels_known=torch.full((2, 3), known),
        cells=torch.full((2, 3, 8, 8), 255 if known else 0, dtype=torch.uint8),
        cells_known=torch.full((2, 3, 8, 8), known),
        piece=torch.zeros(2, 16, 16, dtype=torch.uint8),
        piece_known=torch.full((2,), known),
        variance=torch.tensor([2, 5]) if known else torch.zeros(2, dtype=torch.int64),
        design=torch.zeros(2, dtype=torch.int64) if known else torch.full((2,), -1),
        index=torch.arange(2),
    )


def _looked(heat: torch.Tensor | None = None, piece: torch.Tensor | None = None, first: int = 0) -> Looked:
    """What a network might say; by chance, but for what is given."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, requires_grad=True)

    said = Looked(
        heat=random(2, 4, 8, 8),
        cover=torch.zeros(2, 8, 8),
        piece=random(2, 16, 16),
        first_piece=random(2, first // 4, first // 4),
        variance=random(2, 4),
        embedding=torch.nn.functional.normalize(random(2, 8), dim=1),
    )
    said = said if heat is None else said._replace(heat=heat)
    return said if piece is None else said._replace(piece=piece)


def _losses(looked: Looked, batch: Batch, weights: LossWeights | None = None) -> dict[str, float]:
    losses = batch_losses(looked, batch, weights or LossWeights(), SPEC)
    return {name: float(loss.detach()) for name, loss in losses.items()}


def test_every_loss_is_zero_and_has_no_gradient_where_nothing_is_labelled() -> None:
    looked, batch = _looked(first=32), _batch(known=False, first=32)
    losses = batch_losses(looked, batch, LossWeights(), SPEC)
    assert {name: float(loss.detach()) for name, loss in losses.items()} == dict.fromkeys(losses, 0.0)
    torch.autograd.backward(losses["total"])
    for said in (looked.heat, looked.piece, looked.first_piece, looked.variance):
        assert said.grad is not None
        assert float(said.grad.abs().max()) == 0.0


def test_every_loss_teaches_where_all_is_labelled() -> None:
    values = _losses(_looked(first=32), _batch(known=True, first=32))
    assert "first_look" in values
    assert all(math.isfinite(value) for value in values.values())
    # Two photos of one design have nothing to be told apart from.
    assert [name for name, value in values.items() if value <= 1e-6] == ["embedding"]


def test_one_class_that_is_shown_is_a_defect_and_none_is_none_where_all_are_known() -> None:
    labels = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    known = torch.tensor([[True, False], [True, True], [True, False], [True, False]])
    values, certain = with_any(labels, known)
    assert values[:, 2].tolist() == [1, 0, 0, 0]
    # The last shows a class that nobody is sure of.
    assert certain[:, 2].tolist() == [True, True, False, False]
    assert torch.equal(values[:, :2], labels)
    assert torch.equal(certain[:, :2], known)


def test_a_piece_that_is_not_found_yet_shuts_no_defect_away_from_its_loss() -> None:
    """Where the truth is known, heat and its losses go by it and not by the network's own guess."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(SPEC).eval()
    batch, banks = _batch(known=True), [torch.zeros(0, 24)] * 2
    batch.piece[:, 4:12, 4:12] = 255
    last = network.encoder.piece_head.last
    assert last.bias is not None
    found, guessed = [], []
    for guess in (-20.0, 20.0):
        with torch.no_grad():
            last.bias.fill_(guess)
        found.append(_losses(look(network, batch, banks), batch))
        guessed.append(look(network, _batch(known=False), banks).heat)
    for name in ("cells", "labels", "any"):
        assert found[0][name] == found[1][name]
    assert found[0]["piece"] != found[1]["piece"]
    # Where nobody said, its guess is all there is.
    assert not torch.allclose(guessed[0], guessed[1])


def test_the_bench_counts_where_the_network_takes_it_for_piece_and_nowhere_else() -> None:
    batch = _batch(known=True)
    batch.cells.zero_()
    batch.labels.zero_()
    batch.piece[:, :8] = 255
    cold, off = torch.full((2, 4, 8, 8), -4.0), torch.full((2, 4, 8, 8), -4.0)
    off[:, :, 6:] = 4.0
    mistaken = torch.zeros(2, 8, 8)
    mistaken[:, 6:] = 1.0
    costs = {
        taken: [_losses(_looked(heat)._replace(cover=cover), batch)["cells"] for heat in (cold, off)]
        for taken, cover in (("for bench", torch.zeros(2, 8, 8)), ("for piece", mistaken))
    }
    assert costs["for bench"][1] == costs["for bench"][0]
    assert costs["for piece"][1] > 10 * costs["for piece"][0]


def test_photos_whose_piece_is_to_be_found_are_looked_at_by_the_networks_own_guess() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(SPEC).eval()
    batch, banks = _batch(known=True), [torch.zeros(0, 24)] * 2
    batch.piece[:, 4:12, 4:12] = 255
    looked = look(network, batch, banks, torch.tensor([True, False]))
    drawn = torch.zeros(8, 8)
    drawn[2:6, 2:6] = 1.0
    assert torch.equal(looked.cover[1], drawn)
    assert not torch.allclose(looked.cover[0], drawn)


def test_heat_far_off_the_piece_costs_a_clean_photo_nothing_in_its_score() -> None:
    batch = _batch(known=True)
    batch.cells.zero_()
    batch.labels.zero_()
    batch.piece[:, :8] = 255
    cold, off = torch.full((2, 4, 8, 8), -4.0), torch.full((2, 4, 8, 8), -4.0)
    off[:, :, 6:] = 3.0
    assert _losses(_looked(off), batch)["labels"] == pytest.approx(_losses(_looked(cold), batch)["labels"])


def test_what_is_missing_lies_where_no_piece_is_and_counts_all_the_same() -> None:
    batch = _batch(known=True)
    batch.cells.zero_()
    batch.piece[:, :8] = 255
    batch.cells[:, :, 6:, :4] = 255
    cold, seen = torch.full((2, 4, 8, 8), -4.0), torch.full((2, 4, 8, 8), -4.0)
    seen[:, :, 6:, :4] = 4.0
    costs = [_losses(_looked(heat), batch) for heat in (cold, seen)]
    for name in ("cells", "labels", "any"):
        assert costs[1][name] < costs[0][name] / 2


def test_the_total_is_the_weighted_sum() -> None:
    weights = LossWeights(cells=2.0, labels=0, any=0, piece=0, variance=3.0, embedding=0)
    losses = _losses(_looked(), _batch(known=True), weights)
    cells, variance, total = (losses[name] for name in ("cells", "variance", "total"))
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
    loss = label_loss(logits, torch.tensor([[1.0, 0.0]]), known)
    assert float(loss) == pytest.approx(math.log1p(math.exp(-0.5)))


def test_cells_nobody_drew_do_not_count() -> None:
    heat = torch.full((1, 1, 4, 4), -3.0)
    cells = torch.zeros(1, 1, 4, 4)
    cells[..., :2] = 1.0
    known = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    known[..., :3] = True
    wild = heat.clone()
    wild[..., 3] = 50.0
    weights = LossWeights()
    assert float(cell_loss(wild, cells, known, weights)) == float(cell_loss(heat, cells, known, weights))


def test_the_rim_of_a_defect_is_neither_defective_nor_clean() -> None:
    cells = torch.zeros(1, 1, 8, 8)
    cells[..., 3:5, 3:5] = 1.0
    cells[..., 5, 3:5] = 0.3  # touched by it
    known = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    heat = torch.full((1, 1, 8, 8), -3.0)
    rim, away = heat.clone(), heat.clone()
    rim[..., 2:7, 2:6] = 3.0
    rim[..., 3:5, 3:5] = -3.0
    away[..., 0, 0] = 3.0
    plain, beside, off = (float(cell_loss(said, cells, known, LossWeights())) for said in (heat, rim, away))
    assert plain == beside < off


def test_a_cells_loss_agrees_with_a_sum_done_by_hand() -> None:
    heat = torch.tensor([[[[0.0, 2.0, -1.0, 0.0]]]])
    cells = torch.tensor([[[[0.0, 0.0, 0.0, 1.0]]]])
    counted = torch.tensor([[[[True, True, False, True]]]])
    weights = LossWeights(focal_gamma=2.0, defective_cell=5.0)

    def cost(logit: float, defective: bool) -> float:
        plain = math.log1p(math.exp(-logit if defective else logit))
        return (1 - math.exp(-plain)) ** 2 * plain * (5 if defective else 1)

    # The third cell is next to the defective one, and was not counted anyway.
    expected = (cost(0.0, False) + cost(2.0, False) + cost(0.0, True)) / 3
    assert float(cell_loss(heat, cells, counted, weights)) == pytest.approx(expected, rel=1e-5)


def test_only_masked_pieces_teach_the_piece_head() -> None:
    piece = torch.stack([torch.zeros(4, 4), torch.full((4, 4), 30.0)])
    loss = piece_loss(piece, torch.zeros(2, 4, 4), torch.tensor([True, False]))
    # Half sure of each of 16 cells, where there is none: an overlap of 1 in 9 by the smoothing alone.
    assert float(loss) == pytest.approx(math.log(2) + 8 / 9)


def test_contrast_falls_when_photos_of_one_design_draw_together() -> None:
    design = torch.tensor([0, 0, 1, -1])
    together = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    apart = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    assert float(contrast_loss(together, design)) < 0.01 < float(contrast_loss(apart, design))
