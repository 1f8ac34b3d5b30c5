"""The renderer: designs and hands, closed surfaces, defects that know where they lie."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.render.closed import is_closed
from ubora.datasets.masks import box_of
from ubora.datasets.render.camera.phone import develop, draw_phone, encode, gain_for
from ubora.datasets.render.camera.visible import Labelled, label
from ubora.datasets.render.defects.apply import Plan, spoil
from ubora.datasets.render.defects.marks import DEEPEST
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.designs.hands import LEVEL_BOUNDS, Hand, draw_hand
from ubora.datasets.render.ground.every import GROUNDS
from ubora.datasets.render.ground.places import ground
from ubora.datasets.render.kept import piece_id, split_for
from ubora.datasets.render.piece import APPROVED, companion, drawn_design, extent, make
from ubora.datasets.render.pieces.build import build
from ubora.datasets.render.scene.light import HEIGHT, LIGHTS, WIDTH, ProbeError, draw, find_probes
from ubora.datasets.render.shapes import normals
from ubora.datasets.taxonomy import JEWELRY, VARIANCE_LEVELS


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_catalogue_has_forty_designs_with_names_of_their_own_and_words_of_the_taxonomy() -> None:
    designs = catalogue()
    assert len(designs) >= 40
    assert len({d.name for d in designs}) == len(designs)
    assert {d.material for d in designs} <= set(JEWELRY.materials)
    assert {d.category for d in designs} <= set(JEWELRY.categories)
    assert {"bangle", "cuff", "ring", "hoop", "pendant", "beads"} <= {d.category for d in designs}


@pytest.mark.parametrize(("strain", "level"), [(0.1, 1), (0.6, 2), (1.5, 3), (2.0, 4), (2.9, 4), (3.0, 5)])
def test_the_level_is_how_far_the_hand_strayed_in_tolerances(strain: float, level: int) -> None:
    assert Hand(strain, strain, -strain, strain, -strain).level == level


def test_every_level_occurs_about_as_often_with_defects_as_without() -> None:
    made = [make(3, number, grid=0.05) for number in range(400)]
    for level in VARIANCE_LEVELS:
        share = [
            np.mean([m.hand.level == level for m in made if bool(m.plans) is spoiled])
            for spoiled in (False, True)
        ]
        assert min(share) > 0.05
        assert abs(share[0] - share[1]) < 0.12
    assert 0.4 < np.mean([bool(m.plans) for m in made]) < 0.65


def test_a_drawn_hand_stays_inside_the_strain_of_its_level() -> None:
    for seed in range(200):
        hand = draw_hand(_generator(seed))
        bounds = (0.0, *LEVEL_BOUNDS, 4.5)
        assert bounds[hand.level - 1] <= hand.strain < bounds[hand.level]


@pytest.mark.parametrize("number", range(len(catalogue())), ids=lambda n: catalogue()[n].name)
def test_every_design_is_closed_surfaces_without_a_hole(number: int) -> None:
    design = catalogue()[number]
    for part in build(design, draw_hand(_generator(number)), _generator(number), grid=0.3):
        assert is_closed(part.points, part.closing), part.name
        assert np.isfinite(part.points).all()
        assert part.skin.colour.shape == (*part.points.shape[:2], 3)
        assert part.skin.colour.min() >= 0
        assert part.skin.colour.max() <= 1


@pytest.mark.parametrize("name", ["scratch", "crack", "dent", "chip", "pit", "tarnish", "solder", "rough"])
def test_a_defect_stays_closed_changes_only_its_footprint_and_is_not_too_deep(name: str) -> None:
    design = next(
        d
        for d in catalogue()
        if d.name == ("bone-bangle-satin-01" if name == "chip" else "brass-bangle-satin-01")
    )
    parts = build(design, Hand(0, 0, 0, 0, 0), _generator(1), grid=0.6)
    spoiled = spoil(design, parts, (Plan(name, "major", 1.2, 5),))
    before, after = parts[0], spoiled.parts[0]
    where = after.footprints[0]
    assert 0 < where.mean() < 0.2
    assert is_closed(after.points, after.closing)
    moved = after.points - before.points
    inward = -np.sum(moved * normals(before.points, before.closing), -1)
    assert inward.max() <= DEEPEST * before.wall_cm + 1e-6
    outside = ~cv2.dilate(where.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    assert np.linalg.norm(moved, axis=-1)[outside].max() < 0.02
    assert np.abs(after.skin.colour - before.skin.colour)[outside].max() < 0.35


def test_a_missing_bead_is_a_part_of_the_clean_strand_only() -> None:
    design = next(d for d in catalogue() if d.category == "beads")
    parts = build(design, Hand(0, 0, 0, 0, 0), _generator(1), grid=0.2)
    spoiled = spoil(design, parts, (Plan("missing", "critical", 1.0, 5),))
    names = {p.name for p in parts} - {p.name for p in spoiled.parts}
    assert names == set(spoiled.gone)
    assert len(names) == 1


@pytest.mark.parametrize("name", GROUNDS)
def test_every_ground_lies_below_the_piece(name: str) -> None:
    part = ground(name, 10.0, _generator(1))
    middle = np.hypot(part.points[..., 0], part.points[..., 1]) < 1
    assert part.points[..., 2][middle].max() < 0.05
    assert part.skin.colour.min() > 0


def test_a_drawn_light_is_finite_and_not_black() -> None:
    name, light = draw([], _generator(4))
    assert name in LIGHTS
    assert light.shape == (HEIGHT, WIDTH, 3)
    assert np.isfinite(light).all()
    assert light.mean() > 0.05


def test_a_dark_photo_is_darker_and_a_blurred_one_softer() -> None:
    scene = np.repeat(_generator(0).random((64, 64, 1)).astype(np.float32), 3, -1)
    piece = np.ones((64, 64), np.float32)
    photos = {}
    for fault in (None, "dark", "blur"):
        phone = draw_phone(_generator(9), "good", fault, 384)
        photos[fault] = develop(scene, gain_for(scene, piece, phone), phone, (32, 32)).astype(float)
    assert photos["dark"].mean() < 0.5 * photos[None].mean()
    assert photos["blur"].std() < 0.5 * photos[None].std()


def test_a_folder_without_probes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"no \.hdr"):
        find_probes(tmp_path)


def test_a_box_holds_exactly_its_mask() -> None:
    mask = np.zeros((20, 30), bool)
    mask[4:7, 10:15] = True
    assert box_of(mask) == (10, 4, 5, 3)


def test_a_photo_with_a_hidden_defect_shows_no_trace_of_it() -> None:
    twin = np.full((96, 96, 3), 120, np.uint8)
    photo = twin.copy()
    photo[10:20, 10:20] = 250
    photo[60:70, 60:70] = 130
    prints = [np.zeros((96, 96), bool), np.zeros((96, 96), bool)]
    prints[0][10:20, 10:20] = True
    prints[1][60:70, 60:70] = True
    plans = (Plan("tarnish", "minor", 1.0, 1), Plan("scratch", "minor", 1.0, 2))
    piece = np.ones((96, 96), bool)
    result = label(plans, prints, photo, twin, piece)
    assert [seen.name for seen in result.defects] == ["tarnish"]
    assert (result.photo[60:70, 60:70] == 120).all()
    assert (result.photo[10:20, 10:20] == 250).all()
    assert label(plans[1:], prints[1:], twin, twin, piece) == Labelled(twin, ())


def test_pieces_of_a_held_out_design_stand_in_no_other_split() -> None:
    splits: dict[str, set[str]] = {}
    for number in range(600):
        design = drawn_design(4, number).name
        splits.setdefault(design, set()).add(split_for(piece_id(4, number), design))
    held_out = {design for design, found in splits.items() if "test_designs" in found}
    assert all(splits[design] == {"test_designs"} for design in held_out)
    apart = [d for d in catalogue() if split_for("r4-00000", d.name) == "test_designs"]
    assert {d.category for d in apart} == set(JEWELRY.categories)
    assert {d.material for d in apart} == set(JEWELRY.materials)
    assert 0.05 < len(held_out) / len(splits) < 0.25
    assert set.union(*splits.values()) == {"train", "val", "test", "test_designs"}


def test_an_approved_sample_is_clean_and_of_level_three() -> None:
    for number in range(0, len(catalogue()), 20):
        made = make(4, APPROVED + number, grid=0.05)
        assert (made.design, made.plans, made.hand.level) == (catalogue()[number], (), 3)
        assert split_for(piece_id(4, made.number), made.design.name) in ("train", "test_designs")


def test_a_second_piece_lies_beside_the_first_and_not_in_it() -> None:
    for number in range(12):
        made = make(4, number, grid=0.05)
        beside, _, radius = companion(made, _generator(number), 0.05)
        middle, own = extent(made.clean)
        others = np.concatenate([part.points.reshape(-1, 3) for part in beside])
        assert np.hypot(*(others - middle)[:, :2].T).min() > 0.95 * own
        assert radius > own


def test_webp_shows_what_the_jpeg_shows_in_fewer_bytes() -> None:
    phone = draw_phone(_generator(3), "fair", None, 384)
    photo = np.kron(_generator(1).integers(0, 255, (24, 24, 1)), np.ones((8, 8, 3))).astype(np.uint8)
    jpeg, webp = encode(photo, phone), encode(photo, phone, "webp")
    assert webp[8:12] == b"WEBP"
    assert len(webp) < len(jpeg)
    assert np.abs(_pixels(jpeg) - _pixels(webp)).mean() < 6


def _pixels(jpeg: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.float64)
