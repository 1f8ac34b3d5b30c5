"""How bad a mark is: by its size and by whether it reaches an edge, for marks of many sizes and shapes."""

import json
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.models.test_verdict import _prediction, _record
from ubora.datasets.taxonomy import JEWELRY as TAXONOMY
from ubora.models.bundle import read_bundle
from ubora.models.inference.preprocess import Place
from ubora.models.marks import measure_mark, severities, severity_of, table_of
from ubora.models.record import DefectClass
from ubora.models.registry.releases import RELEASES, release_folder
from ubora.models.severity import JEWELRY, SeverityTable, Steps, severity_at
from ubora.models.verdict import decide
from ubora.training.knobs import SeverityRule
from ubora.training.recipe import RecipeError, read_recipe

GRID = 40
PLACE = Place(0, 0, 800, 800)


def disc(grid: int = 4 * GRID) -> NDArray[np.float32]:
    """A round piece that takes 0.8 of the side."""
    piece = np.zeros((grid, grid), np.float32)
    cv2.circle(piece, (grid // 2, grid // 2), round(0.4 * grid), 1.0, -1)
    return piece


def line(length: float, *, turned: float = 0.0, at: tuple[float, float] = (0.5, 0.5)) -> NDArray[np.bool_]:
    """A thin mark of that share of the disc's diameter, around a place of the photo."""
    hot = np.zeros((GRID, GRID), np.uint8)
    half = length * 0.8 * GRID / 2
    along = np.array([np.cos(turned), np.sin(turned)]) * half
    middle = np.array(at) * GRID - 0.5
    one, other = (tuple(round(float(value)) for value in end) for end in (middle - along, middle + along))
    cv2.line(hot, one, other, 1, 1)
    return hot > 0


def defect(name: str, **changes: Any) -> DefectClass:
    plain = {"threshold": 0.5, "severity": "major", "large_severity": "major", "large_share": 1.0}
    return DefectClass(name=name, **(plain | changes))


@pytest.mark.parametrize("turned", [0.0, 0.4, 0.785, 1.57, 2.5])
@pytest.mark.parametrize("length", [0.1, 0.2, 0.4, 0.7])
def test_the_size_is_the_longer_side_however_the_mark_lies(length: float, turned: float) -> None:
    mark = measure_mark(line(length, turned=turned), disc(), PLACE)
    assert mark.size == pytest.approx(length, abs=0.08)
    assert not mark.at_edge


@pytest.mark.parametrize("grid", [GRID, 2 * GRID, 4 * GRID])
def test_a_mark_reaches_an_edge_at_the_outline_and_at_the_rim_of_a_hole(grid: int) -> None:
    ring = disc(grid)
    cv2.circle(ring, (grid // 2, grid // 2), round(0.15 * grid), 0.0, -1)
    outer, inner, between = (line(0.08, at=(0.5, at)) for at in (0.115, 0.335, 0.23))
    assert [measure_mark(hot, ring, PLACE).at_edge for hot in (outer, inner, between)] == [True, True, False]


def test_where_a_close_view_leaves_the_piece_is_no_edge() -> None:
    everywhere = np.ones((4 * GRID, 4 * GRID), np.float32)
    assert not measure_mark(line(0.1, at=(0.5, 0.02)), everywhere, PLACE).at_edge


def test_with_no_piece_found_the_mark_is_held_against_all_that_was_looked_at() -> None:
    mark = measure_mark(line(0.5), np.zeros((GRID, GRID), np.float32), PLACE)
    assert (round(mark.size, 1), mark.at_edge) == (0.4, False)


def test_a_wide_photo_counts_in_its_own_pixels() -> None:
    """The cells of a part that is twice as wide as high are, too."""
    wide = Place(0, 0, 1600, 800)
    hot = np.zeros((GRID, GRID), bool)
    hot[20, 10:20] = True
    assert measure_mark(hot, np.ones((GRID, GRID), np.float32), wide).size == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("name", sorted(JEWELRY))
def test_a_larger_mark_is_never_less_and_an_edge_never_better(name: str) -> None:
    order = ["minor", "major", "critical"]
    table = JEWELRY[name]
    sizes = np.linspace(0, 1.2, 121)
    ranks = {
        at_edge: [order.index(severity_at(table, float(size), at_edge=at_edge)) for size in sizes]
        for at_edge in (False, True)
    }
    assert all(one == sorted(one) for one in ranks.values())
    assert all(edge >= inside for edge, inside in zip(ranks[True], ranks[False], strict=True))
    assert len({*ranks[False], *ranks[True]}) > 1, "one severity whatever the size"


@pytest.mark.parametrize(
    ("name", "length", "at", "severity"),
    [
        ("crack", 0.05, (0.5, 0.5), "minor"),  # a hairline
        ("crack", 0.25, (0.5, 0.5), "major"),
        ("crack", 0.60, (0.5, 0.5), "critical"),
        ("crack", 0.03, (0.5, 0.115), "minor"),
        ("crack", 0.15, (0.5, 0.115), "major"),
        ("crack", 0.30, (0.5, 0.130), "critical"),
        ("chip", 0.03, (0.5, 0.115), "minor"),
        ("chip", 0.12, (0.5, 0.115), "major"),
        ("chip", 0.25, (0.5, 0.130), "critical"),
        ("scratch", 0.10, (0.5, 0.5), "minor"),
        ("scratch", 0.60, (0.5, 0.5), "major"),
    ],
)
def test_marks_of_many_sizes(name: str, length: float, at: tuple[float, float], severity: str) -> None:
    table = JEWELRY[name]
    mark = measure_mark(line(length, at=at), disc(), PLACE)
    assert severity_of(defect(name, by_size=table), mark) == severity


def test_a_bundle_of_before_keeps_its_rule_and_where_it_had_none_the_default_says_it() -> None:
    small, large = (measure_mark(line(length), disc(), PLACE) for length in (0.05, 0.9))
    one_for_all = defect("crack", severity="critical", large_severity="critical")
    assert [severity_of(one_for_all, mark) for mark in (small, large)] == ["minor", "critical"]
    own_rule = defect("scratch", severity="minor", large_severity="critical", large_share=0.03)
    assert [severity_of(own_rule, mark) for mark in (small, large)] == ["minor", "critical"]
    assert table_of(own_rule) is None
    # A class that is none of jewelry has no default.
    assert severity_of(defect("blowhole"), small) == severity_of(defect("blowhole"), large) == "major"


def test_the_champion_says_more_than_one_severity_of_every_class_with_its_table_and_without() -> None:
    defects = read_bundle(release_folder(RELEASES, "champion")).defects
    without = [one.model_copy(update={"by_size": None}) for one in defects]
    for record in (defects, without):
        assert {one.name: severities(one) for one in record if len(set(severities(one))) == 1} == {}


def test_a_table_goes_from_the_recipe_into_the_record_and_back() -> None:
    recipe = read_recipe("jewelry")
    assert {name: recipe.rule(name).by_size() for name in TAXONOMY.defects} == JEWELRY
    kept = defect("crack", by_size=recipe.rule("crack").by_size()).model_dump_json()
    assert DefectClass.model_validate_json(kept).by_size == JEWELRY["crack"]
    assert json.loads(kept)["by_size"]["version"] == 1
    older = {key: value for key, value in json.loads(kept).items() if key != "by_size"}
    assert DefectClass.model_validate(older).by_size is None


def test_the_verdict_says_the_severity_of_the_size() -> None:
    record = _record()
    tables = {"by_size": SeverityTable(inside=Steps(major=0.2), edge=Steps(major=0.1))}
    record = record.model_copy(
        update={"defects": tuple(one.model_copy(update=tables) for one in record.defects)}
    )
    said = {finding.defect: finding.severity for finding in decide(_prediction(0.9, 0.9), record).findings}
    assert said == {"scratch": "major", "crack": "minor"}  # 5 cells of 16, and one


@pytest.mark.parametrize(
    ("inside", "edge", "fault"),
    [
        ({"major": 0.3, "critical": 0.2}, {}, "expected major first"),
        ({"major": 0.1}, {"major": 0.2}, "at an edge"),
        ({"major": 0.1}, {}, "at an edge"),
        ({"major": -0.1}, {}, "greater than or equal to 0"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    inside: dict[str, float], edge: dict[str, float], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        SeverityTable.model_validate({"inside": inside, "edge": edge})


def test_a_recipe_with_half_a_table_is_refused() -> None:
    with pytest.raises(ValidationError, match="inside alone"):
        SeverityRule(inside=Steps(major=0.1))
    with pytest.raises(RecipeError, match=r"severity\.crack"):
        read_recipe("jewelry", overrides=["severity.crack.edge={major=0.5}"])
