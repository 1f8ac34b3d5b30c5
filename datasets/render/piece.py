"""One piece from a seed: design, hand, defects, place, light, and its labelled photos.

Every subject draws from its own random stream, so that a change in one leaves the others as they were, and
variance knows nothing of defects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.render import clutter, defects, grounds, light, phone, pieces, places, views
from datasets.render.designs import Design, Hand, catalogue, draw_hand
from datasets.render.noise import Bools, Floats, Random
from datasets.render.scene import OVERSAMPLE, Renderer, Scene, Sight
from datasets.render.shapes import Part, turn
from datasets.taxonomy import PhotoFault, Severity, View

WORKSHOPS = tuple(f"mf-{number:04d}" for number in range(1, 13))
STREAMS = ("design", "hand", "surface", "defects", "pose", "place", "light", "views", "phone")
VISIBLE_STEP = 14
"""Grey levels (of 255) that a pixel must differ from the clean twin to count as changed."""
VISIBLE_CONTRAST = 30
"""Grey levels that the most changed tenth of a defect's pixels must reach for the defect to be labelled."""
VISIBLE_AREA_PX = 14
"""Changed pixels that a defect needs, in a photo of 384 px."""


@dataclass(frozen=True)
class Seen:
    """One defect that can be seen in one photo; mask (H, W) bool."""

    name: str
    severity: Severity
    mask: Bools


@dataclass(frozen=True)
class Photograph:
    """One photo with all that is known of it; `piece` (H, W) bool."""

    view: View
    fault: PhotoFault | None
    jpeg: bytes
    defects: tuple[Seen, ...]
    piece: Bools


@dataclass(frozen=True)
class Made:
    """A piece before anybody photographs it; the parts lie on the ground z = 0."""

    number: int
    microfactory: str
    design: Design
    hand: Hand
    plans: tuple[defects.Plan, ...]
    clean: list[Part]
    spoiled: defects.Spoiled


def stream(seed: int, number: int, name: str) -> Random:
    """The random stream of one subject of one piece."""
    return np.random.default_rng([seed, number, STREAMS.index(name)])


def make(seed: int, number: int, grid: float = 1.0) -> Made:
    """Piece `number` of the set `seed`, clean and spoiled; `grid` below 1 makes its surfaces coarser."""
    rng = stream(seed, number, "design")
    designs = catalogue()
    design = designs[int(rng.integers(len(designs)))]
    microfactory = WORKSHOPS[int(rng.integers(len(WORKSHOPS)))]
    hand = draw_hand(stream(seed, number, "hand"))
    parts = pieces.build(design, hand, stream(seed, number, "surface"), grid)
    posed = _lie_down(design, parts, stream(seed, number, "pose"))
    plans = defects.draw_plans(design, stream(seed, number, "defects"))
    return Made(number, microfactory, design, hand, plans, posed, defects.spoil(design, posed, plans))


def photograph(
    made: Made, seed: int, view_count: int, renderer: Renderer, probes: Sequence[Floats]
) -> list[Photograph]:
    """`view_count` photos of a piece, each with what can be seen in it."""
    place, lamp, look = (stream(seed, made.number, name) for name in ("place", "light", "views"))
    cloud = np.concatenate([p.points.reshape(-1, 3) for p in made.clean])
    middle = (cloud.min(0) + cloud.max(0)) / 2
    radius = float(np.linalg.norm(cloud - middle, axis=1).max())
    around = _place(made.microfactory, radius, middle, place)
    environment = light.environment(probes, lamp)
    clean_parts = [*made.clean, *around]
    spoiled_parts = [*made.spoiled.parts, *around]
    scenes = [(renderer.scene(clean_parts, environment, 0), len(made.clean))]
    if made.plans:
        scenes.append((renderer.scene(spoiled_parts, environment, 1), len(made.spoiled.parts)))
    photos = []
    camera_rng = stream(seed, made.number, "phone")
    for number in range(view_count):
        spot = None
        if made.plans:
            k = number % len(made.plans)
            spot = (made.spoiled.centres[k], made.spoiled.facings[k])
        fault = views.draw_fault(look)
        shot = views.plan(views.ORDER[number % len(views.ORDER)], fault, middle, radius, spot, look)
        lit = light.with_photographer(environment, shot.azimuth, shot.elevation, look)
        device = phone.draw_phone(camera_rng, shot.fault, renderer.size_px)
        frame_seed = int(look.integers(2**31))
        if shot.fault == "no_piece":
            photos.append(_empty(renderer, around, lit, shot, device, frame_seed))
            continue
        frames = [_frame(renderer, scene, count, lit, shot, frame_seed) for scene, count in scenes]
        photos.append(_label(made, shot, device, frames))
    return photos


@dataclass(frozen=True)
class _Frame:
    radiance: Floats
    sight: Sight
    piece: Floats
    """Share of each pixel that shows the piece (H, W)."""


def _frame(renderer: Renderer, scene: Scene, count: int, lit: Floats, shot: views.Shot, seed: int) -> _Frame:
    renderer.relight(scene, lit)
    sight = renderer.sight(scene, shot.camera)
    radiance = renderer.radiance(scene, shot.camera, seed, sight.aids)
    on_piece = ((sight.part >= 0) & (sight.part < count)).astype(np.float32)
    size = renderer.size_px
    return _Frame(
        radiance, sight, np.asarray(cv2.resize(on_piece, (size, size), interpolation=cv2.INTER_AREA))
    )


