"""Names of classes as others write them: what means good, what is one class, and what is asked about."""

from pathlib import Path

import pytest

from tests.datasets.formats.imported import coco_of, put_photo, read_in
from ubora.datasets.check.name_check import check_names
from ubora.datasets.formats.command import import_dataset
from ubora.datasets.formats.intake.intake import Options
from ubora.datasets.manifest import ManifestError
from ubora.datasets.taxonomy import JEWELRY


@pytest.mark.parametrize(
    "name",
    [
        "OK",
        "Good",
        "GOOD ",
        "normal",
        "Clean",
        "no defect",
        "No-Defects",
        "defect_free",
        "Non Defective",
        "Okay",
    ],
)
def test_a_folder_that_means_good_is_clean_in_any_capitals(tmp_path: Path, name: str) -> None:
    put_photo(tmp_path / "in" / name / "a.jpg")
    put_photo(tmp_path / "in/NG/b.jpg", 1)
    samples, said, manifest = read_in("folders", tmp_path / "in", tmp_path / "out")
    found = {file.rpartition("/")[2]: sample.defect_names() for file, sample in samples.items()}
    assert found == {"a.jpg": frozenset(), "b.jpg": {"NG"}}
    assert manifest.card.taxonomy.defects == ("NG",)
    assert "1 photos with defects, 1 clean, 0 not labelled" in said
    assert "classes of their own, not among jewelry's: 1 (NG)" in said


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["Crack"], "'Crack' is not among the classes; 'crack' is"),
        (["scratch "], "'scratch ' is not among the classes; 'scratch' is"),
        (["CRACK", "dent"], "'CRACK' is not among the classes; 'crack' is"),
        (["Rust", "rust"], "'rust' and 'Rust' differ in capitals or spaces alone"),
        (["cold shut", "cold_shut"], "differ in capitals or spaces alone"),
        (["negative", "positive"], "'positive' may be good pieces or bad ones, or no class"),
        (["0", "1"], "'1' may be good pieces or bad ones"),
        (["images"], "'images' may be good pieces or bad ones, or no class"),
    ],
)
@pytest.mark.parametrize("form", ["folders", "coco"])
def test_a_name_that_cannot_be_told_is_asked_about(
    tmp_path: Path, form: str, names: list[str], message: str
) -> None:
    if form == "coco":
        categories = [{"id": number, "name": name} for number, name in enumerate(names)]
        coco_of(tmp_path / "in", [], categories=categories)
    else:
        for number, name in enumerate(names):
            put_photo(tmp_path / "in" / name / "a.jpg", number)
    with pytest.raises(ManifestError, match="names of classes: ") as refused:
        import_dataset(form, tmp_path / "in", tmp_path / "out")
    assert message in str(refused.value)
    assert "--classes '" in str(refused.value)


def test_classes_that_are_listed_are_read_whatever_their_capitals_and_as_the_list_has_them(
    tmp_path: Path,
) -> None:
    categories = [{"id": 1, "name": "Crack"}, {"id": 2, "name": "scratch "}]
    coco_of(tmp_path / "in", [{}, {"category_id": 2}], categories=categories)
    samples, said, manifest = read_in("coco", tmp_path / "in", tmp_path / "out", classes=JEWELRY.defects)
    assert samples["photos/0.jpg"].defect_names() == {"crack", "scratch"}
    assert manifest.card.taxonomy == JEWELRY
    assert "read as scratch: 1 ('scratch ')" in said
    kept, _, _ = read_in("coco", tmp_path / "in", tmp_path / "kept", classes=("Crack", "scratch"))
    assert kept["photos/0.jpg"].defect_names() == {"Crack", "scratch"}


@pytest.mark.parametrize("place", ["train/a.jpg", "Test/a.jpg", "unsplit/a.jpg"])
def test_a_folder_of_a_split_is_no_class(tmp_path: Path, place: str) -> None:
    put_photo(tmp_path / "in" / place)
    with pytest.raises(ManifestError, match="expected <split>/<class>/photo"):
        import_dataset("folders", tmp_path / "in", tmp_path / "out")


def test_a_category_that_only_groups_others_is_no_class_and_one_that_is_drawn_is(tmp_path: Path) -> None:
    categories = [
        {"id": 0, "name": "jewelry-defects", "supercategory": "none"},
        {"id": 1, "name": "crack", "supercategory": "jewelry-defects"},
        {"id": 2, "name": "dent", "supercategory": "dent"},
    ]
    coco_of(tmp_path / "in", [{}], categories=categories)
    _, said, manifest = read_in("coco", tmp_path / "in", tmp_path / "out")
    assert manifest.card.taxonomy == JEWELRY
    assert "only group others, left out: 1 (jewelry-defects)" in said
    coco_of(tmp_path / "drawn", [{"category_id": 0}], categories=categories)
    _, _, manifest = read_in("coco", tmp_path / "drawn", tmp_path / "out2")
    assert manifest.card.taxonomy.defects == ("jewelry-defects", "crack", "dent")


def test_the_ground_is_no_class_unless_somebody_drew_it(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "_background_"}, {"id": 1, "name": "crack"}]
    coco_of(tmp_path / "in", [{}], categories=categories)
    _, said, manifest = read_in("coco", tmp_path / "in", tmp_path / "out")
    assert manifest.card.taxonomy == JEWELRY
    assert "are the ground, left out: 1 (_background_)" in said


def test_a_category_that_means_good_is_no_defect(tmp_path: Path) -> None:
    categories = [{"id": 1, "name": "crack"}, {"id": 2, "name": "OK"}]
    coco_of(tmp_path / "in", [{"category_id": 2}, {"image_id": 1}], categories=categories)
    samples, said, _ = read_in("coco", tmp_path / "in", tmp_path / "out")
    assert [samples[f"photos/{n}.jpg"].defect_names() for n in range(2)] == [frozenset(), {"crack"}]
    assert "read as good, not as a class: 1 ('OK')" in said


def test_two_categories_of_one_id_are_refused(tmp_path: Path) -> None:
    coco_of(tmp_path / "in", [{}], categories=[{"id": 1, "name": "crack"}, {"id": 1, "name": "dent"}])
    with pytest.raises(ManifestError, match=r"instances\.json: categories: an id stands twice, 1"):
        import_dataset("coco", tmp_path / "in", tmp_path / "out")


def test_a_dataset_with_a_class_that_means_good_is_faulted_and_one_class_twice_is_said(
    tmp_path: Path,
) -> None:
    for number, name in enumerate(("OK", "Crack", "crack")):
        put_photo(tmp_path / "in" / name / "a.jpg", number)
    classes = ("OK", "Crack", "crack")
    manifest = import_dataset("folders", tmp_path / "in", tmp_path / "out", Options(classes=classes))
    found = [(problem.kind, problem.level, problem.detail) for problem in check_names(manifest)]
    assert found == [
        (
            "class that means good",
            "fault",
            "the class 'OK' of 1 photos says that nothing is wrong; expected a defect",
        ),
        (
            "one class twice",
            "warning",
            "'Crack' and 'crack' differ in capitals or spaces alone; expected one class",
        ),
    ]
