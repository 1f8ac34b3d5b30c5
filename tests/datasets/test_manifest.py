"""The dataset contract: what is written is read, and a bad line is refused with file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts.photos import drawn_dataset
from ubora.datasets.manifest import ManifestError, read_manifest, sample_id, write_manifest


def _edit_line(root: Path, number: int, **changes: Any) -> None:
    path = root / "metadata.jsonl"
    lines = path.read_text().splitlines()
    lines[number - 1] = json.dumps(json.loads(lines[number - 1]) | changes)
    path.write_text("\n".join(lines) + "\n")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written = drawn_dataset(tmp_path)
    assert read_manifest(tmp_path).samples == written.samples


def test_file_name_comes_first_in_every_line(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    lines = (tmp_path / "metadata.jsonl").read_text().splitlines()
    assert [line[:13] for line in lines] == ['{"file_name":'] * 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "gold"}, "metadata.jsonl:3: unknown field 'colour'"),
        ({"file_name": "photos/none.jpg"}, "metadata.jsonl:3: photos/none.jpg does not exist"),
        ({"file_name": "../secret.jpg"}, "expected a path inside the dataset folder"),
        ({"file_name": "photos/0.jpg"}, "metadata.jsonl:3: photos/0.jpg is listed already on line 1"),
        (
            {"defects": [{"name": "rust"}]},
            "metadata.jsonl:3: unknown defect 'rust'; expected one of scratch,",
        ),
        ({"defects": [{"name": "dent", "box": [1, 2, 0, 4]}]}, "width, height > 0"),
        ({"material": "plastic"}, "unknown material 'plastic'"),
        ({"variance": 6}, "metadata.jsonl:3: variance: "),
        ({"sample_id": "abc"}, "metadata.jsonl:3: sample_id: "),
        ({"source": "dreamt"}, "metadata.jsonl:3: source: "),
    ],
)
def test_a_bad_line_is_refused_with_file_and_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    drawn_dataset(tmp_path)
    _edit_line(tmp_path, 3, **changes)
    with pytest.raises(ManifestError) as refused:
        read_manifest(tmp_path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_line_that_is_not_json_is_refused_with_its_number(tmp_path: Path) -> None:
    drawn_dataset(tmp_path)
    with (tmp_path / "metadata.jsonl").open("a") as file:
        file.write("{oops\n")
    with pytest.raises(ManifestError, match=r"metadata\.jsonl:13: line: Invalid JSON"):
        read_manifest(tmp_path)


def test_a_folder_without_metadata_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"a dataset folder needs a metadata\.jsonl"):
        read_manifest(tmp_path)


def test_the_fingerprint_ignores_line_order_and_sees_every_label_and_mask(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    before = manifest.fingerprint()
    lines = (tmp_path / "metadata.jsonl").read_text().splitlines()
    (tmp_path / "metadata.jsonl").write_text("\n".join(reversed(lines)) + "\n")
    assert read_manifest(tmp_path).fingerprint() == before
    _edit_line(tmp_path, 1, variance=5 if json.loads(lines[-1])["variance"] != 5 else 4)
    relabelled = read_manifest(tmp_path).fingerprint()
    (tmp_path / "masks/1-scratch.png").write_bytes((tmp_path / "masks/3-scratch.png").read_bytes())
    assert len({before, relabelled, read_manifest(tmp_path).fingerprint()}) == 3


def test_a_dataset_may_bring_its_own_classes(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path)
    tiles = manifest.card.taxonomy.model_copy(update={"defects": ("blowhole",)})
    manifest.card = manifest.card.model_copy(update={"taxonomy": tiles})
    write_manifest(manifest)
    with pytest.raises(ManifestError, match="unknown defect 'scratch'; expected one of blowhole"):
        read_manifest(tmp_path)


def test_a_sample_id_is_the_sha256_of_the_bytes() -> None:
    assert sample_id(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
