"""What the benches count: pieces, maps on photos, overlaps, grades, and figures as words."""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.parts.photos import drawn_piece, jpeg
from ubora.datasets.manifest import DatasetCard, Defect, Manifest, Sample
from ubora.models.inference.photo_faults import PhotoMeasures
from ubora.models.inference.prediction import Prediction
from ubora.models.inference.preprocess import Letterbox, Place, decode_photo
from ubora.training.bench.lossless import mirrored
from ubora.training.bench.maps import hottest_on, on_photo
from ubora.training.bench.phone.alike import join_alike, pieces_of, share_of_pieces
from ubora.training.bench.public.anomalib_side import AnomalibError, figures_of, run_side
from ubora.training.bench.public.elpv import Graded, Rule, choose_rule, grade, scale_grades
from ubora.training.bench.public.magnetic_tile import overlaps
from ubora.training.loop.job import TrainingError
from ubora.training.scoring.predictions import Scored
from ubora.training.words import aligned, interval_words, share_words


def said(heatmap: list[list[list[float]]], place: Place | None = None, **score: float) -> Prediction:
    """A prediction for a photo of 80 × 40 pixels."""
    heat = np.array(heatmap, np.float32)
    return Prediction(
        scores=score or {"scratch": 0.5},
        heatmap=heat,
        piece=heat.max(0),
        variance=(0, 0, 1.0, 0, 0),
        embedding=np.array([1, 0, 0], np.float32),
        measures=PhotoMeasures(sharpness=50, brightness=150, glare=0, piece_share=0.3, border_share=0),
        width=80,
        height=40,
        place=place or Place(0, 0, 80, 40),
    )


def sample(piece: str, *names: str, mask: str | None = None) -> Sample:
    return Sample(
        file_name=f"{piece}.png",
        sample_id="0" * 64,
        piece_id=piece,
        defects=tuple(Defect(name=name, mask=mask) for name in names),
        source="public",
    )


# ---- pieces


def test_a_group_holds_only_photos_that_are_all_alike() -> None:
    alike = np.eye(4, dtype=np.bool_)
    for one, other in ((0, 1), (1, 2), (2, 3)):
        alike[one, other] = alike[other, one] = True
    # 0–1–2–3 is a chain; its ends are not alike.
    assert join_alike(alike) == [0, 0, 1, 1]


def test_a_photo_saved_again_is_of_the_same_piece_and_another_is_not(tmp_path: Path) -> None:
    photo, other = drawn_piece(1)[0], np.ascontiguousarray(drawn_piece(2)[0][:120].transpose(1, 0, 2))
    other[:60] = 20
    for name, data in (("a", jpeg(photo)), ("b", jpeg(photo, quality=60)), ("c", jpeg(other))):
        (tmp_path / f"{name}.jpg").write_bytes(data)
    photos = [tmp_path / f"{name}.jpg" for name in "abc"]
    apart = list(np.eye(3, dtype=np.float32))
    assert pieces_of(photos, apart) == ["a", "a", "c"]


def test_a_list_of_pieces_stands_above_looks(tmp_path: Path) -> None:
    listed = tmp_path / "pieces.csv"
    listed.write_text("file,piece\na.jpg,fish\nc.jpg,fish\n")
    photos = [tmp_path / f"{name}.jpg" for name in "abc"]
    apart = list(np.eye(3, dtype=np.float32))
    assert pieces_of(photos, apart, listed) == ["fish", "b", "fish"]
    with pytest.raises(TrainingError, match=r"c\.jpg is not among the photos"):
        pieces_of(photos[:2], apart[:2], listed)
    listed.write_text("photo,piece\na.jpg,fish\n")
    with pytest.raises(TrainingError, match="expected the columns file,piece"):
        pieces_of(photos, apart, listed)


def test_half_of_the_photos_are_chosen_by_whole_pieces_and_always_the_same() -> None:
    pieces = [f"p{number // 3}" for number in range(60)]
    chosen = share_of_pieces(pieces, 0.5)
    assert abs(sum(piece in chosen for piece in pieces) - 30) <= 2
    assert chosen == share_of_pieces(list(reversed(pieces)), 0.5)
    assert chosen != share_of_pieces(pieces, 0.5, salt="val")


