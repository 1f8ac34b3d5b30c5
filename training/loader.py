"""A split as batches: framed photos kept in memory, augmented anew each epoch, in an order of its own.

    photos = Photos(manifest.split("train"), spec, cache_mb=3000, augmenter=augmenter, seed=0)
    for batch in Batches(photos, 8, seed=0, shuffled=True, workers=1).epoch(3): …

Order and augmentation are functions of (seed, epoch, photo): a resumed run sees what it would have seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, cast

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from datasets.manifest import Manifest, Sample
from models.preprocess import Place, read_header
from models.second_look import square_around
from training.augment import Augmenter
from training.drawn import DRAWN
from training.ground import kept_pixels, look_alikes, strange_ground
from training.network import PIECE_STRIDE, NetworkSpec
from training.order import Kin, Order, scenes_of
from training.recipe import Augment
from training.targets import Framed, Target, cut, read_framed, target_of, to_cells
from training.transplant import Donors

_DOWN = dict.fromkeys(("photos", "whole", "whole_piece", "piece"), 1) | dict.fromkeys(
    ("cells", "cells_known", "maps", "whole_maps"), 2
)
"""Which axis of what lies on a look counts rows; the next one counts columns."""


@dataclass(frozen=True)
class Batch:
    """Tensors of N photos. A `known` of False means that nobody said; its target is then 0 and unused."""

    photos: Tensor
    """(N, size, size, 3) uint8 RGB: the second look, or all of the photo where there is but one."""
    whole: Tensor
    """(N, first, first, 3) uint8 RGB: the first look; first is 0 where there is none."""
    whole_piece: Tensor
    """(N, first / 4, first / 4) uint8, 0–255."""
    labels: Tensor
    """(N, K) float32, 1 where the photo shows the class."""
    labels_known: Tensor
    """(N, K) bool."""
    cells: Tensor
    """(N, K, h, w) uint8, 0–255: how much of a cell is defect."""
    cells_known: Tensor
    """(N, K, h, w) bool."""
    piece: Tensor
    """(N, h, w) uint8, 0–255."""
    piece_known: Tensor
    """(N,) bool."""
    variance: Tensor
    """(N,) int64, levels 1–5; 0 is missing."""
    design: Tensor
    """(N,) int64, the same number for the same design; −1 is missing."""
    index: Tensor
    """(N,) int64: which photos of the split they are."""
    maps: tuple[Tensor, ...] = ()
    """What a frozen backbone sees in `photos`, in their place: `photos` is then empty."""
    whole_maps: tuple[Tensor, ...] = ()
    """The same of `whole`."""

    def to(self, device: torch.device) -> "Batch":
        return self.each(lambda _, value: value.to(device, non_blocking=True))

    def turned(self, quarters: int, mirrored: bool) -> "Batch":
        """All that lies on a look, turned by quarters and mirrored or not."""

        def change(name: str, value: Tensor) -> Tensor:
            if name not in _DOWN:
                return value
            down = _DOWN[name]
            kept = torch.rot90(value, quarters, (down, down + 1))
            return kept.flip(down + 1) if mirrored else kept

        return self.each(change)

    def each(self, change: Callable[[str, Tensor], Tensor]) -> "Batch":
        """The batch with every tensor changed, told the name of its field."""
        changed: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                changed[field.name] = tuple(change(field.name, part) for part in value)
            else:
                changed[field.name] = change(field.name, value)
        return Batch(**changed)


class Photos(Dataset[Target]):
    """The photos of a split. Asked with (epoch, index), so that augmentation is a function of both.

    Args:
        manifest: of one split.
        spec: the network; its classes give the order of K.
        cache_mb: framed photos are kept in memory up to this.
        augmenter: None leaves photos as they are (val, test).
        seed: with epoch and index the whole of the randomness.
        places: by sample_id, around pieces that nobody outlined.
        designs: all that have a number, where several sets are learnt from at once; the set's own by default.
        plain_first: leave photos as they are in epoch 0.
    """

    def __init__(
        self,
        manifest: Manifest,
        spec: NetworkSpec,
        *,
        cache_mb: int = 0,
        augmenter: Augmenter | None = None,
        seed: int = 0,
        places: Mapping[str, Place] | None = None,
        designs: Sequence[str] | None = None,
        plain_first: bool = False,
    ) -> None:
        self.manifest = manifest
        self.plain_first = plain_first
        self._scene = scenes_of(manifest)
        self.spec = spec
        self.augmenter = augmenter
        self.seed = seed
        self.places = places or {}
        self._class = {name: index for index, name in enumerate(spec.classes)}
        if designs is None:
            designs = sorted({s.design for s in manifest if s.design is not None})
        self._design = {name: index for index, name in enumerate(designs)}
        self._donors: Donors | None = None
        self._cache: dict[int, Framed] = {}
        self._room = cache_mb * 1_000_000

    def __len__(self) -> int:
        return len(self.manifest)

    def versions(self) -> int:
        """Each epoch sees them otherwise; one of them is enough to be compared with."""
        return 1

    def kin(self) -> list[Kin]:
        """What stands beside what in an epoch; an unnamed design is its piece's own."""
        named = enumerate(self.manifest)
        return [Kin(s.design or s.piece_id, s.piece_id, self._scene[index]) for index, s in named]

    def scene(self, index: int) -> int:
        """The same number for a photo and its twin."""
        return self._scene[index]

    def prepare(self) -> Iterator[int]:
        """Fill the cache while there is room, before worker processes share it; yields each index done."""
        for index in range(len(self)):
            held = self._read(index)
            self._room -= held.bytes_held()
            if self._room < 0:
                return
            self._cache[index] = held
            yield index

    def gather_donors(self) -> None:
        """Cut out the defects that may be set onto other pieces, before worker processes share them."""
        strength = None if self.augmenter is None else self.augmenter.strength
        if strength is None or not strength.transplant:
            return
        wanted = {name: self._class[name] for name in strength.transplanted if name in self._class}
        marked = ((i, s) for i, s in enumerate(self.manifest) if s.defects and not s.photo_faults)
        self._donors = Donors.of(
            ((self.held(i), s.material) for i, s in marked),
            frozenset(wanted.values()),
            {name: wanted[name] for name in DRAWN if name in wanted},
            strength.drawn,
        )

    def held(self, index: int) -> Framed:
        """All of a photo, at a size that a second look can be cut from."""
        cached = self._cache.get(index)
        return self._read(index) if cached is None else cached

    def __getitem__(self, place: tuple[int, int]) -> Target:
        epoch, index = place
        sample, held = self.manifest.samples[index], self.held(index)
        augmenter = None if self.plain_first and epoch == 0 else self.augmenter
        # A SeedSequence mixes its numbers well; sums of them would repeat between epochs. Twins are
        # seen alike: the defect is all that differs. Transplants take more or fewer throws, hence their own.
        scene = self._scene[index]
        random = np.random.default_rng((self.seed, epoch, scene))
        if augmenter is not None:
            held = self._marked(held, sample, augmenter.strength, (self.seed, epoch, scene))
        moved = held if augmenter is None else self._moved(held, augmenter, random)
        part = self._part(moved, None if augmenter is None else random)
        size = self.spec.input_size
        seen = cut(moved, part, size)
        first = self._first_look(moved)
        if augmenter is not None:
            seen = replace(seen, photo_hwc=augmenter.lit(seen.photo_hwc, seed=_seed(random)))
            if first.photo_hwc.size:
                first = replace(first, photo_hwc=augmenter.lit(first.photo_hwc, seed=_seed(random)))
        side = held.photo_hwc.shape[0] if part is None else max(part.width, part.height)
        grid = self.spec.first_look // PIECE_STRIDE
        blank = np.zeros((grid, grid), np.uint8)
        return target_of(sample, seen, held, self.spec, scale=size / side) | {
            "whole": first.photo_hwc,
            "whole_piece": blank if first.piece is None else to_cells(first.piece, grid, 1.0),
            **self.named(index),
        }

    def named(self, index: int) -> Target:
        """Which photo it is, and of which design."""
        design = self.manifest.samples[index].design
        number = -1 if design is None else self._design[design]
        return {"design": np.array(number, np.int64), "index": np.array(index, np.int64)}

    def _marked(self, held: Framed, sample: Sample, strength: Augment, scene: tuple[int, int, int]) -> Framed:
        """The piece with marks that it never had."""
        if self._donors is None or sample.defects is None or sample.photo_faults:
            return held
        throws = np.random.default_rng((*scene, 1))
        marked = throws.random() < strength.transplant
        return self._donors.onto(held, sample.material, throws) if marked else held

    def _read(self, index: int) -> Framed:
        sample = self.manifest.samples[index]
        size = self.spec.input_size
        if self.spec.first_look:
            header = read_header(self.manifest.path(sample.file_name).read_bytes())
            size = min(max(header.width, header.height), 2 * size)
        place = self.places.get(sample.sample_id)
        return read_framed(self.manifest, sample, self._class, size, place)

    def _moved(self, held: Framed, augmenter: Augmenter, random: np.random.Generator) -> Framed:
        strength = augmenter.strength
        photo, masks = held.photo_hwc, held.masks_of()
        if held.piece is not None and max(strength.ground, strength.look_alikes) > 0:
            kept = kept_pixels(masks, reach_px=max(2, photo.shape[0] // 128))
            if random.random() < strength.ground:
                photo = strange_ground(photo, kept, random)
            if random.random() < strength.look_alikes:
                photo = look_alikes(photo, kept, random)
        moved = augmenter.moved(photo, masks, seed=_seed(random), may_crop=not held.unplaced)
        return held.with_masks(*moved)

    def _part(self, moved: Framed, random: np.random.Generator | None) -> Place | None:
        """What the second look sees: the piece and some of the bench, never quite the same by chance."""
        outline = moved.piece if moved.piece is not None else moved.where
        if not self.spec.first_look or outline is None or not (outline > 127).any():
            return None
        box = [float(v) for v in cv2.boundingRect((outline > 127).astype(np.uint8))]
        margin, side = self.spec.margin, moved.photo_hwc.shape[0]
        if random is not None:
            longer = max(box[2:])
            margin = random.uniform(0.2, 3.0) * margin
            box[0] += random.normal(0, 0.03) * longer
            box[1] += random.normal(0, 0.03) * longer
        return square_around((box[0], box[1], box[2], box[3]), margin, side, side)

    def _first_look(self, moved: Framed) -> Framed:
        if not self.spec.first_look:
            return Framed(np.zeros((0, 0, 3), np.uint8), (), (), frozenset(), None)
        return cut(Framed(moved.photo_hwc, (), (), frozenset(), moved.piece), None, self.spec.first_look)


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**31))


