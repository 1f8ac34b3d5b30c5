"""What every import and export has in common, and the public sets that are known by name."""

import hashlib
from collections import Counter
from pathlib import Path

import cv2
import pytest

from tests.parts.photos import drawn_dataset, drawn_piece
from ubora.command import main
from ubora.datasets.formats.command import EXPORTS, FORMATS, export_dataset, import_dataset, new_folder
from ubora.datasets.manifest import ManifestError, read_manifest
from ubora.datasets.taxonomy import Split


def _contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_a_round_trip_by_the_command_brings_back_the_same_fingerprint(tmp_path: Path, name: str) -> None:
    before = drawn_dataset(tmp_path / "in")
    out, back = str(tmp_path / "new" / name), str(tmp_path / "back")
    assert main(["data", "export", name, str(tmp_path / "in"), "--out", out]) == 0
    assert main(["data", "import", name, out, "--out", back]) == 0
    assert read_manifest(tmp_path / "back").fingerprint() == before.fingerprint()
    kept = {name: digest for name, digest in _contents(tmp_path / "in").items() if name.startswith("photos/")}
    assert {k: v for k, v in _contents(tmp_path / "back").items() if k.startswith("photos/")} == kept


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_refuses_a_folder_with_files_and_a_photo_that_was_changed(
    tmp_path: Path, name: str
) -> None:
    manifest = drawn_dataset(tmp_path / "in")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/kept.txt").write_text("mine")
    with pytest.raises(ManifestError, match="has files already"):
        export_dataset(name, manifest, tmp_path / "full")
    assert _contents(tmp_path / "full").keys() == {"kept.txt"}
    (tmp_path / "in/photos/3.jpg").write_bytes((tmp_path / "in/photos/2.jpg").read_bytes())
    with pytest.raises(ManifestError, match=r"photos/3\.jpg: sha256 .* expected .* as in the manifest"):
        export_dataset(name, manifest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_an_import_from_nowhere_is_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "import", name, str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 1
    assert f"{tmp_path / 'none'}: not found" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["data", "import", name, str(tmp_path / "empty"), "--out", str(tmp_path / "out")]) == 1
    assert "expected" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def _interrupted(out: Path) -> None:
    with new_folder(out):
        (out / "photos").mkdir()
        (out / "photos/1.jpg").write_bytes(b"1")
        (out / "half.json").write_text("{")
        raise KeyboardInterrupt


def test_after_a_failure_a_folder_is_as_it_was_and_so_is_all_above_it(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        with pytest.raises(KeyboardInterrupt):
            _interrupted(out)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--piece-from", "("], "expected photo, stem, folder or a pattern"),
        (["--classes", "a,,b"], "expected names with commas between"),
        (["--classes", "a,a"], "each once"),
        (["--source", "dreamt"], "invalid choice"),
    ],
)
def test_wrong_options_are_wrong_use(
    tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["data", "import", "coco", str(tmp_path), "--out", str(tmp_path / "out"), *options])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_set_known_by_name_takes_no_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [
        "data",
        "import",
        "elpv",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
        "--piece-from",
        "stem",
    ]
    assert main(command) == 2
    assert "elpv is a set known by name; it takes no --piece-from" in capsys.readouterr().err


def test_photos_without_a_split_are_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in/crack").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "in/crack/1.png"), drawn_piece(1)[0])
    out = tmp_path / "out"
    assert main(["data", "import", "folders", str(tmp_path / "in"), "--out", str(out)]) == 0
    assert f"1 photos have no split: ubora data split {out}" in capsys.readouterr().out


