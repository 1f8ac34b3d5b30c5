"""`ubora inspect --save`: a picture a photo with heat, marks and verdict, under a name of its own.

`ubora model show`: a table, which a release that lacks figures has too.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import ROOT
from ubora.command import main
from ubora.models.bundle import read_bundle
from ubora.models.marked import COLOURS, LARGEST_PX, SMALLEST_PX
from ubora.models.registry.release_table import WIDTH, shown
from ubora.models.registry.releases import RELEASES, release_folder

SAMPLE = ROOT / "datasets/sample/photos"
FLAGGED = SAMPLE / "r11-00031-2detail.webp"


def _near(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """Pixels of about that colour."""
    away = np.abs(np.asarray(picture.convert("RGB")).astype(int) - colour).max(axis=2)
    return int((away < 40).sum())


def test_a_flagged_photo_is_written_with_its_mark_its_heat_and_its_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(FLAGGED), "--json", "--save", str(tmp_path / "new/marked")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["saved"] == str(tmp_path / "new/marked/r11-00031-2detail-marked.jpg")
    marked = Image.open(answer["saved"]).convert("RGB")
    with Image.open(FLAGGED) as photo:
        bare = photo.convert("RGB").resize((marked.width, round(marked.width * photo.height / photo.width)))
    colour = COLOURS[answer["findings"][0]["severity"]]
    assert _near(marked, colour) > 200 + _near(bare, colour)
    assert marked.height > bare.height + 30  # the verdict, below
    changed = np.abs(np.asarray(marked.crop((0, 0, *bare.size))).astype(int) - np.asarray(bare)).max(axis=2)
    assert 0.005 < float((changed > 60).mean()) < 0.5


def test_no_picture_is_written_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same name in two folders, the same stem of two kinds, a second run, a file of the user's own."""
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        Image.open(FLAGGED).convert("RGB").save(tmp_path / place / "1.jpg")
    Image.open(FLAGGED).convert("RGB").save(tmp_path / "a/1.png")
    out = tmp_path / "a"  # beside the photos themselves
    (out / "1-marked.jpg").write_bytes(b"mine")
    photos = [str(tmp_path / name) for name in ("a/1.jpg", "b/1.jpg", "a/1.png")]
    before = {name: Path(name).read_bytes() for name in photos}
    for _ in range(2):
        assert main(["inspect", *photos, "--save", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    written = [line.rsplit(" → ", 1)[1] for line in lines]
    assert [Path(name).name for name in written] == [f"1-marked-{number}.jpg" for number in range(2, 8)]
    assert (out / "1-marked.jpg").read_bytes() == b"mine"
    assert {name: Path(name).read_bytes() for name in photos} == before


@pytest.mark.parametrize("size", [(80, 64), (1500, 90), (3000, 4000)])
def test_small_wide_and_large_photos_can_be_read_too(size: tuple[int, int], tmp_path: Path) -> None:
    Image.open(FLAGGED).convert("RGB").resize(size).save(tmp_path / "p.png")
    assert main(["inspect", str(tmp_path / "p.png"), "--save", str(tmp_path)]) == 0
    with Image.open(tmp_path / "p-marked.jpg") as marked:
        assert SMALLEST_PX <= max(marked.size) <= LARGEST_PX + 200


def test_a_photo_that_cannot_be_opened_leaves_no_picture(tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_bytes(b"no photo")
    assert main(["inspect", str(tmp_path / "no.jpg"), "--save", str(tmp_path / "out")]) == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_release_is_shown_as_a_table_and_whole_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "show", "champion"]) == 0
    out = capsys.readouterr().out
    record = read_bundle(release_folder(RELEASES, "champion"))
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "{" not in out
    for name in record.class_names():
        assert f"\n{name} " in out
    escape = record.metrics["decisions"]["escape"]
    assert f"{escape['found']} of {escape['of']}" in out
    assert main(["model", "show", "champion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == record.model_dump(mode="json")


def test_a_release_without_figures_is_shown_all_the_same() -> None:
    record = read_bundle(release_folder(RELEASES, "champion"))
    kinds: tuple[dict[str, Any], ...] = (
        {},
        {"classes": {}, "variance": None},
        {"decisions": {"escape": {"value": None}}},
    )
    for metrics in kinds:
        lines = shown(record.model_copy(update={"metrics": metrics}))
        assert len(lines) > len(record.defects)
