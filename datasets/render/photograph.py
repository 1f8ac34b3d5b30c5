"""The photos of one piece: place, light, camera and phone, each photo labelled with what shows in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ubora.datasets.manifest import Camera as CameraRecord
from ubora.datasets.render.camera import phone, views, visible
from ubora.datasets.render.clutter import around as clutter
from ubora.datasets.render.ground import every as grounds
from ubora.datasets.render.ground import places
from ubora.datasets.render.noise import Bools, Floats, Random
from ubora.datasets.render.piece import Made, companion, extent, stream
from ubora.datasets.render.scene import light
from ubora.datasets.render.scene.scene import Renderer, Scene, Sight
from ubora.datasets.render.shapes import Part, turn
from ubora.datasets.taxonomy import PhotoFault, View

BENCH_SHARE = 0.4
"""Rays a pixel on the bench, as a share of those on the piece: the denoiser needs fewer on what is dull."""
FEWEST_RAYS = 4
SHOWN_SHARE = 0.85
"""Of the piece inside the frame, what must be seen of it for the clutter to stay."""


@dataclass(frozen=True)
class Photograph:
    """One photo with all that is known of it; `piece` (H, W) bool."""

    view: View
    fault: PhotoFault | None
    file: bytes
    """As JPEG or WebP."""
    defects: tuple[visible.Seen, ...]
    piece: Bools
    light: str
    camera: CameraRecord
    twin: "Twin | None" = None
    """Where defects show: the same photo of the piece without them."""


@dataclass(frozen=True)
class Twin:
    """The clean twin of a photo: same piece, light, camera, phone and noise."""

    file: bytes
    piece: Bools


@dataclass(frozen=True)
class _Frame:
    """What the renderer gives of one scene: radiance (H, W, 3), noisy and not, and the share of the piece."""

    noisy: Floats
    radiance: Floats
    sight: Sight
    piece: Floats


class _Stage:
    """The piece on its bench, clean and spoiled, as scenes that are made anew only when they change."""

    def __init__(self, renderer: Renderer, made: Made, around: list[Part], environment: Floats) -> None:
        self._renderer, self._made, self._around, self._environment = renderer, made, around, environment
        self._beside: list[Part] | None = None
        self._cluttered = True
        self._scenes: list[Scene] = []

    def scenes(self, beside: list[Part], *, cluttered: bool = True) -> list[Scene]:
        """The clean scene and, with defects, the spoiled one; `beside` is a second piece or nothing."""
        # A second piece would lie in the clutter.
        cluttered = cluttered and not beside
        if self._beside is not beside or self._cluttered != cluttered:
            around = [*beside, *(self._around if cluttered else self._around[:1])]
            kinds = [self._made.clean, self._made.spoiled.parts][: 2 if self._made.plans else 1]
            self._scenes = [
                self._renderer.scene([*parts, *around], self._environment, slot)
                for slot, parts in enumerate(kinds)
            ]
            self._beside, self._cluttered = beside, cluttered
        return self._scenes

    def bare(self) -> Scene:
        """The bench without the piece."""
        return self._renderer.scene(self._around, self._environment, 2)


def photograph(
    made: Made, seed: int, view_count: int, renderer: Renderer, probes: Sequence[light.Probe],
    *, faults: bool = True, photo_format: str = "jpg", twins: bool = False,
) -> list[Photograph]:  # fmt: skip
    """`view_count` photos of a piece, each with what can be seen in it.

    Args:
        faults: lets some be bad photos.
        twins: keeps the clean twin of each good photo in which a defect shows.
    """
    place, lamp, look, pocket = (
        stream(seed, made.number, name) for name in ("place", "light", "views", "phone")
    )
    middle, radius = extent(made.clean)
    around = _place(made.microfactory, radius, middle, place)
    light_name, environment = light.draw(probes, lamp)
    tier = phone.draw_tier(pocket)
    stage = _Stage(renderer, made, around, environment)
    nobody: list[Part] = []
    photos = []
    for number in range(view_count):
        fault = views.draw_fault(look) if faults else None
        beside, at, reach = nobody, middle, radius
        if fault == "two_pieces":
            beside, at, reach = companion(made, look, renderer.size_px / 384)
        shot = views.plan(views.ORDER[number % len(views.ORDER)], fault, at, reach, _spot(made, number), look)
        lit = light.with_photographer(environment, shot.azimuth, shot.elevation, look)
        device = phone.draw_phone(pocket, tier, shot.fault, renderer.size_px)
        draft = _Draft(renderer, made, shot, lit, int(look.integers(2**30)))
        if shot.fault == "no_piece":
            frame = draft.frame(stage.bare(), 0)
            photo, clean = _developed(frame, device), None
            seen: tuple[visible.Seen, ...] = ()
        else:
            scenes = stage.scenes(beside)
            if draft.shown_share(scenes[0], len(made.clean)) < SHOWN_SHARE:
                # Something on the bench stands between the phone and the piece; nobody would take that photo.
                scenes = stage.scenes(beside, cluttered=False)
            frame, photo, seen, clean = draft.labelled(scenes, len(beside), device)
        twin = None
        if twins and seen and clean is not None and shot.fault is None:
            twin = Twin(phone.encode(clean[1], device, photo_format), clean[0].piece >= 0.5)
        photos.append(
            Photograph(
                shot.view, shot.fault, phone.encode(photo, device, photo_format), seen,
                frame.piece >= 0.5, light_name, views.record(shot, tier), twin,
            )
        )  # fmt: skip
    return photos


def _spot(made: Made, number: int) -> tuple[Floats, Floats] | None:
    """The defect that photo `number` looks at: its place and its facing."""
    if not made.plans:
        return None
    k = number % len(made.plans)
    return made.spoiled.centres[k], made.spoiled.facings[k]


@dataclass(frozen=True)
class _Draft:
    """One shot under one light, to be taken of several scenes."""

    renderer: Renderer
    made: Made
    shot: views.Shot
    lit: Floats
    seed: int

    def frame(self, scene: Scene, piece_parts: int) -> _Frame:
        """The scene whole; its first `piece_parts` parts are the piece."""
        sight, piece = self._seen(scene, piece_parts)
        noisy = self.renderer.radiance(scene, self.shot.camera, self.seed, self._rates(piece))
        return _Frame(noisy, self.renderer.denoised(noisy, sight.aids), sight, piece)

    def labelled(
        self, scenes: list[Scene], beside: int, device: phone.Phone
    ) -> tuple[_Frame, phone.Photo, tuple[visible.Seen, ...], tuple[_Frame, phone.Photo] | None]:
        """The photo of the last scene, with the defects that differ from the first scene, the clean one.

        Last comes the clean twin, if there is one.
        """
        made = self.made
        own = len(made.spoiled.parts if made.plans else made.clean)
        frame = self.frame(scenes[-1], own + beside)
        photo = _developed(frame, device)
        if not made.plans:
            return frame, photo, (), None
        sight, piece = self._seen(scenes[0], len(made.clean) + beside)
        prints = visible.footprints(made.plans, made.clean, made.spoiled, sight, frame.sight)
        where = visible.differing(made.clean, made.spoiled.parts, sight, frame.sight, prints)
        twin = self._twin(scenes[0], frame, sight, piece, where)
        clean = _developed(frame, device, twin.radiance)
        on_piece = (frame.piece >= 0.5) | (twin.piece >= 0.5)
        result = visible.label(made.plans, prints, photo, clean, on_piece)
        return (frame if result.defects else twin), result.photo, result.defects, (twin, clean)

    def shown_share(self, scene: Scene, piece_parts: int) -> float:
        """How much of the piece that is in the frame is not hidden behind something else."""
        cells = 48
        cloud = np.concatenate([part.points.reshape(-1, 3)[::7] for part in self.made.clean])
        places = (self.shot.camera.seen_at(cloud) + 1) / 2 * cells
        inside = np.floor(places[((places >= 0) & (places < cells)).all(1)]).astype(np.int32)
        expected = np.zeros((cells, cells), bool)
        expected[inside[:, 1], inside[:, 0]] = True
        if not expected.any():
            return 1.0
        rays = 4
        part = self.renderer.parts_at(scene, self.shot.camera, cells * rays)
        hit = ((part >= 0) & (part < piece_parts)).astype(np.uint8)
        seen = (
            np.asarray(cv2.dilate(hit, np.ones((5, 5), np.uint8)))
            .reshape(cells, rays, cells, rays)
            .max((1, 3))
        )
        return float(seen[expected].mean())

    def _twin(self, scene: Scene, frame: _Frame, sight: Sight, piece: Floats, where: Bools) -> _Frame:
        """The clean scene, rendered only where it differs; elsewhere it is the spoiled frame."""
        if not where.any():
            return _Frame(frame.noisy, frame.radiance, sight, piece)
        # At the rates of the spoiled frame, for the same noise: what differs then is the defect.
        patch = self.renderer.radiance(scene, self.shot.camera, self.seed, self._rates(frame.piece), where)
        noisy = np.where(where[..., None], patch, frame.noisy)
        rows, columns = np.nonzero(where)
        margin = 32
        window = np.s_[
            max(0, rows.min() - margin) : rows.max() + margin,
            max(0, columns.min() - margin) : columns.max() + margin,
        ]
        aids = (sight.aids[0][window], sight.aids[1][window])
        radiance = frame.radiance.copy()
        smooth = self.renderer.denoised(noisy[window], aids)
        radiance[window] = np.where(where[window][..., None], smooth, radiance[window])
        return _Frame(noisy, radiance, sight, piece)

    def _seen(self, scene: Scene, piece_parts: int) -> tuple[Sight, Floats]:
        self.renderer.relight(scene, self.lit)
        sight = self.renderer.sight(scene, self.shot.camera, piece_parts)
        on_piece = ((sight.part >= 0) & (sight.part < piece_parts)).astype(np.float32)
        size = self.renderer.size_px
        return sight, np.asarray(cv2.resize(on_piece, (size, size), interpolation=cv2.INTER_AREA))

    def _rates(self, piece: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]":
        samples = self.renderer.samples
        near = cv2.dilate(piece, np.ones((7, 7), np.uint8)) > 0
        return np.where(near, samples, max(FEWEST_RAYS, round(BENCH_SHARE * samples))).astype(np.uint16)


def _developed(frame: _Frame, device: phone.Phone, radiance: Floats | None = None) -> phone.Photo:
    """The photo (H, W, 3) uint8 of a frame, or of its twin's `radiance` (H, W, 3) at the frame's exposure."""
    gain = phone.gain_for(frame.radiance, frame.piece, device)
    return phone.develop(frame.radiance if radiance is None else radiance, gain, device, _centre(frame.piece))


def _centre(piece: Floats) -> tuple[float, float]:
    """A point x, y on the piece, near its middle."""
    rows, columns = np.nonzero(piece > 0.5)
    if not len(rows):
        return piece.shape[1] / 2, piece.shape[0] / 2
    nearest = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
    return float(columns[nearest]), float(rows[nearest])


def _place(microfactory: str, radius_cm: float, middle: Floats, rng: Random) -> list[Part]:
    """Ground, first, and clutter; a workshop has a few grounds it uses more often."""
    names = list(grounds.GROUNDS)
    usual = np.random.default_rng(int(microfactory[3:])).permutation(names)[:3]
    name = str(rng.choice(usual if rng.random() < 0.35 else names))
    flat = float(np.hypot(middle[0], middle[1])) + radius_cm
    tile = flat * rng.uniform(3.0, 5.0)
    turned = places.ground(name, tile, rng).moved(turn("z", rng.uniform(0, 360)), np.zeros(3))
    return [turned, *clutter.clutter(flat, rng, turned)]
