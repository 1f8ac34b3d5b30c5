"""The photos of a split, framed, kept in memory as far as there is room, augmented anew each epoch.

    photos = PhotoDataset(manifest.split("train"), spec, cache_mb=3000, augmenter=augmenter, seed=0)
    target = photos[(3, 17)]            # epoch 3, photo 17

What is done to a photo is a function of (seed, epoch, photo): a resumed run sees what it would have seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from torch.utils.data import Dataset

from ubora.datasets.manifest import Manifest, Sample
from ubora.models.inference.preprocess import Place, read_header
from ubora.models.inference.second_look import square_around
from ubora.training.augment.copy_paste import Donors
from ubora.training.augment.drawn_marks import DRAWN
from ubora.training.augment.framed import Framed, cut, read_framed
from ubora.training.augment.ground import kept_pixels, look_alikes, strange_ground
from ubora.training.augment.phone import Augmenter
from ubora.training.data.sampler import Kin, scenes_of
from ubora.training.data.targets import Target, target_of, to_cells
from ubora.training.knobs import Augment
from ubora.training.network import PIECE_STRIDE, NetworkSpec


class PhotoDataset(Dataset[Target]):
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
