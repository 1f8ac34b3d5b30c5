"""A photo and its clean twin stand beside each other and are seen alike."""

from pathlib import Path

import cv2
import numpy as np

from tests.parts.photos import drawn_piece
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample, sample_id
from ubora.datasets.shown import VISIBLE_FROM
from ubora.datasets.taxonomy import Taxonomy
from ubora.training.augment.phone import Augmenter
from ubora.training.data.photos import PhotoDataset
from ubora.training.data.sampler import Kin, PhotoSampler, scenes_of
from ubora.training.network import NetworkSpec
from ubora.training.recipe import read_recipe

SPEC = NetworkSpec(classes=("scratch",), piece=True, variance=True, input_size=128, first_look=64)
CARD = DatasetCard(
    name="drawn", taxonomy=Taxonomy(defects=SPEC.classes, materials=("brass",), categories=("ring",))
)


def _twins(root: Path) -> Manifest:
    """A dark line on a disc, the disc without it, and another disc whose file is called clean by chance."""
    photo, piece, _ = drawn_piece(2, size=160)
    spoiled, line = photo.copy(), np.zeros((160, 160), np.uint8)
    cv2.line(line, (70, 80), (90, 80), 255, 3)
    spoiled[line > 0] = 0
    other, other_piece, _ = drawn_piece(5, size=160)
    for name, array in {
        "front.png": spoiled[..., ::-1],
        "front-clean.png": photo[..., ::-1],
        "ring-clean.png": other[..., ::-1],
        "line.png": line,
        "piece.png": piece,
        "other.png": other_piece,
    }.items():
        cv2.imwrite(str(root / name), array)
    samples = [
        Sample(
            file_name=name,
            sample_id=sample_id((root / name).read_bytes()),
            piece_id="ring" if name.startswith("ring") else "front",
            defects=defects,
            piece_mask="other.png" if name.startswith("ring") else "piece.png",
            source="rendered",
        )
        for name, defects in (
            ("front-clean.png", ()),
            ("front.png", (Defect(name="scratch", mask="line.png"),)),
            ("ring-clean.png", ()),
        )
    ]
    return Manifest(root, CARD, samples)


def test_twins_are_seen_alike_and_the_defect_is_all_that_tells_them_apart(tmp_path: Path) -> None:
    manifest = _twins(tmp_path)
    assert scenes_of(manifest) == [1, 1, 2]
    photos = PhotoDataset(manifest, SPEC, augmenter=Augmenter(read_recipe("jewelry").augment))
    seen = []
    for epoch in range(12):
        clean, spoiled = photos[epoch, 0], photos[epoch, 1]
        differs = np.abs(clean["photos"].astype(int) - spoiled["photos"]).max(2) > 60
        assert np.array_equal(clean["piece"], spoiled["piece"])
        if spoiled["labels"][0]:
            cells = cv2.dilate(spoiled["cells"][0], np.ones((5, 5), np.uint8))
            on = cv2.resize(cells, differs.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
            seen.append(bool(differs[on].any()))
            assert differs[~on].mean() < 0.02  # JPEG's blocks and shadows aside
    assert sum(seen) > 6
    assert not np.array_equal(photos[0, 0]["photos"], photos[1, 0]["photos"])


def test_a_photo_stands_beside_its_clean_twin() -> None:
    kin = [Kin(f"design-{i % 3}", f"piece-{i // 2}", scene=i - i % 2) for i in range(24)]
    places = [index for batch in PhotoSampler(24, 6, seed=1, shuffled=True, kin=kin) for _, index in batch]
    assert sorted(places) == list(range(24))
    assert all(abs(places.index(i) - places.index(i + 1)) == 1 for i in range(0, 24, 2))


def test_where_a_defect_is_that_nobody_sees_nothing_is_taught(tmp_path: Path) -> None:
    manifest = _twins(tmp_path)
    clean, scratched, other = manifest.samples
    assert scratched.defects is not None
    faint = tuple(d.model_copy(update={"shown": VISIBLE_FROM - 1}) for d in scratched.defects)
    seen = tuple(d.model_copy(update={"shown": VISIBLE_FROM}) for d in scratched.defects)
    samples = [clean, scratched.model_copy(update={"defects": faint}), other]
    photos = PhotoDataset(Manifest(tmp_path, CARD, samples), SPEC)
    target, before = photos[(0, 1)], PhotoDataset(manifest, SPEC)[(0, 1)]
    line = before["cells"][0] > 0
    assert line.any()
    assert (target["cells_known"][0] == ~line).all()
    assert not target["cells"].any()
    assert (target["labels"].tolist(), target["labels_known"].tolist()) == ([0.0], [False])
    samples[1] = scratched.model_copy(update={"defects": seen})
    same = PhotoDataset(Manifest(tmp_path, CARD, samples), SPEC)[(0, 1)]
    assert all((same[name] == before[name]).all() for name in before)
