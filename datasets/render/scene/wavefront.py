"""Rays of our own through Mitsuba's scene, in one vector: as many a pixel as that pixel needs.

Mitsuba's films cast the same number of rays everywhere. Here the bench gets fewer than the piece, and the
clean twin only those of the pixels that differ, which halves the time of a photo. Every number is opaque to
the compiler, so that all photos of all pieces share a handful of kernels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.noise import Bools, Floats
from ubora.datasets.render.scene.engine import opaque

BOUNCES = 4
RAYS_AT_ONCE = 1 << 22
"""Bounds the memory of one call, about 1 GB."""


class Wavefront:
    """Casts rays with a compiled variant of Mitsuba."""

    def __init__(self, mi: Any) -> None:
        self._mi = mi
        self._path = mi.load_dict({"type": "path", "max_depth": BOUNCES, "rr_depth": 8})

    def first_hits(
        self, scene: Any, camera: Camera, size: int, pixels: NDArray[np.uint32]
    ) -> tuple[Floats, Floats, Floats]:
        """u, v (N,) and shading normal (N, 3) where the middles of N pixels of a square meet a surface.

        The lens is a pinhole; where nothing is met all are 0.
        """
        mi = self._mi
        x, y, _ = self._places(pixels, 1, size)
        origin, direction = self._rays(camera, size, x + 0.5, y + 0.5, None)
        hit = scene.ray_intersect(mi.Ray3f(origin, direction))
        met = hit.is_valid()
        values = [mi.Float(0)] * 5
        for index, value in enumerate((hit.uv.x, hit.uv.y, *hit.sh_frame.n)):
            values[index] = _select(mi, met, value)
        u, v, *normal = (np.array(value, np.float32) for value in values)
        return u, v, np.stack(normal, -1)

    def radiance(
        self, scene: Any, camera: Camera, size: int, pixels: NDArray[np.uint32], wanted: Bools,
        samples: int, seed: int,
    ) -> Floats:  # fmt: skip
        """Mean linear radiance (N, 3) float32 of `samples` paths through each of N pixels of a square.

        Where `wanted` (N,) is false no path is followed and the answer is 0; a pixel's random numbers hang on
        its place among the N, so that a call that wants fewer of them sees the same noise.
        """
        chunk = max(1, RAYS_AT_ONCE // samples)
        parts = [
            self._some(scene, camera, size, pixels[at:][:chunk], wanted[at:][:chunk], samples, seed + at)
            for at in range(0, len(pixels), chunk)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 3), np.float32)

    def _some(
        self, scene: Any, camera: Camera, size: int, pixels: NDArray[np.uint32], wanted: Bools,
        samples: int, seed: int,
    ) -> Floats:  # fmt: skip
        import drjit

        mi = self._mi
        sampler = mi.load_dict({"type": "independent"})
        sampler.seed(_opaque_index(mi, seed), len(pixels) * samples)
        x, y, turn = self._places(pixels, samples, size)
        # As numbers: Dr.Jit keeps truth values in another layout than numpy.
        active = drjit.gather(mi.UInt32, mi.UInt32(wanted.astype(np.uint32)), turn) > 0
        jitter = sampler.next_2d()
        lens = mi.warp.square_to_uniform_disk_concentric(sampler.next_2d())
        origin, direction = self._rays(camera, size, x + jitter.x, y + jitter.y, lens)
        light, _, _ = self._path.sample(scene, sampler, mi.RayDifferential3f(origin, direction), None, active)
        drjit.eval(light)
        # One channel after the other: as one array their number would be compiled into the kernel.
        channels = [np.array(channel, np.float32).reshape(-1, samples).mean(-1) for channel in light]
        return np.stack(channels, -1)

    def _places(self, pixels: NDArray[np.uint32], samples: int, size: int) -> tuple[Any, Any, Any]:
        """Column, row and place of each of N pixels, `samples` times each one after the other."""
        import drjit

        mi = self._mi
        # Gathered, because an array of numpy's is read in place, by a kernel for its very alignment.
        turn = drjit.arange(mi.UInt32, len(pixels) * samples) // _opaque_index(mi, samples)
        index, width = drjit.gather(mi.UInt32, mi.UInt32(pixels), turn), _opaque_index(mi, size)
        row = index // width
        return mi.Float(index - row * width), mi.Float(row), turn

    def _rays(self, camera: Camera, size: int, x: Any, y: Any, lens: Any) -> tuple[Any, Any]:
        """Origin and direction of rays through picture points x, y; `lens` are points of the unit disk."""
        mi = self._mi
        eye, (forward, right, up) = self._vector(camera.eye), map(self._vector, camera.frame())
        step = opaque(mi, 2 / size)
        direction = forward + right * (x * step - 1) + up * (1 - y * step)
        if lens is None:
            return eye + direction * 0, mi.Vector3f(direction) / _norm(direction)
        # `right` and `up` are as long as half the picture at distance 1; the disk wants unit vectors.
        reach = opaque(mi, camera.aperture_cm / np.tan(np.radians(camera.field_deg / 2)))
        origin = eye + (right * lens.x + up * lens.y) * reach
        toward = eye + direction * opaque(mi, camera.distance_cm) - origin
        return origin, toward / _norm(toward)

    def _vector(self, values: Any) -> Any:
        return self._mi.Vector3f(*(opaque(self._mi, float(value)) for value in values))


def _norm(vector: Any) -> Any:
    import drjit

    return drjit.norm(vector)


def _select(mi: Any, met: Any, value: Any) -> Any:
    import drjit

    return drjit.select(met, value, mi.Float(0))


def _opaque_index(mi: Any, value: int) -> Any:
    import drjit

    return drjit.opaque(mi.UInt32, value & 0x7FFFFFFF)
