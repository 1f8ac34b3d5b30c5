"""Parts, a light and a camera to linear radiance and to "which texel does each pixel see", with Mitsuba.

One BSDF plugin for everything keeps the number of compiled kernels at a handful for a whole dataset.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ubora.datasets.render.camera.lens import Camera
from ubora.datasets.render.noise import Bools, Floats, single
from ubora.datasets.render.scene import atlas
from ubora.datasets.render.scene.engine import load_denoiser, load_mitsuba
from ubora.datasets.render.scene.scalar import Scalar
from ubora.datasets.render.scene.wavefront import Wavefront
from ubora.datasets.render.shapes import Part, ball, faces, normals, plain_skin

SLOTS = 3
"""Scenes held at once: the clean piece, the spoiled piece, the place without a piece."""
OVERSAMPLE = 2
"""Label rays per pixel along each side."""


class SceneError(ValueError):
    """A scene that Mitsuba renders to something that is not a picture."""


@dataclass(frozen=True)
class Sight:
    """For each label ray (OVERSAMPLE·size)²: part seen (-1: none), row and column of its texel."""

    part: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    aids: tuple[Floats, Floats]
    """Albedo and normal (size, size, 3) float32 of each pixel, for the denoiser."""


@dataclass(frozen=True)
class Scene:
    """What Mitsuba holds of some parts, and what is needed to find them again in a picture."""

    mitsuba: Any
    parts: list[Part]
    ground: int
    things: atlas.Atlas


class Renderer:
    """Mitsuba, loaded once a process; pictures are `size_px` square, `samples` rays a pixel on the piece."""

    def __init__(
        self, size_px: int, samples: int, threads: int | None = None, variant: str | None = None
    ) -> None:
        self.size_px = size_px
        self.samples = samples
        self.mi, self.variant = load_mitsuba(threads, variant)
        self._rays: Wavefront | Scalar = (Scalar if self.variant.startswith("scalar") else Wavefront)(self.mi)
        self._denoise = load_denoiser()
        self._slots: list[Any] = []

    def scene(self, parts: list[Part], light: Floats, slot: int) -> "Scene":
        """The parts under an environment (H, W, 3), in one of SLOTS; exactly one part is the ground.

        A slot is one Mitsuba scene whose contents are replaced: a new scene would get new registry numbers,
        and every new number compiles every kernel anew. A slot's former Scene must not be rendered again.
        """
        ground = next(i for i, part in enumerate(parts) if part.closing == "open")
        others = [i for i in range(len(parts)) if i != ground]
        # An empty mesh is refused, so a place without things gets a grain below its ground, seen by nobody.
        things = atlas.build([parts[i] for i in others] or [_grain()], others or [-1])
        content = {"things": self._things(things), "ground": self._ground(parts[ground])}
        if self.variant.startswith("scalar"):
            # Nothing is compiled, and the scalar variant's arrays cannot grow.
            return Scene(self._filled(light, content), parts, ground, things)
        if not self._slots:
            blank = {"things": _blank(), "ground": _blank()}
            self._slots = [self._filled(light, blank) for _ in range(SLOTS)]
        scene = Scene(self._slots[slot], parts, ground, things)
        params = self.mi.traverse(scene.mitsuba)
        for mesh, values in content.items():
            for name, value in values.items():
                params[f"{mesh}.{name}"] = self.mi.TensorXf(value) if name.endswith("data") else value
        params.update()
        self.relight(scene, light)
        return scene

    def _filled(self, light: Floats, content: dict[str, dict[str, Any]]) -> Any:
        """A Mitsuba scene of two meshes under an environment."""
        mi = self.mi
        turned = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
        return mi.load_dict(
            {
                "type": "scene",
                "light": {"type": "envmap", "bitmap": mi.Bitmap(light), "to_world": turned},
                "things": self._mesh("things", "clamp", content["things"]),
                "ground": self._mesh("ground", "mirror", content["ground"]),
            }
        )

    def relight(self, scene: Scene, light: Floats) -> None:
        """Another environment of the same size."""
        params = self.mi.traverse(scene.mitsuba)
        params["light.data"] = self.mi.TensorXf(np.concatenate([light, light[:, :1]], 1))
        params.update()

    def sight(self, scene: Scene, camera: Camera, piece_parts: int) -> Sight:
        """What each label ray meets, through the same camera without its blur.

        Only around the first `piece_parts` parts, the piece, every label ray is cast; on the bench one a
        pixel stands for all of its rays.
        """
        size, fine = self.size_px, self.size_px * OVERSAMPLE
        coarse = self._hits(scene, camera, size, np.arange(size * size, dtype=np.uint32))
        on_piece = ((coarse[0] >= 0) & (coarse[0] < piece_parts)).astype(np.uint8).reshape(size, size)
        near = _finer(cv2.dilate(on_piece, np.ones((7, 7), np.uint8))) > 0
        seen = [_finer(a.reshape(size, size, *a.shape[1:])) for a in coarse]
        # Without a piece there is nothing to look at more closely, and no kernel for no rays.
        if near.any():
            hits = self._hits(scene, camera, fine, np.flatnonzero(near).astype(np.uint32))
            for whole, some in zip(seen, hits, strict=True):
                whole[near] = some
        part, row, column, albedo, normal = seen
        aids = [cv2.resize(single(a), (size, size), interpolation=cv2.INTER_AREA) for a in (albedo, normal)]
        return Sight(part, row, column, (np.clip(aids[0], 0, 1), np.clip(aids[1], -1, 1)))

    def parts_at(self, scene: Scene, camera: Camera, size: int) -> NDArray[np.int32]:
        """The part (size, size) that each ray of a small square picture meets, -1 for none."""
        return self._hits(scene, camera, size, np.arange(size * size, dtype=np.uint32))[0].reshape(size, size)

    def _hits(
        self, scene: Scene, camera: Camera, size: int, pixels: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], Floats, Floats]:
        """Part, row, column (N,), albedo and normal (N, 3) that the middles of N pixels meet."""
        u, v, normal = self._rays.first_hits(scene.mitsuba, camera, size, pixels)
        on_ground = v > _GROUND_V / 2
        skin = scene.parts[scene.ground].skin.colour
        own = scene.things
        height, width = own.part.shape
        y = np.clip((v * height).astype(np.int32), 0, height - 1)
        x = np.clip((u * width).astype(np.int32), 0, width - 1)
        part, row, column, albedo = own.part[y, x], own.row[y, x], own.column[y, x], own.colour[y, x]
        row[on_ground] = (_mirrored(v[on_ground] - _GROUND_V) * (skin.shape[0] - 1)).astype(np.int32)
        column[on_ground] = (_mirrored(u[on_ground]) * (skin.shape[1] - 1)).astype(np.int32)
        albedo[on_ground] = skin[row[on_ground], column[on_ground]]
        part[on_ground] = scene.ground
        return part, row, column, albedo, normal

    def radiance(
        self, scene: Scene, camera: Camera, seed: int, rates: NDArray[np.uint16], wanted: Bools | None = None
    ) -> Floats:
        """Noisy linear radiance (size, size, 3) float32; `rates` (size, size): rays a pixel.

        Black where `wanted` (size, size) is false; elsewhere with the noise of a call that wants everything.
        """
        picture = np.zeros((self.size_px**2, 3), np.float32)
        flat = rates.ravel()
        for rate in np.unique(flat[flat > 0]):
            pixels = np.flatnonzero(flat == rate).astype(np.uint32)
            some = np.ones(len(pixels), bool) if wanted is None else wanted.ravel()[pixels]
            picture[pixels] = self._rays.radiance(
                scene.mitsuba, camera, self.size_px, pixels, some, int(rate), seed + int(rate)
            )
        if not np.isfinite(picture).all():
            raise SceneError("a pixel of the rendered picture is not a number")
        # One pixel of a mirrored lamp must not blow up its neighbours in the denoiser.
        return np.clip(picture, 0, 200).reshape(self.size_px, self.size_px, 3)

    def denoised(self, radiance: Floats, aids: tuple[Floats, Floats]) -> Floats:
        """Linear radiance (H, W, 3) without its noise; `aids` (albedo, normal) of the same size steer it."""
        contiguous = [np.ascontiguousarray(a, np.float32) for a in (radiance, *aids)]
        return np.asarray(self._denoise(*contiguous), np.float32)

    def _texture(self, data: Floats, wrap: str) -> dict[str, Any]:
        return {
            "type": "bitmap", "bitmap": self.mi.Bitmap(np.ascontiguousarray(data, np.float32)), "raw": True,
            "filter_type": "bilinear", "wrap_mode": wrap,
        }  # fmt: skip

    def _things(self, own: atlas.Atlas) -> dict[str, Any]:
        skin = (own.colour, own.roughness, own.metallic, own.clearcoat)
        return _contents(own.points, own.normals, own.uv, own.triangles, skin)

    def _ground(self, part: Part) -> dict[str, Any]:
        points, triangles = faces(part.points, "open")
        normal = normals(part.points, "open")
        if normal[..., 2].mean() < 0:
            normal, triangles = -normal, triangles[:, ::-1]
        if part.uv is None:
            raise SceneError("the ground has no texture coordinates")
        uv = part.uv + np.array([0, _GROUND_V])
        skin = (part.skin.colour, part.skin.roughness, part.skin.metallic, 0 * part.skin.metallic)
        return _contents(points, normal, uv, triangles, skin)

    def _mesh(self, name: str, wrap: str, values: dict[str, Any]) -> Any:
        """A mesh with textures, of the values that `_contents` gives."""
        mi = self.mi
        skin = {
            key: self._texture(values[f"bsdf.{key}.data"], wrap)
            for key in ("base_color", "roughness", "metallic", "clearcoat")
        }
        props = mi.Properties()
        props["bsdf"] = mi.load_dict({"type": "principled", **skin, "clearcoat_gloss": 0.9, "specular": 0.5})
        mesh = mi.Mesh(
            name,
            vertex_count=len(values["vertex_positions"]) // 3,
            face_count=len(values["faces"]) // 3,
            has_vertex_normals=True,
            has_vertex_texcoords=True,
            props=props,
        )
        params = mi.traverse(mesh)
        for key in ("vertex_positions", "vertex_normals", "vertex_texcoords", "faces"):
            params[key] = values[key]
        params.update()
        return mesh


def _blank() -> dict[str, Any]:
    """One triangle, to be filled."""
    grey = np.full((4, 4), 0.5, np.float32)
    points, flat = np.eye(3), np.array([[0, 0, 1.0]] * 3)
    skin = (np.full((4, 4, 3), 0.5, np.float32), grey, grey, grey)
    return _contents(points, flat, points[:, :2], np.array([[0, 1, 2]], np.uint32), skin)


def _contents(
    points: Floats,
    normal: Floats,
    uv: Floats,
    triangles: NDArray[np.uint32],
    skin: tuple[Floats, Floats, Floats, Floats],
) -> dict[str, Any]:
    """The values of a mesh's Mitsuba parameters."""
    colour, roughness, metallic, clearcoat = skin
    return {
        "vertex_positions": np.ascontiguousarray(points, np.float32).ravel(),
        "vertex_normals": np.ascontiguousarray(normal, np.float32).ravel(),
        "vertex_texcoords": np.ascontiguousarray(uv, np.float32).ravel(),
        "faces": np.ascontiguousarray(triangles, np.uint32).ravel(),
        "bsdf.base_color.data": np.ascontiguousarray(colour, np.float32),
        "bsdf.roughness.data": np.ascontiguousarray(roughness[..., None], np.float32),
        "bsdf.metallic.data": np.ascontiguousarray(metallic[..., None], np.float32),
        "bsdf.clearcoat.data": np.ascontiguousarray(clearcoat[..., None], np.float32),
    }


def _finer(a: Any) -> Any:
    """A picture (H, W, …) at OVERSAMPLE times its size, each pixel repeated."""
    return np.repeat(np.repeat(a, OVERSAMPLE, 0), OVERSAMPLE, 1)


def _grain() -> Part:
    points = ball((0.001, 0.001, 0.001), 4, 4) - np.array([0, 0, 5.0])
    return Part("grain", points, "ball", plain_skin((4, 4), (0.5, 0.5, 0.5), 0.5))


def _mirrored(x: Floats) -> Floats:
    """A texture coordinate folded into 0–1, as Mitsuba's `mirror` does."""
    folded = np.abs(x) % 2
    return np.where(folded > 1, 2 - folded, folded)


_GROUND_V = 32.0
"""The ground's texture coordinate v is shifted by this: even, so it mirrors alike, and beyond its ±10 tiles.

One AOV then tells ground from things, and (0, 0) is nothing. Mitsuba's own shape_index is a registry number
that depends on what was rendered before.
"""
