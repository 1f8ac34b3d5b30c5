"""The world around a piece: grounds, clutter and lights, each a function of its seed and fit to render."""

import numpy as np
import pytest

from tests.render.closed import is_closed
from ubora.datasets.render.clutter.around import MOST_VERTICES, THINGS, clutter
from ubora.datasets.render.ground.canvas import SIZE, SQUARE
from ubora.datasets.render.ground.every import GROUNDS
from ubora.datasets.render.ground.places import FREE, ground, height_at
from ubora.datasets.render.scene.atlas import WIDTH as ATLAS_WIDTH
from ubora.datasets.render.scene.light import HEIGHT, LIGHTS, WIDTH, draw, with_photographer
from ubora.datasets.render.scene.rooms import downward, weighed
from ubora.datasets.render.shapes import Part


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _vertices(parts: list[Part]) -> int:
    return sum(part.points.shape[0] * part.points.shape[1] for part in parts)


@pytest.mark.parametrize("tile_cm", [3.5, 30.0])
@pytest.mark.parametrize("name", GROUNDS)
def test_a_ground_is_a_function_of_its_seed_with_colours_and_heights_in_range(
    name: str, tile_cm: float
) -> None:
    sheet, again = (GROUNDS[name](_generator(5), tile_cm) for _ in range(2))
    np.testing.assert_array_equal(sheet.colour, again.colour)
    assert sheet.colour.shape == (SIZE, SIZE, 3)
    assert sheet.height.shape == SQUARE
    for values in (sheet.colour, sheet.height, np.asarray(sheet.roughness), np.asarray(sheet.metallic)):
        assert np.isfinite(values).all()
    assert np.quantile(sheet.colour, 0.01) >= 0
    assert np.quantile(sheet.colour, 0.9) <= 1.1
    assert sheet.colour.mean() > 0.001


@pytest.mark.parametrize("name", GROUNDS)
def test_a_place_is_flat_under_the_piece_and_its_skin_lies_between_0_and_1(name: str) -> None:
    part = ground(name, 12.0, _generator(len(name)))
    assert np.isfinite(part.points).all()
    assert part.uv is not None
    assert part.uv.shape == (*part.points.shape[:2], 2)
    for values in (part.skin.colour, part.skin.roughness, part.skin.metallic):
        assert np.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1
    middle = np.hypot(part.points[..., 0], part.points[..., 1]) < 12 * (FREE - 0.1)
    assert part.points[..., 2][middle].max() < 0.05
    assert part.points[..., 2][middle].min() > -0.6


def test_another_seed_makes_another_place() -> None:
    one, other = (ground("kitenge", 12.0, _generator(seed)) for seed in (1, 2))
    assert not np.array_equal(one.skin.colour, other.skin.colour)


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_is_closed_finite_narrow_enough_and_a_function_of_its_seed(name: str) -> None:
    for seed in range(4):
        parts, again = (THINGS[name][0](_generator(seed)) for _ in range(2))
        assert parts
        assert _vertices(parts) < 75_000
        for part, same in zip(parts, again, strict=True):
            np.testing.assert_array_equal(part.points, same.points)
            assert np.isfinite(part.points).all(), part.name
            assert is_closed(part.points, part.closing), part.name
            assert part.points.shape[1] + 1 < ATLAS_WIDTH
            assert part.skin.colour.shape == (*part.points.shape[:2], 3)
            for values in (part.skin.colour, part.skin.roughness, part.skin.metallic):
                assert np.isfinite(values).all(), part.name
                assert values.min() >= 0
                assert values.max() <= 1


@pytest.mark.parametrize("reach_cm", [0.9, 3.5, 9.0])
def test_clutter_stays_off_the_piece_and_modest(reach_cm: float) -> None:
    counts = []
    for seed in range(12):
        parts = clutter(reach_cm, _generator(seed))
        counts.append(len(parts))
        assert _vertices(parts) <= MOST_VERTICES
        assert len({part.name for part in parts}) == len(parts)
        for part in parts:
            away = np.hypot(part.points[..., 0], part.points[..., 1])
            assert away.min() > 0.97 * reach_cm, part.name
            assert part.points[..., 2].min() > -0.05, part.name
    assert min(counts) == 0 or max(counts) > 3


def test_clutter_on_a_plate_never_stands_on_its_rim_or_below_it() -> None:
    plate = ground("plate", 12.0, _generator(3))
    for seed in range(8):
        for part in clutter(3.0, _generator(seed), plate):
            assert -3 < part.points[..., 2].min() < 1.5


def test_a_ground_knows_its_height() -> None:
    plate = ground("plate", 12.0, _generator(3))
    height = height_at(plate, np.array([0.0, 5.4]), np.array([0.0, 0.0]))
    assert abs(height[0]) < 0.05
    assert height[1] > 0.02


@pytest.mark.parametrize("name", LIGHTS)
def test_a_light_is_finite_positive_and_a_function_of_its_seed(name: str) -> None:
    for seed in range(5):
        light, again = (LIGHTS[name][0](_generator(seed)) for _ in range(2))
        np.testing.assert_array_equal(light, again)
        assert light.shape == (HEIGHT, WIDTH, 3)
        assert np.isfinite(light).all()
        assert light.min() >= 0
        assert downward(light) > 0.01


def test_every_light_is_drawn_and_as_bright_as_the_others() -> None:
    drawn = [draw([], _generator(seed)) for seed in range(80)]
    assert {name for name, _ in drawn} == set(LIGHTS)
    for _, light in drawn:
        assert light.dtype == np.float32
        assert downward(light) == pytest.approx(3.0, rel=0.01)


def test_a_probe_keeps_its_name() -> None:
    probe = ("lobby", np.ones((HEIGHT, WIDTH, 3), np.float32))
    assert "lobby" in {draw([probe], _generator(seed))[0] for seed in range(8)}


def test_noon_comes_from_a_small_disc_and_an_overcast_sky_from_everywhere() -> None:
    def share_of_the_brightest(name: str) -> float:
        light = LIGHTS[name][0](_generator(1)).mean(-1)
        return float(np.sort(light.ravel())[-150:].sum() / light.sum())

    assert share_of_the_brightest("noon") > 0.3
    assert share_of_the_brightest("overcast") < 0.02


def test_a_source_is_weighed_against_the_rest() -> None:
    sky, spot = np.ones((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH, 3))
    spot[10:14, 20:24] = 1
    assert downward(weighed(spot, sky, 4.0)) == pytest.approx(5 * downward(sky), rel=1e-3)


def test_the_photographer_darkens_what_is_behind_the_camera() -> None:
    light = np.ones((HEIGHT, WIDTH, 3), np.float32)
    seen = [with_photographer(light, 2.0, 0.9, _generator(seed)) for seed in range(20)]
    row, column = int((np.pi / 2 - 0.9) / np.pi * HEIGHT), int(2.0 / (2 * np.pi) * WIDTH)
    assert np.median([s[row, column].mean() for s in seen]) < 0.3
    assert all(np.isfinite(s).all() and s.min() >= 0 for s in seen)
