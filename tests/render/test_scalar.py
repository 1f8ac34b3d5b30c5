"""Without LLVM the same camera sees the same things in the same light, only later."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.ground.places import ground
from ubora.datasets.render.noise import Floats
from ubora.datasets.render.piece import extent, make
from ubora.datasets.render.scene import light
from ubora.datasets.render.scene.scene import Renderer, Sight

SIZE = 64


def _seen_with(variant: str) -> tuple[Sight, Floats]:
    made = make(2, 1, 0.2)
    middle, radius = extent(made.clean)
    renderer = Renderer(SIZE, 32, variant=variant)
    rng = np.random.default_rng(3)
    scene = renderer.scene([*made.clean, ground("plain", 12.0, rng)], light.draw([], rng)[1], 0)
    eye = middle + radius * np.array([1.0, 1.5, 3.0])
    camera = Camera((eye[0], eye[1], eye[2]), (middle[0], middle[1], middle[2]), (0, 0, 1), 35, 0.02)
    # Nobody's piece in the picture is a picture too.
    assert renderer.sight(scene, camera, 0).part.max() >= 0
    rates = np.full((SIZE, SIZE), 32, np.uint16)
    return renderer.sight(scene, camera, len(made.clean)), renderer.radiance(scene, camera, 1, rates)


@pytest.mark.slow
def test_the_scalar_fallback_sees_what_the_wavefront_sees() -> None:
    # Each variant in a process of its own: Mitsuba knows one at a time.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool:
        fast, slow = pool.map(_seen_with, ("llvm_ad_rgb", "scalar_rgb"))
    assert len(np.unique(fast[0].part)) > 1
    assert (fast[0].part == slow[0].part).mean() > 0.97
    bright = np.quantile(fast[1], 0.98)
    # Their noise differs: what is compared is the mean of 4 × 4 pixels.
    ours, theirs = (
        np.minimum(picture, bright).reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean((1, 3))
        for picture in (fast[1], slow[1])
    )
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.97
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.03)
