"""The same rays where no LLVM is found: Mitsuba's own loop, the whole picture at one rate, far slower."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.noise import Bools, Floats
from ubora.datasets.render.scene.wavefront import BOUNCES


class Scalar:
    """Casts rays with the scalar variant of Mitsuba; the calls are those of `wavefront.Wavefront`."""

    def __init__(self, mi: Any) -> None:
        self._mi = mi
        self._path = mi.load_dict({"type": "path", "max_depth": BOUNCES, "rr_depth": 8})
        self._hits = mi.load_dict({"type": "aov", "aovs": "uv:uv,normal:sh_normal"})

    def first_hits(
        self, scene: Any, camera: Camera, size: int, pixels: NDArray[np.uint32]
    ) -> tuple[Floats, Floats, Floats]:
        """u, v (N,) and shading normal (N, 3); see Wavefront."""
        picture = self._picture(scene, camera, size, self._hits, 1, 0, 0.0)
        seen = picture.reshape(size * size, -1)[pixels]
        return seen[:, -5], seen[:, -4], seen[:, -3:]

    def radiance(
        self, scene: Any, camera: Camera, size: int, pixels: NDArray[np.uint32], wanted: Bools,
        samples: int, seed: int,
    ) -> Floats:  # fmt: skip
        """Mean linear radiance (N, 3) of N pixels; see Wavefront."""
        picture = self._picture(scene, camera, size, self._path, samples, seed, camera.aperture_cm)
        return np.where(wanted[:, None], picture[..., :3].reshape(-1, 3)[pixels], 0)

    def _picture(
        self,
        scene: Any,
        camera: Camera,
        size: int,
        integrator: Any,
        samples: int,
        seed: int,
        aperture_cm: float,
    ) -> Floats:
        mi = self._mi
        lens: dict[str, Any] = {"type": "perspective"}
        if aperture_cm > 0:
            lens = {"type": "thinlens", "aperture_radius": aperture_cm, "focus_distance": camera.distance_cm}
        sensor = mi.load_dict(
            {
                **lens,
                "fov": camera.field_deg,
                "near_clip": 0.01,
                "far_clip": 1e5,
                "to_world": mi.ScalarTransform4f().look_at(
                    origin=camera.eye, target=camera.target, up=camera.up
                ),
                "film": {
                    "type": "hdrfilm", "width": size, "height": size, "pixel_format": "rgb",
                    "component_format": "float32", "rfilter": {"type": "box"},
                },
                "sampler": {"type": "independent"},
            }
        )  # fmt: skip
        picture = mi.render(scene, sensor=sensor, integrator=integrator, spp=samples, seed=seed)
        return np.array(picture, np.float32)
