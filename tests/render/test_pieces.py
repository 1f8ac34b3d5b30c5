"""The rendered pieces: every design at every level, and every defect class on what it can befall."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from tests import ROOT
from tests.render.closed import is_closed
from ubora.datasets.render.defects.apply import Plan, draw_plans, spoil
from ubora.datasets.render.defects.marks import DEEPEST
from ubora.datasets.render.defects.plans import BOUNDS, kinds, severity
from ubora.datasets.render.designs.catalogue import Design, catalogue
from ubora.datasets.render.designs.cousins import cousin
from ubora.datasets.render.designs.hands import LEVEL_BOUNDS, Hand, approved_hand, draw_hand
from ubora.datasets.render.pieces.build import build
from ubora.datasets.render.pieces.ornaments import INLAYS
from ubora.datasets.render.shapes import Part, normals
from ubora.datasets.taxonomy import JEWELRY

WIDEST, MOST_VERTICES = 1023, 260_000
STRAINS = {1: 0.3, 2: 0.9, 3: 1.6, 4: 2.5, 5: 4.3}

DESIGNS = catalogue() if os.environ.get("EVERY_DESIGN") else catalogue()[::4]
"""All of them where the renderer changed: `EVERY_DESIGN=1 pytest tests/render/test_pieces.py`."""


def _rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _hand(level: int, seed: int) -> Hand:
    hand = approved_hand(_rng(seed))
    scale = STRAINS[level] / hand.strain
    return Hand(*(scale * getattr(hand, a) for a in ("asymmetry", "thickness", "relief", "rhythm", "tone")))


def _sound(part: Part) -> None:
    shape = part.points.shape[:2]
    assert is_closed(part.points, part.closing), part.name
    assert np.isfinite(part.points).all(), part.name
    assert shape[1] <= WIDEST, part.name
    assert part.skin.colour.shape == (*shape, 3), part.name
    assert part.skin.roughness.shape == part.skin.metallic.shape == shape, part.name
    for values in (part.skin.colour, part.skin.roughness, part.skin.metallic):
        assert values.min() >= 0, part.name
        assert values.max() <= 1, part.name


def test_the_catalogue_has_every_category_and_material_and_a_third_of_mixed_or_ornamented_designs() -> None:
    designs = catalogue()
    assert len(designs) >= 110
    assert {d.category for d in designs} == set(JEWELRY.categories)
    assert {d.material for d in designs} == set(JEWELRY.materials)
    assert min(Counter(d.category for d in designs).values()) >= 10
    rich = [d for d in designs if d.material == "mixed" or d.ornament != "none" or d.extras]
    assert len(rich) > len(designs) / 3


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_every_level_of_every_design_is_sound_surfaces_without_a_trace_of_a_defect(design: Design) -> None:
    for level in STRAINS:
        parts = build(design, _hand(level, level), _rng(level), grid=0.1)
        for part in parts:
            _sound(part)
            assert part.footprints == {}
        assert len({p.name for p in parts}) == len(parts)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_cousins_of_a_design_are_of_its_form_and_sound(design: Design) -> None:
    cousins = [cousin(design, str(number), _rng(number)) for number in range(3)]
    for number, other in enumerate(cousins):
        assert (other.category, other.form, other.stuffs) == (design.category, design.form, design.stuffs)
        assert other.of_book == design.name != other.name
        for part in build(other, _hand(3, number), _rng(number), grid=0.1):
            _sound(part)
    assert len({(c.radius_cm, c.tone) for c in cousins}) == 3
    assert cousins[0] == cousin(design, "0", _rng(0))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_distant_cousins_of_a_design_keep_its_form_and_are_sound(design: Design) -> None:
    kin = {part for d in catalogue() if d.category == design.category for part in d.extras}
    for number in range(4):
        other = cousin(design, str(number), _rng(number), "distant")
        assert (other.category, other.form) == (design.category, design.form)
        assert other.of_book == design.name != other.name
        assert set(other.extras) <= kin
        # What is set into a piece shows on it, and only brass is hammered or aged.
        assert other.accent != other.body or not (other.ornament in INLAYS or "stone" in other.extras)
        assert other.body == "brass" or (other.finish not in ("hammered", "aged") and other.thick_cm >= 0.26)
        assert other.material == (other.body if len(set(other.stuffs)) == 1 else "mixed")
        for part in build(other, _hand(3, number), _rng(number), grid=0.1):
            _sound(part)


def test_distant_cousins_are_of_other_stuffs_parts_and_outlines() -> None:
    design = next(d for d in catalogue() if (d.category, d.form, d.stuffs) == ("pendant", "leaf", ("bone",)))
    cousins = [cousin(design, str(number), _rng(number), "distant") for number in range(30)]
    assert {"brass", "horn", "bone"} <= {c.body for c in cousins}
    assert len({c.extras for c in cousins}) > 4
    assert len({c.ornament for c in cousins}) > 4
    assert {c.lobes[0] == 0 for c in cousins} == {True, False}
    for other in cousins:
        made = build(other, approved_hand(_rng(1)), _rng(1), grid=0.2)[0].points
        plain = replace(other, stretch=(1.0, 1.0))
        wide, tall = (
            np.ptp(made, axis=(0, 1))[:2]
            / np.ptp(build(plain, approved_hand(_rng(1)), _rng(1), grid=0.2)[0].points, axis=(0, 1))[:2]
        )
        assert (wide, tall) == pytest.approx(other.stretch)


@pytest.mark.parametrize("name", JEWELRY.defects)
def test_every_defect_befalls_several_categories_and_leaves_a_footprint_or_a_gap(name: str) -> None:
    fits = [d for d in catalogue() if name in kinds(d)]
    assert len({d.category for d in fits}) >= 4
    for number, design in enumerate(fits[:: max(1, len(fits) // 12)]):
        clean = build(design, draw_hand(_rng(number)), _rng(number), grid=0.4)
        spoiled = spoil(design, clean, (Plan(name, "major", 1.2, number),))
        marked = [p for p in spoiled.parts if 0 in p.footprints and p.footprints[0].any()]
        assert marked or spoiled.gone, design.name
        assert len(spoiled.centres) == len(spoiled.facings) == 1
        assert set(spoiled.gone) == {p.name for p in clean} - {p.name for p in spoiled.parts}
        for part in spoiled.parts:
            _sound(part)


@pytest.mark.parametrize("name", [n for n in JEWELRY.defects if n not in ("bent", "missing", "chip")])
def test_a_mark_is_never_deeper_than_seventy_percent_of_the_wall(name: str) -> None:
    fits = [d for d in catalogue() if name in kinds(d)]
    for number, design in enumerate(fits[:: max(1, len(fits) // 8)]):
        clean = build(design, draw_hand(_rng(number)), _rng(number), grid=0.4)
        spoiled = spoil(design, clean, (Plan(name, "major", 1.9, number),))
        for before, after in zip(clean, spoiled.parts, strict=True):
            pressed = -np.sum((after.points - before.points) * normals(before.points, before.closing), -1)
            assert pressed.max() <= DEEPEST * before.wall_cm + 1e-6, (design.name, before.name)


def test_several_defects_on_one_piece_keep_their_own_footprints() -> None:
    design = next(d for d in catalogue() if d.ornament == "coins" and "bent" in kinds(d))
    parts = build(design, approved_hand(_rng(1)), _rng(1), grid=0.4)
    plans = tuple(Plan(name, "major", 1.0, 3) for name in ("scratch", "bent", "missing"))
    spoiled = spoil(design, parts, plans)
    assert {number for p in spoiled.parts for number in p.footprints} == {0, 1, 2}
    assert len(spoiled.centres) == 3


def test_every_class_is_about_as_frequent_as_the_others_over_the_catalogue() -> None:
    designs = catalogue()
    plans = [draw_plans(designs[n % len(designs)], _rng(5, n)) for n in range(6000)]
    found = Counter(plan.name for several in plans for plan in several)
    assert set(found) == set(JEWELRY.defects)
    assert max(found.values()) < 1.8 * min(found.values())
    assert {len(several) for several in plans} == {0, 1, 2, 3}
    for several in plans:
        assert len({plan.name for plan in several}) == len(several)


def test_wanted_classes_alone_are_drawn_for_every_piece_that_can_have_one() -> None:
    wanted = ("bent", "missing")
    for n, design in enumerate(catalogue()):
        plans, usual = draw_plans(design, _rng(6, n), wanted), draw_plans(design, _rng(6, n))
        if set(kinds(design)) & set(wanted):
            assert plans
            assert {plan.name for plan in plans} <= set(wanted)
        else:
            assert plans == usual


def test_severity_grows_with_size_and_depends_on_the_place() -> None:
    order = {"minor": 0, "major": 1, "critical": 2}
    for name in BOUNDS:
        grades = [order[severity(name, size, "face")] for size in (0.65, 1.0, 1.3, 1.9)]
        assert grades == sorted(grades)
    assert severity("scratch", 1.0, "inner") == "minor"
    assert severity("scratch", 1.0, "face") == "major"
    assert severity("chip", 1.0, "end") == "critical"


def test_the_level_is_drawn_independently_of_the_defects() -> None:
    designs = catalogue()
    shares = defaultdict(list)
    for n in range(4000):
        level = draw_hand(_rng(n, 1)).level
        shares[level].append(bool(draw_plans(designs[n % len(designs)], _rng(n, 2))))
    means = [float(np.mean(shares[level])) for level in range(1, 6)]
    assert max(means) - min(means) < 0.08


def test_an_approved_hand_is_in_the_middle_of_level_three() -> None:
    hand = approved_hand(_rng(7))
    assert hand.level == 3
    assert hand.strain == pytest.approx((LEVEL_BOUNDS[1] + LEVEL_BOUNDS[2]) / 2)


def test_a_design_shows_the_whole_strain_in_the_aspects_that_it_has() -> None:
    hand = draw_hand(_rng(3))
    for design in catalogue():
        shown = hand.shown_by(design.aspects)
        carried = [getattr(shown, aspect) for aspect in design.aspects]
        assert np.sqrt(np.mean(np.square(carried))) == pytest.approx(hand.strain)


@pytest.mark.parametrize("category", ["bangle", "pendant", "beads"])
def test_a_freer_hand_strays_further_from_round(category: str) -> None:
    design = next(d for d in catalogue() if d.category == category)
    spread = []
    for level in (1, 3, 5):
        even = build(design, _hand(level, 2), _rng(2), grid=0.2)
        flawless = build(design, Hand(0, 0, 0, 0, 0), _rng(2), grid=0.2)
        gaps = [
            float(np.ptp(a.points.reshape(-1, 3)[:, :2]) - np.ptp(b.points.reshape(-1, 3)[:, :2]))
            for a, b in zip(even, flawless, strict=False)
        ]
        spread.append(max(map(abs, gaps)))
    assert spread == sorted(spread)


def test_the_same_seed_makes_the_same_piece() -> None:
    for design in catalogue()[::12]:
        first, second = (build(design, draw_hand(_rng(4)), _rng(4), grid=0.2) for _ in range(2))
        for a, b in zip(first, second, strict=True):
            assert np.array_equal(a.points, b.points)
            assert np.array_equal(a.skin.colour, b.skin.colour)


_PRINT_A_DIGEST = """
import hashlib, numpy as np
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.designs.hands import draw_hand
from ubora.datasets.render.pieces.build import build
digest = hashlib.sha256()
for design in catalogue():
    if design.category in ("beads", "chain", "wrap"):
        for part in build(design, draw_hand(np.random.default_rng(4)), np.random.default_rng(4), grid=0.1):
            digest.update(part.name.encode() + part.points.tobytes())
print(digest.hexdigest())
"""


def test_another_process_with_another_hash_seed_makes_the_same_piece() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _PRINT_A_DIGEST], env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_a_pair_is_one_piece_with_parts_of_both_that_do_not_touch() -> None:
    for design in (d for d in catalogue() if "pair" in d.extras):
        parts = build(design, approved_hand(_rng(1)), _rng(1), grid=0.2)
        sides = {s: [p for p in parts if p.name.startswith(s)] for s in ("left-", "right-")}
        assert len(sides["left-"]) == len(sides["right-"]) > 0
        assert max(p.points[..., 0].max() for p in sides["left-"]) < min(
            p.points[..., 0].min() for p in sides["right-"]
        )


@pytest.mark.slow
@pytest.mark.parametrize("design", catalogue()[::5], ids=lambda d: d.name)
def test_a_piece_at_full_detail_stays_within_the_vertices_that_a_photo_needs(design: Design) -> None:
    parts = build(design, approved_hand(_rng(1)), _rng(1))
    assert sum(p.points.shape[0] * p.points.shape[1] for p in parts) < MOST_VERTICES
