"""What a frozen backbone sees of a split, computed once and kept on disk.

    preparation = Preparation(photos, network, FeatureStore(Path("var/features"), limit_mb=12_000), 3)
    features = preparation.finish()         # or preparation.steps() first, for a progress bar
    target = features[(epoch, index)]       # as `PhotoDataset` gives it, maps in place of pixels

A backbone that stays says the same of a photo in every epoch, so it is asked once; what is left of an epoch
is minutes of small heads. A photo is kept as it is and in a few augmented versions, and is learnt from in one
of them after the other, epoch by epoch. A cache belongs to one set, one backbone and one way to augment: its
folder is named by a hash of all three, so another recipe makes another folder. A pass that was stopped goes
on where it was.

    ValueError
    └── FeatureError    no room for them, or a cache that is not what it says
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from ubora.training.data.photos import PhotoDataset
from ubora.training.data.sampler import Kin
from ubora.training.data.targets import Target
from ubora.training.network import Network

FORMAT = 1
"""Raised when the arrays mean something else."""
SAID = "said.json"
DONE = "done"
MAPS = 4
CHUNK = 16
"""Photos the backbone is asked about together, and written down together."""
SPARE_MB = 2_000
"""Of the disk, left to others; of a disk with less than twice as much free, half."""
_MB = 1_000_000


class FeatureError(ValueError):
    """Features that cannot be kept, or were not kept whole."""


@dataclass(frozen=True)
class FeatureStore:
    """Where features are kept, and how much room they may take."""

    folder: Path
    limit_mb: int


class Features(Dataset[Target]):
    """The photos of a split as maps. Asked with (epoch, index), like `PhotoDataset`."""

    def __init__(
        self, photos: PhotoDataset, folder: Path, versions: Sequence[dict[str, NDArray[Any]]]
    ) -> None:
        self.photos = photos
        self.manifest = photos.manifest
        self.folder = folder
        self._versions = versions

    def __len__(self) -> int:
        return len(self.photos)

    def kin(self) -> list[Kin]:
        return self.photos.kin()

    def versions(self) -> int:
        return len(self._versions)

    def __getitem__(self, place: tuple[int, int]) -> Target:
        epoch, index = place
        # Every epoch holds some photos of each version; a photo and its twin are of the same.
        version = self._versions[(epoch + self.photos.scene(index)) % len(self._versions)]
        # Copied: what torch makes a tensor of must be writable, and a mapped file is not.
        held = {name: np.array(values[index]) for name, values in version.items()}
        return held | self.photos.named(index)


class Preparation:
    """The making of a cache, step by step.

    Raises:
        FeatureError: not even one version fits, or (from steps and finish) a file is not what it says.
    """

    def __init__(self, photos: PhotoDataset, network: Network, store: FeatureStore, versions: int) -> None:
        self.photos, self.network = photos, network
        said = _said(photos, network)
        name = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]
        self.folder = store.folder / name
        self._example = self._looked([photos[(0, 0)]])
        bytes_each = sum(values[0].nbytes for values in self._example.values())
        self.versions = self._fitting(store, versions, bytes_each * len(photos))
        self.total = self.versions * len(photos)
        """Photos in all versions, those that are there already among them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_whole(self.folder / SAID, json.dumps(said, indent=1).encode())

    def missing(self) -> int:
        """Photos, in all versions, that are not there yet."""
        return self.total - sum(_done(self.folder / f"v{version}") for version in range(self.versions))

    def steps(self) -> Iterator[int]:
        """Compute what is missing; yields how many photos each step has done."""
        for version in range(self.versions):
            folder = self.folder / f"v{version}"
            done = _done(folder)
            yield done
            if done == len(self.photos):
                continue
            arrays = self._arrays(folder, fresh=done == 0)
            for start in range(done, len(self.photos), CHUNK):
                indices = range(start, min(start + CHUNK, len(self.photos)))
                looked = self._looked([self.photos[(version, index)] for index in indices])
                for name, values in looked.items():
                    arrays[name][start : start + len(values)] = values
                for array in arrays.values():
                    cast("np.memmap[Any, Any]", array).flush()
                _write_whole(folder / DONE, str(indices[-1] + 1).encode())
                yield len(indices)

    def finish(self) -> Features:
        """The features, all of them computed."""
        for _ in self.steps():
            pass
        versions = [self._opened(self.folder / f"v{version}") for version in range(self.versions)]
        return Features(self.photos, self.folder, versions)

    def _fitting(self, store: FeatureStore, asked: int, bytes_a_version: int) -> int:
        """How many versions there is room for."""
        store.folder.mkdir(parents=True, exist_ok=True)
        there = sum(file.stat().st_size for file in self.folder.glob("v*/*.npy"))
        free = shutil.disk_usage(store.folder).free + there
        spare = min(SPARE_MB * _MB, free // 2)
        room = min(store.limit_mb * _MB, free - spare)
        if room < bytes_a_version:
            raise FeatureError(
                f"{store.folder}: features of {len(self.photos)} photos take {bytes_a_version // _MB:,} MB; "
                f"found room for {room // _MB:,} MB (features_mb = {store.limit_mb:,}, "
                f"{spare // _MB:,} MB of the disk are left free); give --features another folder, or raise "
                "--set features_mb"
            )
        return min(asked, room // bytes_a_version)

    def _looked(self, targets: list[Target]) -> Target:
        """Targets stacked, maps in place of pixels."""
        looked = {
            name: np.stack([target[name] for target in targets])
            for name in targets[0]
            if name not in ("photos", "whole", "design", "index")
        }
        for name in ("photos", "whole"):
            pixels = np.stack([target[name] for target in targets])
            for level, values in enumerate(self._maps(pixels)):
                looked[f"{name}_map{level}"] = values
        return looked

    @torch.no_grad()
    def _maps(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float16]]:
        if not pixels.size:
            return []
        self.network.eval()
        device = self.network.encoder.offset.device
        maps = self.network.maps(torch.from_numpy(pixels).to(device))
        return [values.to("cpu", torch.float16).numpy() for values in maps]

    def _arrays(self, folder: Path, *, fresh: bool) -> dict[str, NDArray[Any]]:
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, values in self._example.items():
                shape = (len(self.photos), *values.shape[1:])
                np.lib.format.open_memmap(folder / f"{name}.npy", "w+", values.dtype, shape).flush()
        return self._opened(folder, mode="r+")

    def _opened(self, folder: Path, mode: Literal["r", "r+"] = "r") -> dict[str, NDArray[Any]]:
        opened = {}
        for name, values in self._example.items():
            path = folder / f"{name}.npy"
            expected = (len(self.photos), *values.shape[1:])
            try:
                # Read first: a file that was cut short is filled up with zeros when it is opened to write.
                array = np.load(path, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise FeatureError(
                    f"{path}: cut short or not features ({error}); delete {folder}, they are computed again"
                ) from None
            if array.shape != expected or array.dtype != values.dtype:
                raise FeatureError(
                    f"{path}: found {array.dtype} of {array.shape}, expected {values.dtype} of {expected}; "
                    f"delete {folder}, they are computed again"
                )
            opened[name] = array if mode == "r" else np.load(path, mmap_mode=mode)
        return opened


def _said(photos: PhotoDataset, network: Network) -> dict[str, Any]:
    """All that features are a function of, as plain JSON values."""
    augmenter, spec = photos.augmenter, network.spec
    state = network.encoder.backbone.state_dict()
    weights = hashlib.sha256()
    for key in sorted(state):
        weights.update(state[key].detach().cpu().contiguous().numpy().tobytes())
    return {
        "format": FORMAT,
        "photos": photos.manifest.fingerprint(),
        "places": {key: [p.x, p.y, p.width, p.height] for key, p in sorted(photos.places.items())},
        "classes": list(spec.classes),
        "looks": [spec.input_size, spec.first_look, spec.margin],
        "backbone": [spec.backbone, spec.backbone_width, spec.padding, spec.scaling, weights.hexdigest()],
        "augment": None if augmenter is None else augmenter.strength.model_dump(mode="json"),
        "plain_first": photos.plain_first,
        "seed": photos.seed,
    }


def _done(folder: Path) -> int:
    """Photos of a version that are there already."""
    path = folder / DONE
    try:
        return int(path.read_text("ascii")) if path.is_file() else 0
    except ValueError:
        return 0


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
