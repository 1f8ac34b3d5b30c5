"""The rendered dataset as it lies in the repository: whole, balanced, held out by piece and by design."""

from collections import defaultdict

import pytest

from tests import ROOT
from ubora.datasets.check.set_check import check_copies, check_pieces, check_splits
from ubora.datasets.independence import measure_independence
from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.pixels import open_mask, open_photo
from ubora.datasets.taxonomy import EVERY_SPLIT, JEWELRY, VARIANCE_LEVELS

RENDERED = ROOT / "datasets/rendered"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest(RENDERED)


def test_its_card_tells_its_fingerprint_and_how_many_photos_there_are(manifest: Manifest) -> None:
    card = (RENDERED / "README.md").read_text(encoding="utf-8")
    assert manifest.fingerprint() in card
    assert f"{len(manifest):,} photos" in card


def test_photos_and_released_weights_are_light_enough_to_be_kept_here() -> None:
    photos = (ROOT / "datasets").rglob("photos/*")
    weights = (ROOT / "models/releases").rglob("*/*")
    assert sum(path.stat().st_size for path in (*photos, *weights)) < 55_000_000


def test_no_piece_and_no_held_out_design_stands_on_two_sides(manifest: Manifest) -> None:
    lines = {sample.file_name: number for number, sample in enumerate(manifest, start=1)}
    assert [p for p in check_splits(manifest, lines) if p.level == "fault"] == []
    assert [p for p in check_pieces(manifest, lines) if p.level == "fault"] == []
    assert [p for p in check_copies(manifest, lines, {}) if p.level == "fault"] == []
    assert {sample.split for sample in manifest} == set(EVERY_SPLIT)


def test_every_class_category_and_level_can_be_learnt_and_is_measured(manifest: Manifest) -> None:
    for split in ("train", "test"):
        part = manifest.split(split)
        assert {name for sample in part for name in sample.defect_names()} == set(JEWELRY.defects)
        assert {sample.category for sample in part} == set(JEWELRY.categories)
        assert {sample.material for sample in part} == set(JEWELRY.materials)
        for defective in (False, True):
            levels = {sample.variance for sample in part if bool(sample.defects) is defective}
            assert set(VARIANCE_LEVELS) <= levels


def test_variance_says_nothing_of_defects(manifest: Manifest) -> None:
    pieces: dict[str, list[bool]] = defaultdict(list)
    levels: dict[str, int] = {}
    for sample in manifest:
        if sample.variance is not None and not sample.approved_sample:
            pieces[sample.piece_id].append(bool(sample.defects))
            levels[sample.piece_id] = sample.variance
    table = [[0, 0] for _ in VARIANCE_LEVELS]
    for piece, found in pieces.items():
        table[levels[piece] - 1][any(found)] += 1
    result = measure_independence([(clean, defective) for clean, defective in table])
    assert result is not None
    assert result.best_p > 0.05


def test_every_design_has_a_clean_approved_sample_of_level_three(manifest: Manifest) -> None:
    approved = [sample for sample in manifest if sample.approved_sample]
    assert all((sample.defects, sample.variance, sample.photo_faults) == ((), 3, ()) for sample in approved)
    assert {sample.design for sample in approved} == {sample.design for sample in manifest}


def test_its_files_are_what_the_manifest_says(manifest: Manifest) -> None:
    for sample in manifest.samples[::40]:
        photo = open_photo(manifest.path(sample.file_name).read_bytes())
        assert (photo.width, photo.height) == (448, 448)
        for name in list(sample.files())[1:]:
            assert open_mask(manifest.path(name).read_bytes()).values_hw.shape == (448, 448)