def _elpv(root: Path, cells: int = 400, *, again: bool = False) -> Path:
    """Cells of four grades and two kinds, in the layout of the published repository."""
    data = root / "src/elpv_dataset/data"
    (data / "images").mkdir(parents=True)
    lines = []
    numbers = [*range(1, cells), 1735, 2277] if again else range(1, cells + 1)
    for number in numbers:
        probability = (0.0, 1 / 3, 2 / 3, 1.0)[number % 4]
        cv2.imwrite(str(data / f"images/cell{number:04}.png"), drawn_piece(number, size=64)[0][..., 0])
        lines.append(f"images/cell{number:04}.png  {probability}     {'mono' if number % 8 < 4 else 'poly'}")
    (data / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


def test_elpv_cells_are_graded_one_to_four_and_defective_above_one_half(tmp_path: Path) -> None:
    manifest = import_dataset("elpv", _elpv(tmp_path / "in"), tmp_path / "out")
    facts = Counter((s.variance, bool(s.defects), s.material, s.category, s.source) for s in manifest)
    assert facts == {
        (grade, grade > 2, kind, "cell", "public"): 50 for grade in (1, 2, 3, 4) for kind in ("mono", "poly")
    }
    assert manifest.card.taxonomy.defects == ("defective",)
    assert "measure only" in manifest.card.licence


def test_elpv_is_split_three_to_one_in_every_grade_of_every_kind_the_same_each_time(tmp_path: Path) -> None:
    manifest = import_dataset("elpv", _elpv(tmp_path / "in"), tmp_path / "out")
    counts = Counter((s.variance, s.material, s.split) for s in manifest)
    shares: dict[Split, int] = {"test": round(0.25 * 50), "val": round(0.15 * 50)}
    shares["train"] = 50 - sum(shares.values())
    for grade in (1, 2, 3, 4):
        for kind in ("mono", "poly"):
            assert {split: counts[grade, kind, split] for split in shares} == shares
    again = import_dataset("elpv", tmp_path / "in/src/elpv_dataset/data", tmp_path / "again")
    assert again.samples == manifest.samples


def test_a_cell_that_was_photographed_twice_is_one_piece(tmp_path: Path) -> None:
    manifest = import_dataset("elpv", _elpv(tmp_path / "in", 5, again=True), tmp_path / "out")
    twice = [s for s in manifest if s.file_name in ("photos/cell1735.png", "photos/cell2277.png")]
    assert [(s.piece_id, s.split) for s in twice] == [("cell1735", twice[0].split)] * 2


@pytest.mark.parametrize(
    "line",
    [
        "images/cell0001.png 0.5 mono",
        "images/cell0001.png 1.0 amorphous",
        "images/cell0001.png 1.0",
        "images/cell0001.png sure mono",
    ],
)
def test_a_line_of_elpv_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = _elpv(tmp_path / "in", 3) / "src/elpv_dataset/data/labels.csv"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ManifestError) as refused:
        import_dataset("elpv", tmp_path / "in", tmp_path / "out")
    assert f"{path}:4: expected a file, 0, 1/3, 2/3 or 1, and mono or poly; found" in str(refused.value)


@pytest.mark.parametrize(
    ("file", "message"),
    [("images/cell9999.png", "not found"), ("../../../mine.png", "expected a file within")],
)
def test_an_elpv_photo_that_is_not_there_is_named_with_its_line(
    tmp_path: Path, file: str, message: str
) -> None:
    path = _elpv(tmp_path / "in", 3) / "src/elpv_dataset/data/labels.csv"
    path.write_text(path.read_text() + f"{file} 1.0 mono\n")
    with pytest.raises(ManifestError) as refused:
        import_dataset("elpv", tmp_path / "in", tmp_path / "out")
    assert f"{path}:4: " in str(refused.value)
    assert message in str(refused.value)


def test_a_magnetic_tile_mask_that_is_missing_or_of_another_size_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in/MT_Crack/Imgs"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "exp1_num_7.jpg"), drawn_piece(1)[0])
    with pytest.raises(ManifestError, match=r"exp1_num_7\.png: not a readable mask"):
        import_dataset("magnetic-tile", tmp_path / "in", tmp_path / "out")
    cv2.imwrite(str(folder / "exp1_num_7.png"), drawn_piece(1, scratched=True, size=80)[2])
    with pytest.raises(ManifestError, match=r"exp1_num_7\.jpg: mask: 80 × 80 pixels; expected 160 × 160"):
        import_dataset("magnetic-tile", tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