def _label(made: Made, shot: views.Shot, device: phone.Phone, frames: list[_Frame]) -> Photograph:
    last = frames[-1]
    gain = phone.gain_for(last.radiance, last.piece, device)
    at = _centre(last.piece)
    photo = phone.develop(last.radiance, gain, device, at)
    seen: tuple[Seen, ...] = ()
    if made.plans:
        twin = phone.develop(frames[0].radiance, gain, device, at)
        seen = _visible(made, frames[0].sight, last.sight, difference(photo, twin))
        if not seen:
            # A trace too weak to label is still a trace: the clean twin is what a clean label belongs to.
            photo, last = twin, frames[0]
    return Photograph(shot.view, shot.fault, phone.encode(photo, device), seen, last.piece >= 0.5)


def difference(photo: phone.Photo, twin: phone.Photo) -> Floats:
    """How far two photos (H, W, 3) uint8 differ, grey levels (H, W), noise of single pixels smoothed away."""
    gap = np.abs(photo.astype(np.float32) - twin.astype(np.float32)).max(-1)
    return np.asarray(cv2.GaussianBlur(gap, (0, 0), 0.6))


def _visible(made: Made, clean: Sight, spoiled: Sight, change: Floats) -> tuple[Seen, ...]:
    unit = change.shape[0] / 384
    reach = 2 * round(3 * unit) + 1
    changed = change > VISIBLE_STEP
    near = cv2.dilate(changed.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    found = []
    for number, plan in enumerate(made.plans):
        footprint = _footprint(made, number, plan.name, clean, spoiled)
        mask = footprint & near
        core = mask & changed
        if core.sum() < max(6, VISIBLE_AREA_PX * unit**2):
            continue
        if np.quantile(change[mask], 0.9) < VISIBLE_CONTRAST:
            continue
        found.append(Seen(plan.name, plan.severity, mask))
    return tuple(found)


def _footprint(made: Made, number: int, name: str, clean: Sight, spoiled: Sight) -> Bools:
    """Where defect `number` lies in the photo (H, W), whether or not it shows."""
    gone = [i for i, p in enumerate(made.clean) if made.spoiled.gone.get(p.name) == number]
    if gone:
        return _pooled(np.isin(clean.part, gone))
    prints = {i: p.footprints[number] for i, p in enumerate(made.spoiled.parts) if number in p.footprints}
    where = _pooled(_looked_up(spoiled, prints))
    if name == "chip":
        # Where the corner was, the background shows now.
        names = {made.spoiled.parts[i].name: w for i, w in prints.items()}
        where |= _pooled(
            _looked_up(clean, {i: names[p.name] for i, p in enumerate(made.clean) if p.name in names})
        )
    return where


def _looked_up(sight: Sight, prints: dict[int, Bools]) -> Bools:
    hit = np.zeros(sight.part.shape, bool)
    for index, where in prints.items():
        here = sight.part == index
        hit[here] = where[sight.row[here], sight.column[here]]
    return hit


def _pooled(hit: Bools) -> Bools:
    """Label rays to pixels: a pixel belongs when any of its rays does."""
    size = hit.shape[0] // OVERSAMPLE
    return np.asarray(hit.reshape(size, OVERSAMPLE, size, OVERSAMPLE).any((1, 3)))


def _centre(piece: Floats) -> tuple[float, float]:
    """A point x, y on the piece, near its middle."""
    rows, columns = np.nonzero(piece > 0.5)
    if not len(rows):
        return piece.shape[1] / 2, piece.shape[0] / 2
    nearest = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
    return float(columns[nearest]), float(rows[nearest])


def _empty(
    renderer: Renderer, around: list[Part], lit: Floats, shot: views.Shot, device: phone.Phone, seed: int
) -> Photograph:
    frame = _frame(renderer, renderer.scene(around, lit, 2), 0, lit, shot, seed)
    gain = phone.gain_for(frame.radiance, frame.piece, device)
    photo = phone.develop(frame.radiance, gain, device, _centre(frame.piece))
    return Photograph(shot.view, "no_piece", phone.encode(photo, device), (), frame.piece >= 0.5)


def _lie_down(design: Design, parts: list[Part], rng: Random) -> list[Part]:
    """The piece turned about z, sometimes leaning, its lowest point on the ground, centred."""
    spin = turn("z", rng.uniform(0, 360))
    tilt = rng.normal(0, 3) if rng.random() < 0.8 else rng.uniform(8, 28)
    stand = rng.random() < 0.15 and design.category in ("ring", "bangle") and design.width_cm > 0.6
    pose = spin @ turn("x", 90 + rng.uniform(-4, 4) if stand else (0 if design.category == "beads" else tilt))
    turned = [p.moved(pose, np.zeros(3)) for p in parts]
    cloud = np.concatenate([p.points.reshape(-1, 3) for p in turned])
    middle = (cloud.min(0) + cloud.max(0)) / 2
    return [p.moved(np.eye(3), -np.array([middle[0], middle[1], cloud[:, 2].min()])) for p in turned]


def _place(microfactory: str, radius_cm: float, middle: NDArray[Any], rng: Random) -> list[Part]:
    """Ground and clutter; a workshop has a few grounds it uses more often."""
    names = list(grounds.GROUNDS)
    usual = np.random.default_rng(int(microfactory[3:])).permutation(names)[:3]
    name = str(rng.choice(usual if rng.random() < 0.35 else names))
    flat = float(np.hypot(middle[0], middle[1])) + radius_cm
    tile = flat * rng.uniform(3.0, 5.0)
    turned = places.ground(name, tile, rng).moved(turn("z", rng.uniform(0, 360)), np.zeros(3))
    return [turned, *clutter.clutter(flat, rng)]
