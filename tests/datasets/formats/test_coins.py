"""Coins come in as clean, outlined pieces of jewelry's own list, split by the photograph they come from."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ubora.datasets.formats.command import import_dataset
from ubora.datasets.manifest import ManifestError
from ubora.datasets.masks import read_mask
from ubora.datasets.taxonomy import JEWELRY


@pytest.fixture
def coins(tmp_path: Path) -> Path:
    """Three photographs with four crops each."""
    root = tmp_path / "coins"
    (root / "photos").mkdir(parents=True)
    (root / "masks").mkdir()
    lines = ["file,source"]
    for number in range(12):
        photo = np.full((80, 96, 3), 40 + 10 * number, np.uint8)
        disc = np.zeros((80, 96), np.uint8)
        cv2.circle(disc, (48, 40), 20 + number, 255, -1)
        photo[disc > 0] = (60, 160, 200)
        cv2.imwrite(str(root / "photos" / f"crop_{number}.jpg"), photo)
        cv2.imwrite(str(root / "masks" / f"crop_{number}.png"), disc)
        lines.append(f"crop_{number}.jpg,photograph_{number // 4}.jpg")
    (root / "coins.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def test_coins_are_clean_outlined_pieces_of_jewelrys_list(coins: Path, tmp_path: Path) -> None:
    manifest = import_dataset("coins", coins, tmp_path / "out")
    assert (len(manifest), manifest.card.taxonomy) == (12, JEWELRY)
    assert all(s.defects == () and s.design is None and s.source == "public" for s in manifest)
    third = next(s for s in manifest if s.piece_id == "coin-crop_3")
    assert third.piece_mask is not None
    found = read_mask(manifest.path(third.piece_mask), (80, 96))
    expected = cv2.imread(str(coins / "masks" / "crop_3.png"), cv2.IMREAD_GRAYSCALE)
    assert expected is not None
    assert np.array_equal(found, np.asarray(expected) > 127)


def test_crops_of_one_photograph_stand_on_one_side_of_the_split(coins: Path, tmp_path: Path) -> None:
    manifest = import_dataset("coins", coins, tmp_path / "out")
    sides: dict[int, set[str | None]] = {}
    for sample in manifest:
        sides.setdefault(int(sample.piece_id.rsplit("_", 1)[1]) // 4, set()).add(sample.split)
    assert [len(side) for side in sides.values()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("head", "expected file,source"),
        ("line", "coins.csv:3: expected a file and the photograph"),
        ("mask", "crop_5.png: not a readable mask"),
        ("list", "no coins.csv"),
    ],
)
def test_what_is_wrong_with_a_coins_folder_is_said_and_nothing_is_left(
    coins: Path, tmp_path: Path, broken: str, said: str
) -> None:
    listed = coins / "coins.csv"
    lines = listed.read_text(encoding="utf-8").splitlines()
    if broken == "head":
        lines[0] = "photo,coin"
    if broken == "line":
        lines[2] = "crop_1.jpg"
    if broken == "mask":
        (coins / "masks" / "crop_5.png").unlink()
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if broken == "list":
        listed.unlink()
    with pytest.raises(ManifestError, match=said):
        import_dataset("coins", coins, tmp_path / "out")
    assert not (tmp_path / "out").exists()
