"""Where the piece lies on photos that nobody outlined: asked of the network that a run starts from.

    places = find_places(network, manifest)      # by sample_id; to be looked at, not to be learnt
    write_places(folder, places)

A photo that came back from a workshop has no mask. Without its place it would be learnt from whole, while the
released network will see it cut out. The places are kept with the run, so that a resume learns from the same.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch

from ubora.datasets.manifest import Manifest, Sample
from ubora.models.inference.preprocess import Place, frame_photo
from ubora.models.inference.second_look import find_piece
from ubora.training.augment.framed import LoaderError
from ubora.training.network import Network
from ubora.training.network.spec import input_contract

PLACES = "places.json"


@torch.no_grad()
def find_places(network: Network, manifest: Manifest) -> dict[str, Place]:
    """The part of each photo without a piece mask that the second look would see.

    Raises:
        LoaderError: a photo that cannot be decoded.
    """
    spec = network.spec
    if not spec.piece or not spec.first_look:
        return {}
    network.eval()
    # The margin comes with each epoch's own jitter.
    contract = input_contract(spec).model_copy(update={"margin": 0.0})
    places = {}
    for sample in _unplaced(manifest):
        path = manifest.path(sample.file_name)
        try:
            photo, frame = frame_photo(path.read_bytes(), spec.first_look)
        except ValueError as error:
            raise LoaderError(f"{path}: {error}") from None
        maps = network.maps(torch.from_numpy(np.ascontiguousarray(photo))[None])
        piece = network.encoder.piece_logits(maps)[0]
        place = find_piece(piece.float().numpy(), frame, contract)
        if place is not None:
            places[sample.sample_id] = place
    return places


def write_places(folder: Path, places: Mapping[str, Place]) -> None:
    """Beside the run's recipe."""
    boxes = {key: [p.x, p.y, p.width, p.height] for key, p in places.items()}
    (folder / PLACES).write_text(json.dumps(boxes) + "\n", encoding="utf-8")


def read_places(folder: Path) -> dict[str, Place]:
    """The places a run began with; none where it began with none."""
    path = folder / PLACES
    if not path.is_file():
        return {}
    return {key: Place(*box) for key, box in json.loads(path.read_text(encoding="utf-8")).items()}


def _unplaced(manifest: Manifest) -> Iterable[Sample]:
    # Where no piece is, none is looked for.
    return (s for s in manifest if s.piece_mask is None and "no_piece" not in (s.photo_faults or ()))
