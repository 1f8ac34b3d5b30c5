"""A piece beside its design's approved photos, patch by patch: what lies on none of them stands out.

    judge = torch_judge("champion")
    seen = see(judge, photo_bytes)
    approved = [see(judge, data) for data in approved_photos]
    memory = Memory.of({"D-04": approved}, judge)
    strange_hw = memory.strangeness(seen, "D-04")

A network that learnt rendered defects takes engraving, wire and knots of a design that it never saw for
damage. On the approved photos the same engraving lies, and nothing that lies there is strange. A patch is a
cell of the backbone's maps and what is around it; its strangeness the distance to the nearest approved patch
(PatchCore: Roth et al., "Towards Total Recall in Industrial Anomaly Detection", 2022), each approved photo
turned four ways, for a piece has no up.

    ValueError
    └── PatchError      no piece on any approved photo
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from models.bundle import InputContract
from models.inspector import Prediction, read_prediction
from models.preprocess import Letterbox, PhotoArray
from models.registry import RELEASES
from models.second_look import FloatArray, Look, look_at
from training.cells import STRIDE, covered, inside, look_around, near, stacked
from training.checkpoint import BEST, read_checkpoint
from training.losses import SURELY
from training.network import Network
from training.scoring import Trained, input_contract, trained
from training.transfer import read_start
from training.witnesses import nearest

MAPS = 3
"""Of the backbone, from the finest on: strides 4, 8 and 16. The coarsest sees the piece and no patch."""
AROUND = 3
"""Cells of a map that a patch is the mean of, each way: two photos never lie on one another to the pixel."""
TURNS = 4
HOTTEST = 4
"""Patches whose mean strangeness is the photo's."""


class PatchError(ValueError):
    """Approved photos that nothing can be compared with."""


@dataclass(frozen=True)
class Sight:
    """One photo as the network saw it closely."""

    prediction: Prediction
    network_input_hwc: PhotoArray
    frame: Letterbox
    """Of the second look, `size` pixels for `size` / STRIDE patches."""
    cells_hw: NDArray[np.bool_]
    """(h, w) of the second look: which patches show the piece."""
    heat_hw: FloatArray
    """(h, w) log-odds of the surest class, the hottest cell of each patch."""

    def near(self, defect_hw: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(h, w): the patches that show a defect, given on the whole photo, or lie beside one that does."""
        return near(self.frame, defect_hw)


def torch_judge(name: str, releases: Path = RELEASES) -> Trained:
    """A run, or a release that carries its weights, as a network whose maps can be read.

    Raises:
        RunError, BundleError, TransferError: neither of them.
    """
    if (Path(name) / BEST).is_file():
        return trained(read_checkpoint(Path(name) / BEST), Path(name))
    start = read_start(name, releases)
    network = Network(start.spec)
    start.fill(network)
    return Trained(network, start.name)


def see(judge: Trained, data: bytes, piece_hw: NDArray[np.bool_] | None = None) -> Sight:
    """One photo, both looks.

    Args:
        piece_hw: (height, width) of the upright photo: where the piece is, instead of where the judge finds
            it; at least one pixel.

    Raises:
        PhotoError: it is no photo.
    """
    contract = input_contract(judge.network.spec)
    if piece_hw is None:
        look = look_at(data, contract, judge.outputs)
        cells = inside(look.frame, torch.sigmoid(torch.from_numpy(look.outputs["piece"]))[0].numpy())
    else:
        look = _look_around(judge, data, piece_hw, contract)
        cells = covered(look.frame, piece_hw)
    side = cells.shape[0]
    surest = torch.from_numpy(look.outputs["heatmap"]).amax(1, keepdim=True)
    return Sight(
        read_prediction(look, judge.classes, None, judge.level_cuts),
        look.network_input_hwc,
        look.frame,
        cells,
        F.adaptive_max_pool2d(surest, side)[0, 0].numpy(),
    )


def _look_around(judge: Trained, data: bytes, piece_hw: NDArray[np.bool_], contract: InputContract) -> Look:
    height, width = piece_hw.shape
    network_input_hwc, frame = look_around(data, piece_hw, contract.margin, contract.size)
    whole = Letterbox.around(width, height, contract.first_look or contract.size)
    drawn = whole.apply_mask(piece_hw.astype(np.uint8) * 255).astype(np.float32) / 255
    known = np.asarray((drawn - 0.5) * 2 * SURELY, np.float32)
    return Look(network_input_hwc, frame, judge.outputs(network_input_hwc[None]), known, whole)


@torch.no_grad()
def descriptors(network: Network, photos_nhwc: torch.Tensor) -> torch.Tensor:
    """(N, h, h, 3) uint8 → (N, D, h/8, h/8): the backbone's first MAPS maps, smoothed and stacked."""
    maps = network.backbone_maps(photos_nhwc)[:MAPS]
    smooth = (F.avg_pool2d(m, AROUND, stride=1, padding=AROUND // 2) for m in maps)
    return stacked(smooth, photos_nhwc.shape[1] // STRIDE)


class Memory:
    """The patches of approved photos, by design."""

    def __init__(self, judge: Trained, held: dict[str, FloatArray]) -> None:
        every = np.concatenate(list(held.values()))
        self._judge = judge
        self._mean, self._deviation = every.mean(0), every.std(0) + 1e-3
        self._held = {design: self._standard(patches) for design, patches in held.items()}

    @classmethod
    def of(cls, approved: Mapping[str, Sequence[Sight]], judge: Trained) -> "Memory":
        """The approved photos of each design; one of which no patch shows the piece is left out.

        Raises:
            PatchError: nothing is left.
        """
        held = {}
        for design, photos in approved.items():
            patches = [_patches(judge, one, turn) for one in photos for turn in range(TURNS)]
            if sum(map(len, patches)):
                held[design] = np.concatenate(patches)
        if not held:
            raise PatchError("no piece was found on any approved photo; expected at least one")
        return cls(judge, held)

    def __contains__(self, design: object) -> bool:
        return design in self._held

    def strangeness(self, seen: Sight, design: str) -> FloatArray:
        """(h, w): root mean square distance, in deviations, to the nearest patch; 0 beside the piece.

        Raises:
            KeyError: a design without approved photos.
        """
        known = self._held[design]
        own = self._standard(_patches(self._judge, seen, 0))
        far = np.zeros(seen.cells_hw.shape, np.float32)
        far[seen.cells_hw] = nearest(own, known) / np.sqrt(known.shape[1])
        return far

    def _standard(self, patches: FloatArray) -> FloatArray:
        return np.asarray((patches - self._mean) / self._deviation, np.float32)


def score(strange_hw: FloatArray) -> float:
    """Of a photo, or of its patches in any order: the mean of the HOTTEST strangest."""
    return float(np.sort(strange_hw, axis=None)[-HOTTEST:].mean())


def _patches(judge: Trained, seen: Sight, turn: int) -> FloatArray:
    """(n, D) of the cells that show the piece, the photo turned by `turn` right angles."""
    photo = np.ascontiguousarray(np.rot90(seen.network_input_hwc, turn))
    cells = np.ascontiguousarray(np.rot90(seen.cells_hw, turn))
    found = descriptors(judge.network, torch.from_numpy(photo)[None])[0].numpy()
    return np.asarray(found[:, cells].T, np.float32)
