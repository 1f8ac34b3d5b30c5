"""The doctor: a sound dataset is broken in one way at a time, and the doctor names that way."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import ubora
from datasets.doctor import check_dataset
from datasets.manifest import Defect, Manifest, read_manifest, sample_id, write_manifest
from datasets.problems import Problem
from tests.photos import drawn_dataset, drawn_piece, jpeg

SIZE = 160
Break = Callable[[Path], None]


def _problems(root: Path, **options: Any) -> list[Problem]:
    return check_dataset(root, **options)[1]


def _kinds(root: Path, level: str = "fault", **options: Any) -> set[str]:
    return {problem.kind for problem in _problems(root, **options) if problem.level == level}


def _change(root: Path, number: int, **changes: Any) -> None:
    manifest = read_manifest(root)
    samples = list(manifest.samples)
    samples[number] = samples[number].model_copy(update=changes)
    write_manifest(Manifest(root, manifest.card, samples))


def _change_all(root: Path, **changes: Any) -> None:
    manifest = read_manifest(root)
    write_manifest(Manifest(root, manifest.card, [s.model_copy(update=changes) for s in manifest]))


def _photo(root: Path, number: int, data: bytes) -> None:
    (root / f"photos/{number}.jpg").write_bytes(data)
    _change(root, number, sample_id=sample_id(data))


def _mask(root: Path, number: int, values: Any, name: str = "scratch") -> None:
    cv2.imwrite(str(root / f"masks/{number}-{name}.png"), np.asarray(values))


def _defect(root: Path, number: int, **changes: Any) -> None:
    defect = (read_manifest(root).samples[number].defects or ())[0]
    _change(root, number, defects=(defect.model_copy(update=changes),))


def _encoded(photo_hwc: Any, kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.asarray(photo_hwc)).convert(mode).save(out, kind, **options)
    return out.getvalue()


def _cut(root: Path) -> None:
    data = (root / "photos/2.jpg").read_bytes()
    _photo(root, 2, data[: len(data) * 2 // 3])


def _cut_png(root: Path) -> None:
    data = _encoded(drawn_piece(2)[0], "PNG")
    _photo(root, 2, data[: len(data) // 2])


def _turned(root: Path, orientation: int, width: int = SIZE) -> None:
    """Photo 1, stored turned by its EXIF tag; its masks as they were: upright where the photo is square."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = drawn_piece(1, scratched=True)[0][:, :width]
    _photo(root, 1, jpeg(photo, exif=exif))


def _sideways_masks(root: Path) -> None:
    _turned(root, 6, 120)
    piece, scratch = drawn_piece(1, scratched=True)[1:]
    _mask(root, 1, piece[:, :120], "piece")
    _mask(root, 1, scratch[:, :120])


def _piece_in_a_corner(root: Path) -> None:
    values = np.zeros((SIZE, SIZE), np.uint8)
    values[:10, :10] = 255
    _mask(root, 1, values)
    _defect(root, 1, box=None)


def _copied(root: Path, **changes: Any) -> None:
    """Photo 2 with the bytes of photo 0."""
    data = (root / "photos/0.jpg").read_bytes()
    (root / "photos/2.jpg").write_bytes(data)
    _change(root, 2, sample_id=sample_id(data), **changes)


def _small(root: Path) -> None:
    photo, piece, _ = drawn_piece(2)
    _photo(root, 2, jpeg(photo[:50]))
    _mask(root, 2, np.full_like(piece[:50], 255), "piece")


def _write(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)


