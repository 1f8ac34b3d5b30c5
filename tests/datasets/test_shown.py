"""How much of a defect shows: by contrast, by size, and by how large the piece lies in the photo."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ubora.datasets.manifest import (
    DatasetCard,
    Defect,
    Manifest,
    Sample,
    read_manifest,
    sample_id,
    write_manifest,
)
from ubora.datasets.shown import AROUND, LOOK_PX, VISIBLE_FROM, only_faint, shown_of

SIDE = 400


def plate(brighter: int = 0, side: int = 20) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A grey photo with a square of another grey, and the square."""
    photo = np.full((SIDE, SIDE, 3), 120, np.uint8)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[100 : 100 + side, 100 : 100 + side] = True
    photo[mask] += np.uint8(brighter)
    return photo, mask


PIECE = np.zeros((SIDE, SIDE), bool)
PIECE[50:350, 80:300] = True


def test_a_defect_shows_as_much_as_it_is_large_and_strong() -> None:
    twin, _ = plate()
    weak, mask = plate(40)
    strong, _ = plate(80)
    wide, wide_mask = plate(40, 40)
    assert shown_of(twin, twin, mask, PIECE) == 0
    assert 0 < shown_of(weak, twin, mask, PIECE) < shown_of(strong, twin, mask, PIECE)
    assert shown_of(wide, twin, wide_mask, PIECE) > 3 * shown_of(weak, twin, mask, PIECE)


def test_it_is_the_area_in_the_look_times_the_distance_of_the_colours() -> None:
    # 120 and 160 of grey lie 15.5 apart in CIELAB lightness (50.4 and 65.9), 10.5 beyond noise.
    twin, _ = plate()
    photo, mask = plate(40, 100)
    scale = LOOK_PX / (AROUND * 300)
    assert shown_of(photo, twin, mask, PIECE) == pytest.approx(10.5 * (100 * scale) ** 2, rel=0.08)


def test_what_the_camera_does_to_every_pixel_does_not_show() -> None:
    random = np.random.default_rng(0)
    twin, mask = plate()
    noisy = (twin + random.normal(0, 4, twin.shape)).clip(0, 255).astype(np.uint8)
    assert shown_of(noisy, twin, mask, PIECE) < 0.05 * VISIBLE_FROM


def test_a_set_keeps_how_much_shows_and_one_that_never_said_stays_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"photo")

    def written(*defects: Defect) -> Manifest:
        sample = Sample(
            file_name="a.png", sample_id=sample_id(b"photo"), piece_id="a", defects=defects, source="rendered"
        )
        write_manifest(Manifest(tmp_path, DatasetCard(name="one"), [sample]))
        return read_manifest(tmp_path)

    silent = written(Defect(name="scratch"))
    assert b"shown" not in (tmp_path / "metadata.jsonl").read_bytes()
    assert "shown" not in silent.samples[0].model_dump_json()
    told = written(Defect(name="scratch", shown=599.0), Defect(name="pit", shown=600.0))
    assert [defect.shown for defect in told.samples[0].defects or ()] == [599.0, 600.0]
    assert not only_faint(told.samples[0])
    assert only_faint(written(Defect(name="scratch", shown=599.0)).samples[0])
    assert told.fingerprint() != silent.fingerprint()
