"""Counts, and whether variance is independent of defects."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.parts.photos import drawn_dataset
from ubora.command import main
from ubora.datasets.independence import chi_square_survival, measure_independence
from ubora.datasets.manifest import Manifest, write_manifest
from ubora.datasets.stats import count_rows, describe, level_table


def test_counts_add_up(tmp_path: Path) -> None:
    facts = describe(drawn_dataset(tmp_path, pieces=20))
    assert facts["photos"] == 20
    assert sum(split["photos"] for split in facts["splits"].values()) == 20
    assert (facts["clean"], facts["defects"]) == (10, {"scratch": 10})
    assert sum(level["clean"] + level["defective"] for level in facts["variance"].values()) == 20
    assert sum(row["photos"] for row in facts["table"]) == 20
    assert sum(row["defects"]["scratch"] for row in facts["table"]) == 10


def test_a_row_stands_for_every_category_material_and_level_that_occurs(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=10)
    horn = [s.model_copy(update={"material": "horn"}) if s.variance == 1 else s for s in manifest]
    horn[9] = horn[9].model_copy(update={"material": None, "category": None, "defects": None})
    rows = count_rows(Manifest(tmp_path, manifest.card, horn), ("category", "material"))
    assert [(r["category"], r["material"], r["photos"], r["clean"], r["unlabelled"]) for r in rows] == [
        ("pendant", "brass", 7, 4, 0),
        ("pendant", "horn", 2, 1, 0),
        (None, None, 1, 0, 1),
    ]
    levels = count_rows(Manifest(tmp_path, manifest.card, horn), ("material", "variance"))
    assert [(r["material"], r["variance"], r["photos"]) for r in levels][:5] == [
        ("brass", 2, 2),
        ("brass", 3, 2),
        ("brass", 4, 2),
        ("brass", 5, 1),
        ("horn", 1, 2),
    ]


def test_levels_are_counted_over_pieces_not_photos(tmp_path: Path) -> None:
    manifest = drawn_dataset(tmp_path, pieces=6)
    samples = list(manifest)
    # Photo 1 is a scratched second view of piece 0; piece 2 is not labelled; piece 3 is an approved sample.
    samples[1] = samples[1].model_copy(update={"piece_id": "piece-0", "variance": None})
    samples[2] = samples[2].model_copy(update={"defects": None})
    samples[3] = samples[3].model_copy(update={"approved_sample": True})
    table = level_table(Manifest(tmp_path, manifest.card, samples))
    assert table == [(0, 2), (0, 0), (0, 0), (0, 0), (1, 0)]


def test_the_command_shows_the_tables_and_the_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn_dataset(tmp_path, pieces=20)
    assert main(["data", "stats", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "  pendant   brass         20      20     10       10" in out
    assert "chi-square 0.00, 4 degrees of freedom, p = 1, Cramér's V = 0.00, 20 pieces" in out
    assert "no dependence shows" in out
    assert main(["data", "stats", str(tmp_path), "--levels"]) == 0
    assert "  pendant   brass     5" in capsys.readouterr().out
    assert main(["data", "stats", str(tmp_path), "--json"]) == 0
    independence = json.loads(capsys.readouterr().out)["independence"]
    assert independence["pieces"]["3"] == {"clean": 2, "defective": 2}
    assert (independence["test"]["df"], independence["test"]["n"]) == (4, 20)


def test_one_level_alone_cannot_be_tested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = drawn_dataset(tmp_path)
    write_manifest(
        Manifest(tmp_path, manifest.card, [s.model_copy(update={"variance": 3}) for s in manifest])
    )
    assert main(["data", "stats", str(tmp_path)]) == 0
    assert "too few levels or states to compare" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statistic", "df", "p"),
    # Abramowitz and Stegun, table 26.8: the upper percentage points.
    [(3.84146, 1, 0.05), (9.48773, 4, 0.05), (13.2767, 4, 0.01), (6.63490, 1, 0.01), (11.0705, 5, 0.05)],
)
def test_the_chi_square_tail_is_the_published_one(statistic: float, df: int, p: float) -> None:
    assert chi_square_survival(statistic, df) == pytest.approx(p, rel=1e-4)


def test_a_table_worked_by_hand_gives_its_statistic() -> None:
    tested = measure_independence([(20, 30), (30, 20)])
    assert tested is not None
    # Every expected count is 25, every deviation 5: 4 × 25 / 25.
    assert tested.chi_square == pytest.approx(4.0)
    assert (tested.df, tested.n) == (1, 100)
    assert tested.p == pytest.approx(math.erfc(math.sqrt(2)))
    assert tested.cramers_v == pytest.approx(0.2)
    assert (tested.smallest_expected, tested.rough) == (25.0, False)


def test_the_permuted_p_agrees_with_the_chi_square_where_counts_are_large() -> None:
    tested = measure_independence([(210, 190), (180, 220), (205, 195), (190, 210), (200, 200)])
    assert tested is not None
    assert tested.p_permuted == pytest.approx(tested.p, abs=0.02)


def test_small_counts_are_judged_by_permutation() -> None:
    tested = measure_independence([(4, 0), (0, 4)])
    assert tested is not None
    # Of the 70 ways to place four defective pieces among eight, two are as lopsided.
    assert tested.rough
    assert tested.best_p == pytest.approx(2 / 70, abs=0.005)


@pytest.mark.parametrize("table", [[], [(3, 4)], [(3, 0), (5, 0)], [(0, 0), (2, 2)]])
def test_nothing_to_compare_is_no_test(table: list[tuple[int, int]]) -> None:
    assert measure_independence(table) is None


def test_a_far_tail_is_zero_not_an_overflow() -> None:
    assert chi_square_survival(1e6, 4) == 0.0
    assert chi_square_survival(0.0, 3) == 1.0
    assert np.isfinite(chi_square_survival(900.0, 601))
