"""The sample as it lies in the repository: held-out designs with their approved samples, unchanged."""

import filecmp
from collections import defaultdict

import pytest

from tests import ROOT
from ubora.datasets.manifest import Manifest, Sample, read_manifest
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import Split

DATASETS = ROOT / "datasets"
SEED = 1


@pytest.fixture(scope="module")
def sample() -> Manifest:
    return read_manifest(DATASETS / "sample")


def test_it_is_small(sample: Manifest) -> None:
    assert sum(path.stat().st_size for path in sample.root.rglob("*") if path.is_file()) < 3_500_000


def test_it_is_taken_from_what_the_rendered_set_holds_out_and_nothing_but_the_split_differs(
    sample: Manifest,
) -> None:
    rendered = read_manifest(DATASETS / "rendered")
    there = {one.sample_id: one for one in rendered}
    for one in sample:
        original = there[one.sample_id]
        assert original.split == "test_designs"
        assert one == original.model_copy(update={"split": one.split})
        for name in one.files():
            assert filecmp.cmp(sample.path(name), rendered.path(name), shallow=False)


def test_it_holds_no_file_that_it_does_not_name(sample: Manifest) -> None:
    named = {sample.path(name) for one in sample for name in one.files()}
    assert named == {path for folder in ("photos", "masks") for path in (sample.root / folder).iterdir()}


def test_its_split_is_what_its_card_says(sample: Manifest) -> None:
    def said(one: Sample) -> Split:
        return "train" if one.approved_sample else split_of(one.piece_id, SEED)

    assert f"--seed {SEED}." in sample.card.description
    assert [one.split for one in sample] == [said(one) for one in sample]


def test_every_design_has_an_approved_sample_of_two_views_and_pieces_of_two_to_four_photos(
    sample: Manifest,
) -> None:
    approved: dict[str | None, list[str | None]] = defaultdict(list)
    pieces: dict[str | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in sample:
        if one.approved_sample:
            approved[one.design].append(one.view)
        else:
            pieces[one.design][one.piece_id] += 1
    assert all(views == ["front", "side"] for views in approved.values())
    assert set(approved) == set(pieces)
    assert all(design is not None and design in sample.card.description for design in approved)
    assert all(len(of_design) >= 3 for of_design in pieces.values())
    assert {count for of_design in pieces.values() for count in of_design.values()} <= {2, 3, 4}


def test_it_shows_clean_pieces_and_defective_ones_and_bad_photos(sample: Manifest) -> None:
    of_piece: dict[str, list[Sample]] = defaultdict(list)
    for one in sample:
        if not one.approved_sample:
            of_piece[one.piece_id].append(one)
    defective = [any(one.defects for one in photos) for photos in of_piece.values()]
    assert len(defective) == 31
    assert defective.count(True) == 20
    bad = {fault for one in sample for fault in one.photo_faults or ()}
    assert bad == {"blur", "dark", "no_piece", "cut_off"}