FAULTS: dict[str, Break] = {
    "photo cut short": _cut,
    "unreadable photo": lambda root: _photo(root, 2, b"not a photo"),
    "small photo": lambda root: _small(root),
    "changed photo": lambda root: _write(root, "photos/2.jpg", jpeg(drawn_piece(99)[0])),
    "unreadable mask": lambda root: _write(root, "masks/1-scratch.png", b"\x89PNG broken"),
    "mask of another size": lambda root: _mask(root, 1, np.full((20, 30), 255, np.uint8)),
    "mask of another orientation": _sideways_masks,
    "empty mask": lambda root: _mask(root, 1, np.zeros((SIZE, SIZE), np.uint8)),
    "mask outside piece": _piece_in_a_corner,
    "box outside photo": lambda root: _defect(root, 1, box=(150, 150, 40, 20), mask=None),
    "box beside its mask": lambda root: _defect(root, 1, box=(0, 0, 20, 20)),
    "defect without piece": lambda root: _change(root, 1, photo_faults=("no_piece",), piece_mask=None),
    "piece where there is none": lambda root: _change(root, 0, photo_faults=("no_piece",)),
    "approved sample with a defect": lambda root: _change(root, 1, approved_sample=True),
    "piece on both sides": lambda root: _two_views(root, split="val"),
    "piece of two designs": lambda root: _two_views(root, design="brass-square"),
    "piece of two materials": lambda root: _two_views(root, material="horn"),
    "piece of two categories": lambda root: _two_views(root, category="ring"),
    "piece of two workshops": lambda root: _two_views(root, microfactory="mf-other"),
    "piece of two variance levels": lambda root: _two_views(root, variance=5),
    "same photo twice": lambda root: _copied(root, variance=1),
    "label conflict": lambda root: _copied(root, variance=5),
    "test_designs design seen elsewhere": lambda root: _change(root, 0, split="test_designs"),
}


def _two_views(root: Path, **changes: Any) -> None:
    """Photos 0 and 5 become two views of piece 0; the second differs in one way."""
    first = read_manifest(root).samples[0]
    same = {
        field: getattr(first, field) for field in ("piece_id", "design", "material", "category", "variance")
    }
    _change(root, 0, split="train")
    _change(root, 5, **(same | {"split": "train"} | changes))