# ---- maps


def test_a_map_of_a_part_is_laid_where_that_part_is() -> None:
    prediction = said([[[0.0, 0.9], [0.0, 0.0]]], place=Place(40, 10, 20, 20))
    heat = on_photo(prediction)
    assert heat.shape == (1, 40, 80)
    assert heat[0, 10, 59] == pytest.approx(0.9)
    assert heat[0, :, :40].max() == 0
    canvas, cell = hottest_on(prediction, 160)
    assert canvas.shape == (80, 160)
    assert cell == 20
    assert canvas[20:40, 100:120].min() == pytest.approx(0.9)


def test_a_photo_is_mirrored_four_ways() -> None:
    photo = np.arange(64 * 70 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 70, 3)
    seen = [decode_photo(data) for data in mirrored(photo)]
    assert [np.array_equal(s, photo) for s in seen] == [True, False, False, False]
    assert np.array_equal(seen[3], photo[::-1, ::-1])


# ---- overlap


def test_overlap_counts_pixels_by_the_likeliest_class(tmp_path: Path) -> None:
    mask = np.zeros((40, 80), np.uint8)
    mask[:, :40] = 255
    _write_png(tmp_path / "m.png", mask)
    manifest = Manifest(tmp_path, DatasetCard(name="x"), [])
    # The left half is scratch, and rightly so; the right is drawn as a dent, and is none.
    prediction = said([[[0.8, 0.1]], [[0.4, 0.7]]], scratch=0.8, dent=0.7)
    item = Scored(sample("p", "scratch", mask="m.png"), prediction, Letterbox.around(80, 40, 80), 1.0)
    (drawn,) = overlaps([item], manifest, ("scratch", "dent"), (0.75, 0.5))
    # Bilinear between the two cells: the outer quarters hold their cell's own value.
    assert 0.45 < drawn.both[0] / drawn.either[0] <= 1.0
    assert drawn.both[1] == 0
    assert drawn.either[1] > 0
    assert drawn.both[2] >= drawn.both[0]
    unknown = Scored(sample("p", "scratch"), prediction, item.frame, 1.0)
    assert overlaps([unknown], manifest, ("scratch", "dent"), (0.5, 0.5)) == []


# ---- grades


def graded(true: list[int], score: list[float], levels: list[list[float]]) -> Graded:
    kinds: list[str | None] = ["mono" if number % 2 else "poly" for number in range(len(true))]
    return Graded(
        [f"cell-{number}" for number in range(len(true))],
        kinds,
        np.array(true),
        np.array(score),
        np.array(levels),
    )


SURE = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]


def test_grades_that_are_all_right_are_counted_so() -> None:
    cells = graded([1, 2, 3, 4] * 5, [0.1, 0.2, 0.8, 0.9] * 5, SURE * 5)
    found = grade(cells, choose_rule(cells))
    assert found["two_kinds"]["right"]["value"] == 1.0
    assert found["four_grades"]["right"]["value"] == 1.0
    assert found["four_grades"]["kappa"]["value"] == 1.0
    assert found["four_grades"]["table"] == [[5, 0, 0, 0], [0, 5, 0, 0], [0, 0, 5, 0], [0, 0, 0, 5]]
    assert set(found["two_kinds"]["by_kind"]) == {"mono", "poly"}


def test_errors_of_grades_are_counted_where_they_are() -> None:
    # The fourth is called 2: wrong by two grades, and a defective cell called functional.
    cells = graded([1, 2, 3, 4], [0.1, 0.2, 0.8, 0.1], [*SURE[:3], SURE[1]])
    found = grade(cells, Rule(weight=0.5, threshold=0.5))
    assert found["two_kinds"]["right"]["value"] == 0.75
    assert found["two_kinds"]["escape"] | {"interval": None} == {
        "value": 0.5,
        "found": 1,
        "of": 2,
        "interval": None,
    }
    assert found["four_grades"]["within_one"]["value"] == 0.75
    assert found["four_grades"]["table"][3] == [0, 1, 0, 0]


