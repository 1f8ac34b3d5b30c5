"""Start from a release instead of ImageNet: its weights, and its heads matched by class name.

start = read_start("champion", RELEASES)
said = start.fill(network)          # "9 of 10 classes from ubora-2026.11; new: verdigris"
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ubora.models.bundle import read_bundle
from ubora.models.record import RECORD, WEIGHTS, BundleRecord
from ubora.models.registry.releases import release_folder
from ubora.training.knobs import NETWORK_KNOBS, Recipe
from ubora.training.network import Network, NetworkSpec
from ubora.training.recipe import changed

LOOK_KNOBS = {"input_size", "first_look", "margin", "pool_cells", "grade"}
"""How a network looks, as opposed to what weights it has; another way to grade begins anew."""
_SPEC, _BACKBONE = "spec", "backbone"
_IMAGENET = "imagenet"
_SMALL = ("encoder.standard", "encoder.grade", "encoder.embedding_head", "encoder.outline")
"""Heads that are small and soon learnt anew, where an earlier version pooled or graded otherwise."""
_BY_CLASS = ("comparison.leave.weight", "comparison.leave.bias")
_OF_BACKBONE = "encoder.backbone."
_OUTLINE = ("encoder.outline.", "outline.")
"""Where the head for outlines lies; the second in networks that judge a photo alone."""


class TransferError(ValueError):
    """A release that cannot be started from."""


@dataclass(frozen=True)
class Start:
    """The weights of a release and what network they are of."""

    name: str
    spec: NetworkSpec
    weights: dict[str, Tensor]

    def adapt(self, recipe: Recipe, asked: Collection[str] = ()) -> Recipe:
        """The recipe with the release's network; how it is trained stays the recipe's.

        Args:
            asked: knobs that a person set: those of LOOK_KNOBS fit the same weights and are followed.
        """
        own = set(NETWORK_KNOBS) - (LOOK_KNOBS & set(asked))
        knobs = {knob: getattr(self.spec, knob) for knob in NETWORK_KNOBS if knob in own}
        return changed(recipe, **knobs, weights=f"release:{self.name}", weights_sha256=None)

    def fill(self, network: Network) -> str:
        """Copy all weights; of the class heads those whose name both know. Returns what was matched.

        Raises:
            TransferError: weights of a network built otherwise, by an earlier version perhaps.
        """
        mine = network.state_dict()
        state = dict(self.weights)
        known = [name for name in network.spec.heats() if name in self.spec.heats()]
        for key in _BY_CLASS:
            rows = [self.spec.heats().index(name) for name in known]
            if state[key].shape[1:] == mine[key].shape[1:]:
                head = mine[key].clone()
                head[[network.spec.heats().index(name) for name in known]] = state[key][rows]
                state[key] = head
        if not any(key.startswith(_OF_BACKBONE) for key in state):
            network.encoder.backbone.load_imagenet(network.spec.backbone)
            state |= {k: v for k, v in network.state_dict().items() if k.startswith(_OF_BACKBONE)}
        anew = [k for k, v in mine.items() if k not in state or state[k].shape != v.shape]
        strange = [key for key in anew if not key.startswith(_SMALL)]
        if strange:
            raise TransferError(f"{self.name}: weights of another network; its {strange[0]} does not fit")
        network.load_state_dict({k: mine[k] if k in anew else state[k] for k in mine})
        new = [name for name in network.spec.classes if name not in self.spec.classes]
        gone = [name for name in self.spec.classes if name not in network.spec.classes]
        named = [name for name in known if name in network.spec.classes]
        said = f"{len(named)} of {len(network.spec.classes)} classes from {self.name}"
        said += f"; new: {', '.join(new)}" if new else ""
        said += f"; left behind: {', '.join(gone)}" if gone else ""
        heads = sorted({key.split(".")[1] for key in anew})
        return said + (f"; begin anew: {', '.join(heads)}" if heads else "")


def read_start(name: str, releases: Path) -> Start:
    """Open a release, alias or bundle folder, verified by its hashes.

    Raises:
        BundleError: no such release, or an altered one.
        TransferError: it carries no weights to start from.
    """
    folder, record = _opened(name, releases)
    if record.bank is None:
        raise TransferError(
            f"{folder}: judges a photo alone, by a network that is trained no more; start from a newer "
            "release, or without --from"
        )
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            spec = NetworkSpec.model_validate_json((file.metadata() or {})[_SPEC])
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a dict
    except (SafetensorError, KeyError, ValueError) as error:
        raise TransferError(f"{folder / WEIGHTS}: not weights of this network ({error})") from None
    return Start(record.name, spec, weights)


def read_outline_head(name: str, releases: Path) -> dict[str, Tensor]:
    """The weights of a release's head for outlines, from which any network can begin: it sees a piece map.

    Raises:
        BundleError: no such release, or an altered one.
        TransferError: it has no such head.
    """
    folder, _ = _opened(name, releases)
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        weights = {
            key.removeprefix(prefix): file.get_tensor(key)
            for prefix in _OUTLINE
            for key in file.keys()  # noqa: SIM118  not a dict
            if key.startswith(prefix)
        }
    if not weights:
        raise TransferError(f"{folder}: grades by no outline; start from another release")
    return weights


def _opened(name: str, releases: Path) -> tuple[Path, BundleRecord]:
    given = Path(name)
    folder = given if (given / RECORD).is_file() else release_folder(releases, name)
    record = read_bundle(folder)
    if WEIGHTS not in record.files:
        raise TransferError(f"{folder}: has no {WEIGHTS}; it can be served, not started from")
    return folder, record


def weights_file(network: Network, *, whole: bool) -> bytes:
    """A network as a safetensors file that says what network it is.

    Args:
        whole: with its backbone; else that is ImageNet's as its package has it, and only the heads are kept.
    """
    state = {
        k: v.detach().to("cpu", torch.float32 if v.is_floating_point() else v.dtype).contiguous()
        for k, v in network.state_dict().items()
        if whole or not k.startswith(_OF_BACKBONE)
    }
    said = {_SPEC: network.spec.model_dump_json()} | ({} if whole else {_BACKBONE: _IMAGENET})
    return bytes(save(state, metadata=said))