WARNINGS: dict[str, Break] = {
    "unusual pixels": lambda root: _photo(root, 2, _encoded(drawn_piece(2)[0], "JPEG", "CMYK")),
    "orientation unproven": lambda root: _turned(root, 3),
    "unusual mask file": lambda root: _mask(
        root, 1, cv2.cvtColor(drawn_piece(1, scratched=True)[2], cv2.COLOR_GRAY2BGR)
    ),
    "mask of half-tones": lambda root: _mask(root, 1, drawn_piece(1, scratched=True)[2] // 4 * 3),
    "piece fills the photo": lambda root: _mask(root, 0, np.full((SIZE, SIZE), 255, np.uint8), "piece"),
    "defect too small to see": lambda root: _one_pixel(root),
    "defect covers the piece": lambda root: _all_over(root),
    "two defects in one place": lambda root: _change(
        root,
        1,
        defects=(*_defects(root, 1), *(d.model_copy(update={"name": "crack"}) for d in _defects(root, 1))),
    ),
    "many of a class": lambda root: _change(root, 1, defects=(Defect(name="pit"),) * 10),
    "mask used twice": lambda root: _change(root, 2, piece_mask="masks/0-piece.png"),
    "no split": lambda root: _change(root, 0, split=None),
    "empty split": lambda root: _change_all(root, split="train"),
    "grey among colour": lambda root: _photo(root, 2, _encoded(drawn_piece(2)[0], "JPEG", "L")),
    "level in one state": lambda root: _change_all(root, variance=1, defects=()),
    "level without example": lambda root: _change_all(root, variance=1, defects=()),
}


def _defects(root: Path, number: int) -> tuple[Defect, ...]:
    return read_manifest(root).samples[number].defects or ()


def _all_over(root: Path) -> None:
    _mask(root, 1, drawn_piece(1)[1])
    _defect(root, 1, box=None)


def _one_pixel(root: Path) -> None:
    values = np.zeros((SIZE, SIZE), np.uint8)
    values[80, 80] = 255
    _mask(root, 1, values)
    _defect(root, 1, box=(80, 80, 1, 1))


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind_of_fault_is_named_alone_with_its_line_and_exit_code_1(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    assert _kinds(tmp_path) == set()
    FAULTS[kind](tmp_path)
    assert _kinds(tmp_path) == {kind}
    assert ubora.main(["data", "check", str(tmp_path)]) == 1
    assert f"fault: {kind}: metadata.jsonl:" in capsys.readouterr().out


@pytest.mark.parametrize("kind", WARNINGS)
def test_each_kind_of_warning_is_named_and_is_no_fault(tmp_path: Path, kind: str) -> None:
    drawn_dataset(tmp_path)
    assert kind not in _kinds(tmp_path, "warning")
    WARNINGS[kind](tmp_path)
    assert kind in _kinds(tmp_path, "warning")
    assert ubora.main(["data", "check", str(tmp_path)]) == 0


def test_a_png_that_ends_early_is_cut_short_too(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    _cut_png(tmp_path)
    assert _kinds(tmp_path) == {"photo cut short"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (_encoded(drawn_piece(2)[0], "BMP"), "a BMP file"),
        (
            _encoded(drawn_piece(2)[0], "WEBP", save_all=True, append_images=[Image.new("RGB", (160, 160))]),
            "an animation",
        ),
    ],
)
def test_what_is_no_single_photo_is_refused_with_what_was_found(
    tmp_path: Path, data: bytes, found: str
) -> None:
    drawn_dataset(tmp_path)
    _photo(tmp_path, 2, data)
    details = {problem.detail for problem in _problems(tmp_path) if problem.level == "fault"}
    assert [found in detail for detail in details] == [True]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (_encoded(drawn_piece(2)[0], "JPEG", "CMYK"), "CMYK colour"),
        (_encoded(np.full((160, 160, 4), 120, np.uint8), "PNG", "RGBA"), "transparent pixels"),
        (
            cv2.imencode(
                ".png", np.random.default_rng(0).integers(0, 65535, (160, 160, 3)).astype(np.uint16)
            )[1].tobytes(),
            "16 bits a channel",
        ),
        (
            cv2.imencode(".png", np.random.default_rng(0).integers(0, 65535, (160, 160)).astype(np.uint16))[
                1
            ].tobytes(),
            "16 bits a channel",
        ),
    ],
)
def test_what_is_lost_on_the_way_to_8_bit_rgb_is_said(tmp_path: Path, data: bytes, found: str) -> None:
    drawn_dataset(tmp_path)
    _photo(tmp_path, 2, data)
    details = [problem.detail for problem in _problems(tmp_path) if problem.kind == "unusual pixels"]
    assert [found in detail for detail in details] == [True]


