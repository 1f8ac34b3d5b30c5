"""What a training photo is held against: good photos of other pieces of its design, or nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.learning.ringed_discs import ringed_discs
from ubora.datasets.manifest import Defect, Manifest, Sample, read_manifest, sample_id
from ubora.models.inference.bank import MOST_CELLS
from ubora.training.data.banks import CELLS_A_PHOTO, MOST_PHOTOS, Banks, Candidates, may_stand
from ubora.training.data.photos import PhotoDataset
from ubora.training.network import Network, NetworkSpec
from ubora.training.recipe import read_recipe

SIZE = 4


def _sample(name: str, **facts: Any) -> Sample:
    values: dict[str, Any] = {"piece_id": name, "design": "d", "defects": (), "source": "captured"} | facts
    return Sample(file_name=f"{name}.jpg", sample_id=sample_id(name.encode()), **values)


def _banks(pieces: int = 8, cells: int = 10, versions: int = 2, **knobs: Any) -> Banks:
    """Every piece offers `cells` rows; they hold its number, and which version they are of."""
    samples = [_sample(f"p{number}") for number in range(pieces)]
    offered = [
        (
            f"p{number}",
            [torch.tensor([[number, version, 0, 0]] * cells).half() for version in range(versions)],
        )
        for number in range(pieces)
    ]
    return Banks(samples, {"d": offered}, SIZE, **knobs)


def _pieces(bank: Tensor) -> set[int]:
    return {int(number) for number in bank[:, 0].tolist()}


def _drawn(banks: Banks, epochs: Iterable[int], index: int = 0) -> list[Tensor]:
    return [banks.draw(epoch, torch.tensor([index]))[0] for epoch in epochs]


def test_a_photo_is_never_held_against_its_own_piece() -> None:
    for index in range(8):
        drawn = _drawn(_banks(), range(40), index)
        assert set.union(*map(_pieces, drawn)) == set(range(8)) - {index}


def test_another_photo_of_the_same_piece_is_its_own_piece_too() -> None:
    banks = _banks()
    banks.samples = [_sample("again", piece_id="p3")]
    assert 3 not in set.union(*map(_pieces, _drawn(banks, range(40))))


def test_as_many_photos_stand_for_a_design_as_one_may_have() -> None:
    drawn = _drawn(_banks(pieces=12), range(120))
    assert {len(_pieces(bank)) for bank in drawn} == set(range(1, MOST_PHOTOS + 1))
    # With few to choose from, all of them at most.
    assert {len(_pieces(bank)) for bank in _drawn(_banks(pieces=3), range(60))} == {1, 2}


def test_each_photo_stands_there_in_one_of_its_versions() -> None:
    drawn = _drawn(_banks(), range(60))
    assert {version for bank in drawn for version in bank[:, 1].tolist()} == {0, 1}
    assert all(len(_rows(bank)) == len(_pieces(bank)) for bank in drawn)


def test_a_share_of_the_photos_is_compared_with_nothing() -> None:
    banks = _banks(alone_share=0.25)
    alone = [len(bank) == 0 for bank in _drawn(banks, range(400))]
    assert 0.18 < sum(alone) / 400 < 0.32
    assert all(len(bank) for bank in _drawn(_banks(), range(100)))
    assert not any(len(bank) for bank in _drawn(_banks(alone_share=1.0), range(20)))


def test_a_design_of_one_piece_and_a_photo_of_no_design_are_compared_with_nothing() -> None:
    banks = _banks(pieces=1)
    banks.samples = [_sample("p0"), _sample("x", design="other"), _sample("y", design=None)]
    for bank in banks.draw(0, torch.tensor([0, 1, 2])):
        assert bank.shape == (0, SIZE)


def test_a_bank_is_a_function_of_seed_epoch_and_photo() -> None:
    banks, again = _banks(seed=3), _banks(seed=3)
    torch.manual_seed(17)
    for epoch in range(5):
        one, two = (b.draw(epoch, torch.tensor([1, 4, 6])) for b in (banks, again))
        assert all(map(torch.equal, one, two))
        # Whichever photos stand beside it in the batch.
        assert torch.equal(again.draw(epoch, torch.tensor([6]))[0], one[2])
    drawn = [_drawn(banks, range(12)), _drawn(_banks(seed=4), range(12)), _drawn(banks, range(12), 1)]
    assert len({tuple(sorted(_pieces(bank))) for bank in drawn[0]}) > 1
    assert any(not torch.equal(a, b) for a, b in zip(drawn[0], drawn[1], strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(drawn[0], drawn[2], strict=True))


def test_a_bank_holds_no_more_cells_than_one_of_a_release() -> None:
    for bank in _drawn(_banks(cells=CELLS_A_PHOTO), range(20)):
        assert len(bank) == min(MOST_CELLS, CELLS_A_PHOTO * len(_pieces(bank)))
        assert bank.dtype == torch.float32
    several = [b for b in _drawn(_banks(cells=CELLS_A_PHOTO), range(40)) if len(b) == MOST_CELLS]
    # What is left out is drawn, not the last photo.
    assert max(len(_pieces(bank)) for bank in several) == MOST_PHOTOS


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"defects": (Defect(name="scratch"),)}, id="defective"),
        pytest.param({"defects": None}, id="not labelled"),
        pytest.param({"photo_faults": ("blur",)}, id="a bad photo"),
        pytest.param({"design": None}, id="of no design"),
    ],
)
def test_only_good_photos_of_clean_pieces_stand_for_a_design(facts: dict[str, Any]) -> None:
    assert may_stand(_sample("good"))
    assert not may_stand(_sample("other", **facts))


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return read_manifest(ringed_discs(tmp_path_factory.mktemp("discs")))


def _network(manifest: Manifest) -> Network:
    spec = NetworkSpec.of(
        read_recipe("tiny"), manifest.card.taxonomy.defects, piece=True, variance=True
    ).model_copy(update={"input_size": 256})
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(spec)


def _candidates(manifest: Manifest, network: Network) -> Candidates:
    return Candidates(PhotoDataset(manifest, network.spec), manifest)


def test_of_a_set_every_clean_piece_is_described_by_the_cells_that_show_it(discs: Manifest) -> None:
    train = discs.split("train")
    network = _network(discs)
    banks = Banks.of([_candidates(train, network)], network, seed=0, alone_share=0.0)
    clean = {
        design: {s.piece_id for s in train if s.defects == () and s.design == design}
        for design in ("d0", "d1")
    }
    assert {design: {piece for piece, _ in own} for design, own in banks.offered.items()} == clean
    for _, (cells,) in banks.offered["d0"]:
        # A disc of radius 32 in 96 px covers a third of 32 x 32 cells.
        assert 300 < len(cells) < 400
        assert cells.shape[1] == network.spec.descriptor_size
        assert torch.isfinite(cells).all()


def test_photos_of_a_second_set_stand_for_its_designs_and_are_numbered_after_the_first(
    discs: Manifest,
) -> None:
    network = _network(discs)
    val = discs.split("val")
    renamed = [s.model_copy(update={"design": f"kept-{s.design}"}) for s in val]
    kept = Manifest(val.root, val.card, renamed)
    train = discs.split("train")
    banks = Banks.of(
        [_candidates(train, network), _candidates(kept, network)], network, seed=0, alone_share=0.0
    )
    assert set(banks.offered) == {"d0", "d1", "kept-d0", "kept-d1"}
    assert [s.design for s in banks.samples[len(train) :]] == [s.design for s in renamed]
    first, second = banks.draw(0, torch.tensor([1, len(train) + 1]))
    own, other = (
        torch.cat([cells for _, versions in banks.offered[design] for cells in versions])
        for design in ("d1", "kept-d1")
    )
    assert _rows(first) <= _rows(own)
    assert _rows(second) <= _rows(other)


def test_photos_to_be_checked_are_held_against_all_approved_photos_of_their_design(discs: Manifest) -> None:
    network = _network(discs)
    chosen = [s for s in discs.split("train") if s.defects == () and s.design == "d0"][:2]
    approved = Manifest(discs.root, discs.card, chosen)
    check = discs.split("val")
    banks = Banks.of_approved(_candidates(approved, network), check, network)
    expected = _rows(torch.cat([cells for _, versions in banks.offered["d0"] for cells in versions]))
    for index, sample in enumerate(check):
        (bank,) = banks.draw(0, torch.tensor([index]))
        assert _rows(bank) == (expected if sample.design == "d0" else set())


def _rows(cells: Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in cells.float().tolist()}


def test_a_set_whose_pieces_are_all_outlined_needs_no_network_to_tell_where_they_are(
    discs: Manifest, tmp_path: Path
) -> None:
    network = _network(discs)
    train = discs.split("train")
    assert not _candidates(train, network).unoutlined()
    bare = [s.model_copy(update={"piece_mask": None}) for s in train]
    assert _candidates(Manifest(train.root, train.card, bare), network).unoutlined()
    # A defective one is never offered.
    spoiled = [b if b.defects else s for b, s in zip(bare, train, strict=True)]
    assert not _candidates(Manifest(train.root, train.card, spoiled), network).unoutlined()