def collate(targets: Sequence[Target]) -> Batch:
    """Stack single targets."""
    names = [f.name for f in fields(Batch) if f.name in targets[0]]
    stacked: dict[str, Any] = {n: torch.from_numpy(np.stack([t[n] for t in targets])) for n in names}
    for look, field in (("photos", "maps"), ("whole", "whole_maps")):
        levels = sorted(name for name in targets[0] if name.startswith(f"{look}_map"))
        maps = [torch.from_numpy(np.stack([t[n] for t in targets])).float() for n in levels]
        stacked |= {field: tuple(maps)}
        stacked.setdefault(look, torch.zeros(len(targets), 0, 0, 3, dtype=torch.uint8))
    return Batch(**stacked)


class Split(Protocol):
    """Photos that can be asked for by (epoch, index): `Photos`, or what a frozen backbone sees of them."""

    @property
    def manifest(self) -> Manifest: ...

    def __len__(self) -> int: ...

    def __getitem__(self, place: tuple[int, int]) -> Target: ...

    def kin(self) -> list[Kin]: ...

    def versions(self) -> int:
        """How many epochs see each photo otherwise, before they repeat."""


class Batches:
    """A split as batches, epoch after epoch, with worker processes that stay alive between epochs."""

    def __init__(
        self,
        photos: Split,
        batch: int,
        seed: int,
        *,
        shuffled: bool,
        workers: int,
        paired: bool = False,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self.photos = photos
        kin = photos.kin() if paired else None
        self.order = Order(len(photos), batch, seed, shuffled=shuffled, kin=kin, part=part)
        self._loader: DataLoader[Target] = DataLoader(
            cast("Dataset[Target]", photos),
            batch_sampler=self.order,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
            worker_init_fn=_quiet_worker,
        )

    def __len__(self) -> int:
        return len(self.order)

    def epoch(self, number: int) -> Iterator[Batch]:
        self.order.epoch = number
        return iter(self._loader)


def _quiet_worker(_: int) -> None:
    # The network has the cores; a worker that spreads over them slows the step it works for.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