def test_a_photo_stored_sideways_with_upright_masks_is_sound(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    _turned(tmp_path, 6, 120)
    piece, scratch = (np.rot90(m[:, :120], -1) for m in drawn_piece(1, scratched=True)[1:])
    _mask(tmp_path, 1, piece, "piece")
    _mask(tmp_path, 1, scratch)
    _defect(tmp_path, 1, box=None)
    assert _kinds(tmp_path) == set()
    assert "orientation unproven" not in _kinds(tmp_path, "warning")


def test_an_empty_piece_mask_is_the_truth_where_there_is_no_piece(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    _mask(tmp_path, 0, np.zeros((SIZE, SIZE), np.uint8), "piece")
    assert _kinds(tmp_path) == {"empty mask"}
    _change(tmp_path, 0, photo_faults=("no_piece",))
    assert _kinds(tmp_path) == set()


def test_a_mask_of_0_and_1_is_empty_and_says_what_to_do(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    _mask(tmp_path, 1, drawn_piece(1, scratched=True)[2] // 255)
    [problem] = [problem for problem in _problems(tmp_path) if problem.level == "fault"]
    assert problem.detail.endswith("the highest is 1; a mask of 0 and 1 is to be multiplied by 255")


def test_a_gap_where_a_part_is_missing_may_lie_off_the_piece(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    _piece_in_a_corner(tmp_path)
    _defect(tmp_path, 1, name="missing")
    assert _kinds(tmp_path) == set()


def test_a_workshop_on_two_sides_is_a_warning_on_request_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    by = {"microfactory on both sides", "design on both sides"}
    assert by & _kinds(tmp_path, "warning") == set()
    assert by & _kinds(tmp_path, "warning", by=["microfactory"]) == {"microfactory on both sides"}
    assert ubora.main(["data", "check", str(tmp_path), "--by", "microfactory", "--by", "design"]) == 0
    assert (
        "warning: design on both sides: metadata.jsonl:1, 2, 3, 4, 5, 6 and 6 more: brass-disc: photos in"
        in (capsys.readouterr().out)
    )


def test_blank_lines_of_a_manifest_mended_by_hand_are_counted(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    metadata = tmp_path / "metadata.jsonl"
    metadata.write_text("\n" + metadata.read_text().replace("\n", "\n\n"))
    (tmp_path / "photos/4.jpg").write_bytes(b"not a photo")
    found = {problem.where for problem in _problems(tmp_path) if problem.level == "fault"}
    assert found == {"metadata.jsonl:10: photos/4.jpg"}


def test_every_bad_line_of_a_manifest_is_named_not_the_first_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    lines = (tmp_path / "metadata.jsonl").read_text().splitlines()
    lines[2], lines[6] = lines[2].replace('"variance":3', '"variance":9'), "{"
    (tmp_path / "photos/9.jpg").unlink()
    (tmp_path / "metadata.jsonl").write_text("\n".join(lines))
    assert ubora.main(["data", "check", str(tmp_path), "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem["where"] for problem in problems] == [
        str(tmp_path),
        *(f"metadata.jsonl:{n}" for n in (7, 10)),
    ]
    assert "metadata.jsonl:3: variance" in problems[0]["detail"]


def test_a_class_too_rare_to_learn_and_one_not_measured_are_said(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    found = {problem.kind: problem for problem in _problems(tmp_path)}
    train = [s for s in read_manifest(tmp_path) if s.split == "train" and s.defects]
    expected = f"photos to train on: {len(train)}, pieces: {len(train)}; expected 10 photos"
    assert (found["class with few examples"].where, found["class with few examples"].detail) == (
        "scratch",
        expected,
    )
    _change_all(tmp_path, split="val")
    _change(tmp_path, 0, split="test")
    assert "test" in {p.where for p in _problems(tmp_path) if p.kind == "class not measured"}


def test_a_split_far_below_its_share_is_said(tmp_path: Path) -> None:
    drawn_dataset(tmp_path, 40)
    _change_all(tmp_path, split="val")
    for number, split in enumerate(("train", "test")):
        _change(tmp_path, number, split=split)
    small = {problem.where for problem in _problems(tmp_path) if problem.kind == "small split"}
    assert small == {"train", "test"}


def test_variance_that_foretells_defects_is_said(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, 40)
    mixed = [s.model_copy(update={"variance": 4 if s.defects else 2}) for s in manifest]
    write_manifest(Manifest(tmp_path, manifest.card, mixed))
    assert "variance foretells defects" in _kinds(tmp_path, "warning")


def test_a_sound_dataset_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    assert ubora.main(["data", "check", str(tmp_path)]) == 0
    assert "12 photos, 0 faults" in capsys.readouterr().out


def test_the_doctor_answers_json_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").write_bytes(b"")
    assert ubora.main(["data", "check", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    first = answer["problems"][0]
    assert (answer["faults"], first["where"], first["photos"]) == (
        1,
        "metadata.jsonl:5: photos/4.jpg",
        ["photos/4.jpg"],
    )


def test_a_manifest_that_cannot_be_read_is_one_fault_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path)
    (tmp_path / "photos/4.jpg").unlink()
    assert ubora.main(["data", "check", str(tmp_path)]) == 1
    assert "metadata.jsonl:5: photos/4.jpg does not exist" in capsys.readouterr().out


def test_wrong_use_is_found_before_anything_is_decoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere" / "r.html")
    for options in (["--report", nowhere], ["--predictions", nowhere], ["--sheet", "-1"]):
        assert ubora.main(["data", "check", str(tmp_path), *options]) == 2
        assert options[0] in capsys.readouterr().err