def test_the_head_that_tells_cells_apart_decides() -> None:
    random = np.random.default_rng(0)
    true = [1, 4] * 30
    noise = random.random(60).tolist()
    knowing = [SURE[grade - 1] for grade in true]
    assert choose_rule(graded(true, noise, knowing)).weight >= 0.5
    blind = [[0.25] * 4] * 60
    scores = [0.2 if grade == 1 else 0.6 for grade in true]
    rule = choose_rule(graded(true, scores, blind))
    cells = graded(true, scores, blind)
    assert ((rule.suspicion(cells) >= rule.threshold) == cells.defective).all()


def test_grades_learnt_in_balanced_batches_are_scaled_to_how_frequent_they_are() -> None:
    random = np.random.default_rng(0)
    frequent = np.array([0.7, 0.1, 0.05, 0.15])
    true = random.choice(4, size=800, p=frequent)
    seen = true + random.normal(0, 0.8, 800)
    likely = np.exp(-((seen[:, None] - np.arange(4)) ** 2) / (2 * 0.8**2))
    balanced = (likely / likely.sum(1, keepdims=True)).tolist()
    best = ((likely * frequent).argmax(1) == true)[400:].mean()
    half = [
        graded((true[at] + 1).tolist(), [0.5] * 400, balanced[at]) for at in (slice(400), slice(400, None))
    ]
    scaled = scale_grades(half[0]).apply(half[1])
    before, after = ((cells.levels.argmax(1) == true[400:]).mean() for cells in (half[1], scaled))
    assert after > before + 0.05
    assert after > best - 0.02
    assert np.allclose(scaled.levels.sum(1), 1)


def test_the_head_for_the_class_counts_for_grades_where_theirs_is_blind() -> None:
    true = [1, 4] * 30
    cells = graded(true, [0.1 if grade == 1 else 0.9 for grade in true], [[0.25] * 4] * 60)
    scaling = scale_grades(cells)
    assert scaling.lean > 0.1
    assert (scaling.apply(cells).levels.argmax(1) + 1).tolist() == true


# ---- anomalib


def test_scores_of_the_other_side_get_the_figures_that_ours_have() -> None:
    samples = [sample(f"p{n}", *(["crack"] if n >= 6 else [])) for n in range(12)]
    found = figures_of([0.1] * 6 + [0.9] * 6, samples, ("crack", "fray"))
    assert found["auroc"]["value"] == 1.0
    assert found["by_class"]["crack"]["value"] == 1.0
    assert found["by_class"]["fray"] is None
    assert found["recall_at_false_flags"]["0.05"]["value"] == 1.0


def test_a_python_without_anomalib_is_named_in_one_line(tmp_path: Path) -> None:
    task: dict[str, Any] = {"models": [], "learn": [], "judge": [], "backbone": None, "coreset": 0.1}
    with pytest.raises(
        AnomalibError, match=r"anomalib's run failed: .*No module named 'anomalib'"
    ) as refused:
        run_side(Path(sys.executable), task)
    assert "\n" not in str(refused.value)
    with pytest.raises(AnomalibError, match="expected a Python with anomalib"):
        run_side(tmp_path / "python", task)


# ---- words


def test_an_undefined_figure_is_a_dash_and_an_interval_stands_in_brackets() -> None:
    assert interval_words(None) == "–"
    assert interval_words({"value": 0.5, "interval": (0.25, 0.75)}) == "0.500 [0.250, 0.750]"
    assert share_words({"value": None, "found": 0, "of": 0, "interval": None}) == "–"
    assert share_words({"value": 0.5, "found": 1, "of": 2, "interval": (0.1, 0.9)}) == (
        "50.0 % [10.0, 90.0] (1 of 2)"
    )


def test_cells_of_a_table_stand_under_one_another() -> None:
    assert aligned([("", "AP"), ("crack", "0.5")]) == ["        AP", "crack  0.5"]


def _write_png(path: Path, mask: np.ndarray[Any, np.dtype[np.uint8]]) -> None:

    cv2.imwrite(str(path), mask)
