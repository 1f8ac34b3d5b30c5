"""Outlines as files, and as they are drawn of pieces."""

from pathlib import Path

import numpy as np
import pytest

from ubora.command import main
from ubora.datasets.outlines import SIDE_PX, OutlineError, Outlines, read_outlines, write_outlines
from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.kept import piece_id
from ubora.datasets.render.outlines import draw_file, outlines_of, silhouette
from ubora.datasets.render.piece import make, stream
from ubora.datasets.render.shapes import Part, plain_skin


def _blocks() -> Outlines:
    """Two pieces: a square of the middle half, and everything."""
    cells = np.zeros((2, SIDE_PX, SIDE_PX), np.uint8)
    cells[0, 44:132, 44:132] = 255
    cells[1] = 255
    return Outlines(
        cells, np.array([2, 5]), np.array(["a", "b"]), np.array(["x", "y"]), np.array(["train", "val"])
    )


def test_outlines_come_back_as_the_share_of_each_cell(tmp_path: Path) -> None:
    write_outlines(tmp_path / "1.npz", _blocks())
    found = read_outlines(tmp_path, cells=8)
    assert found.cells.shape == (2, 8, 8)
    assert found.cells[0, 2:6, 2:6].min() == 255
    assert found.cells[0].sum() == 16 * 255
    assert found.levels.tolist() == [2, 5]
    held = found.of("val")
    assert (held.pieces.tolist(), held.cells.min()) == (["b"], 255)


def test_all_files_of_a_folder_are_read_in_order(tmp_path: Path) -> None:
    write_outlines(tmp_path / "2.npz", _blocks().of("train"))
    write_outlines(tmp_path / "1.npz", _blocks().of("val"))
    assert read_outlines(tmp_path).pieces.tolist() == ["b", "a"]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutlineError, match="no outlines"):
        read_outlines(tmp_path)
    write_outlines(tmp_path / "1.npz", _blocks())
    whole = (tmp_path / "1.npz").read_bytes()
    (tmp_path / "1.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OutlineError, match=r"1\.npz: not a file of outlines"):
        read_outlines(tmp_path)


def test_a_level_that_is_none_is_refused(tmp_path: Path) -> None:
    blocks = _blocks()
    blocks.levels[1] = 7
    write_outlines(tmp_path / "1.npz", blocks)
    with pytest.raises(OutlineError, match="7 is neither a split nor a level"):
        read_outlines(tmp_path)


def test_a_ring_has_a_hole_and_its_true_size() -> None:
    """A flat ring of radii 1 and 2 cm, seen from 10 cm above with a field of 45°."""
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    round_, flat = np.stack([np.cos(angles), np.sin(angles)], -1), np.zeros((200, 1))
    points = np.stack([np.hstack([round_ * radius, flat]) for radius in (1.0, 1.5, 2.0)])
    closed = Part(
        "ring",
        np.concatenate([points, points[:, :1]], 1),
        "open",
        plain_skin((3, 201), (1, 1, 1), 0.5),
    )
    camera = Camera((0, 0, 10), (0, 0, 0), (0, 1, 0), 45, 0)
    drawn = silhouette([closed], camera)
    pixel = 2 * 10 * np.tan(np.radians(22.5)) / len(drawn)
    assert drawn[len(drawn) // 2, len(drawn) // 2] == 0
    assert (drawn > 0).sum() * pixel**2 == pytest.approx(3 * np.pi, rel=0.03)


def test_the_command_draws_the_same_again_and_goes_on_where_it_was(tmp_path: Path) -> None:
    words = ["data", "outlines", "--pieces", "3", "--seed", "5", "--views", "2"]
    assert main([*words, "--out", str(tmp_path / "a")]) == 0
    (path,) = (tmp_path / "a").iterdir()
    before = path.stat().st_mtime_ns
    assert main([*words, "--out", str(tmp_path / "a")]) == 0
    assert path.stat().st_mtime_ns == before
    found = read_outlines(tmp_path / "a")
    made = make(5, 2, 0.35)
    again = np.stack(outlines_of(made, stream(5, 2, "views"), 2))
    assert np.array_equal(found.cells[-2:], again)
    assert found.levels[-1] == made.hand.level
    assert found.pieces[-1] == piece_id(5, 2)
    # Framed as the second look frames it: a tenth of the longer side is left on each side.
    filled = np.ptp(np.nonzero(again[0].max(0))[0]), np.ptp(np.nonzero(again[0].max(1))[0])
    assert max(filled) == pytest.approx(SIDE_PX / 1.2, abs=3)


def test_no_piece_at_all_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "outlines", "--pieces", "0", "--seed", "5", "--out", str(tmp_path / "a")]) == 1
    assert "expected at least 1 of each" in capsys.readouterr().err


def test_a_file_says_which_split_its_pieces_are_of(tmp_path: Path) -> None:
    draw_file(tmp_path, 5, 1, (0, 12))
    assert set(read_outlines(tmp_path, 16).splits.tolist()) <= {"train", "val", "test", "test_designs"}
