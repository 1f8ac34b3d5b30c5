"""Datasets are joined whole, or not at all."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.parts.photos import jpeg
from tests.parts.served import DARK_BLUE, drawn
from ubora.command import main
from ubora.datasets.manifest import (
    DatasetCard,
    Defect,
    Manifest,
    Sample,
    read_manifest,
    sample_id,
    write_manifest,
)
from ubora.datasets.taxonomy import JEWELRY, Split, Taxonomy


def _dataset(root: Path, *pieces: str, split: Split = "train", taxonomy: Taxonomy = JEWELRY) -> Path:
    """A photo of each piece, with a mask."""
    (root / "photos").mkdir(parents=True)
    samples = []
    for piece in pieces:
        data = jpeg(drawn(DARK_BLUE, seed=sum(piece.encode())))
        (root / f"photos/{piece}.jpg").write_bytes(data)
        cv2.imwrite(str(root / f"photos/{piece}.png"), np.full((240, 320), 255, np.uint8))
        samples.append(
            Sample(
                file_name=f"photos/{piece}.jpg",
                sample_id=sample_id(data),
                piece_id=piece,
                defects=(Defect(name=taxonomy.defects[0], mask=f"photos/{piece}.png"),),
                split=split,
                source="captured",
            )
        )
    card = DatasetCard(
        name=root.name, description=f"of {root.name}", licence="CC0-1.0", source="captured", taxonomy=taxonomy
    )
    write_manifest(Manifest(root, card, samples))
    return root


def _join(tmp_path: Path, *roots: Path) -> int:
    return main(["data", "join", *(str(root) for root in roots), "--out", str(tmp_path / "joined")])


def test_every_photo_arrives_with_its_mask_and_what_was_said_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    march = _dataset(tmp_path / "march", "a", "b")
    april = _dataset(tmp_path / "april", "c", split="val")
    assert _join(tmp_path, march, april) == 0
    assert "joined: 3 photos of 3 pieces from 2 datasets" in capsys.readouterr().out
    joined = read_manifest(tmp_path / "joined")
    assert joined.samples == (*read_manifest(march), *read_manifest(april))
    for root in (march, april):
        for file in (root / "photos").iterdir():
            assert (tmp_path / "joined/photos" / file.name).read_bytes() == file.read_bytes()
    assert joined.card.description == "Joined: march, april. of march of april"
    assert (joined.card.name, joined.card.licence, joined.card.source) == ("joined", "CC0-1.0", "captured")


def test_what_contradicts_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    march = _dataset(tmp_path / "march", "a", "b")
    fewer = Taxonomy(defects=("crack",), materials=JEWELRY.materials, categories=JEWELRY.categories)
    other = _dataset(tmp_path / "other", "c", taxonomy=fewer)
    same = _dataset(tmp_path / "same", "b")
    renamed = shutil.copytree(same, tmp_path / "renamed")
    (renamed / "photos").rename(renamed / "pictures")
    lines = renamed / "metadata.jsonl"
    lines.write_text(lines.read_text().replace("photos/", "pictures/"))
    redrawn = shutil.copytree(same, tmp_path / "redrawn")
    cv2.imwrite(str(redrawn / "photos/b.png"), np.zeros((240, 320), np.uint8))
    moved = _dataset(tmp_path / "moved", "bb", split="val")
    lines = moved / "metadata.jsonl"
    lines.write_text(lines.read_text().replace('"piece_id":"bb"', '"piece_id":"b"'))
    for second, said in (
        (other, "other/dataset.json: defects crack; "),
        (renamed, "pictures/b.jpg: the same photo as "),
        (redrawn, "b.png has the same name and other bytes"),
        (moved, "piece b is in val; in train in "),
    ):
        assert _join(tmp_path, march, second) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / "joined").exists()
    (tmp_path / "joined").mkdir()
    (tmp_path / "joined/notes.txt").write_text("mine")
    assert _join(tmp_path, march) == 1
    assert "joined: has files already; expected a new or empty folder" in capsys.readouterr().err
