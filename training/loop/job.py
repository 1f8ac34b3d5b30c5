"""What a run is, settled before its first step: data, recipe, network, folder, device.

job, network, held = settle(TrainOptions(Path("datasets/rendered")))
open_run(job)

ValueError
└── TrainingError   a run that cannot start or go on
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from ubora.datasets.manifest import Manifest, read_manifest
from ubora.datasets.taxonomy import SPLITS
from ubora.models.inference.preprocess import Place
from ubora.training.data.places import find_places, read_places, write_places
from ubora.training.knobs import Recipe
from ubora.training.loop.checkpoint import (
    ENVIRONMENT,
    LAST,
    RECIPE,
    Checkpoint,
    RunError,
    environment,
    read_checkpoint,
    write_json,
)
from ubora.training.loop.options import TrainOptions
from ubora.training.loop.ranks import ALONE, Ranks
from ubora.training.network import Network, NetworkSpec
from ubora.training.network.backbone import WeightsError, file_sha256
from ubora.training.network.transfer import Start, read_start
from ubora.training.recipe import changed, read_recipe, write_recipe


class TrainingError(ValueError):
    """A run that cannot start or go on."""


@dataclass(frozen=True)
class Job:
    """All that a run is, settled before the first step."""

    manifest: Manifest
    fingerprint: str
    recipe: Recipe
    spec: NetworkSpec
    folder: Path
    device: torch.device
    until: int
    """Stop after this epoch; the schedule is that of `recipe.epochs` all the same."""
    keep: Manifest | None = None
    """A dataset that must not be forgotten."""
    keep_fingerprint: str | None = None
    origin: str = ""
    """Where the first weights came from, in words."""
    ranks: Ranks = ALONE
    places: Mapping[str, Place] = field(default_factory=dict)
    """By sample_id, around pieces that nobody outlined."""
    fresh: bool = True
    """Whether the network begins anew, without descriptors of a release."""


def settle(options: TrainOptions, ranks: Ranks = ALONE) -> tuple[Job, Network, Checkpoint | None]:
    """The job, its network, and the checkpoint it goes on from, if any. Writes nothing.

    Raises:
        TrainingError, RunError, RecipeError, WeightsError, ManifestError, BundleError: in one line each.
    """
    manifest = read_manifest(options.dataset)
    keep = None if options.keep is None else read_manifest(options.keep)
    held = start = None
    if options.resume is not None:
        held = read_checkpoint(options.resume / LAST)
        _refuse_change(options, held, manifest, keep)
        # With a knob that was retired since, it could not be followed to its end.
        read_recipe(options.resume / RECIPE)
        recipe, spec, folder = held.recipe, held.spec, options.resume
    else:
        if options.start is not None and options.weights is not None:
            raise TrainingError("--from and --weights: expected one of them")
        start = None if options.start is None else read_start(options.start, options.releases)
        recipe = _recipe(options, start)
        spec = _spec(manifest, recipe, start)
        name = f"{options.dataset.name}-{recipe.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        folder = options.out or Path("runs") / name
    if keep is not None:
        _refuse_strange(keep, recipe, spec)
    job = Job(
        manifest=manifest,
        fingerprint=manifest.fingerprint(),
        recipe=recipe,
        spec=spec,
        folder=folder,
        device=device_of(options.device),
        until=options.until or recipe.epochs,
        keep=keep,
        keep_fingerprint=None if keep is None else keep.fingerprint(),
        ranks=ranks,
    )
    if held is not None:
        return replace(job, places=read_places(folder)), held.network(), held
    if recipe.precision == "bf16" and emulates_bf16(job.device):
        raise TrainingError(
            "precision bf16: this processor would take a hundred times as long for it (neither avx512_bf16 "
            "nor amx); expected fp32 or auto"
        )
    network, origin = _network(job, options, start)
    # A network that never saw a piece would find anything.
    sets = [] if start is None or not start.spec.piece else [m for m in (manifest, keep) if m is not None]
    places = {key: place for one in sets for key, place in find_places(network, one).items()}
    return replace(job, origin=origin, places=places, fresh=start is None), network, None


def photo_shares(manifest: Manifest, classes: Iterable[str]) -> list[float]:
    """Share of the labelled photos that show each class."""
    labelled = [s.defect_names() for s in manifest if s.defects is not None and not s.photo_faults]
    return [sum(name in names for names in labelled) / max(1, len(labelled)) for name in classes]


def _recipe(options: TrainOptions, start: Start | None) -> Recipe:
    recipe = read_recipe(options.recipe or "jewelry", options.overrides)
    if options.epochs is not None:
        recipe = changed(recipe, epochs=options.epochs)
    if start is not None:
        return start.adapt(recipe, asked={override.partition("=")[0] for override in options.overrides})
    if options.weights is not None:
        # The name and the hash say which weights; a path would say whose machine.
        return changed(recipe, weights=options.weights.name, weights_sha256=file_sha256(options.weights))
    if recipe.weights not in ("imagenet", "none"):
        path = Path(recipe.weights)
        return changed(recipe, weights=path.name, weights_sha256=file_sha256(path))
    return recipe


def _spec(manifest: Manifest, recipe: Recipe, start: Start | None) -> NetworkSpec:
    """The network this data can teach.

    Raises:
        TrainingError: no train or val photos, no labels at all, or a defect the recipe has no class for.
    """
    learn, check = manifest.split("train"), manifest.split("val")
    for name, split in (("train", learn), ("val", check)):
        if not len(split):
            raise TrainingError(
                f"{manifest.root}: no photo in the {name} split; `ubora data split {manifest.root}` makes one"
            )
    classes = recipe.classes or manifest.card.taxonomy.defects
    unknown = sorted({name for s in manifest for name in s.defect_names()} - set(classes))
    if unknown:
        raise TrainingError(
            f"{manifest.root}: defect {unknown[0]!r} is not in the recipe's classes ({', '.join(classes)})"
        )
    if all(s.defects is None for s in learn):
        raise TrainingError(f"{manifest.root}: no photo of the train split is labelled for defects")
    piece = any(s.piece_mask is not None for s in learn) or (start is not None and start.spec.piece)
    variance = any(s.variance is not None for s in learn) or (start is not None and start.spec.variance)
    spec = NetworkSpec.of(recipe, classes, piece=piece, variance=variance)
    if spec.grade == "outline" and (start is None or start.spec.grade != "outline"):
        return spec.model_copy(update={"variance": False})  # until `ubora train grade`
    return spec


def _network(job: Job, options: TrainOptions, start: Start | None) -> tuple[Network, str]:
    """A network with its first weights, and where they came from in words."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(job.recipe.seed)
        network = Network(job.spec)
    network.comparison.set_priors(photo_shares(job.manifest.split("train"), job.spec.classes))
    if start is not None:
        return network, start.fill(network)
    if job.recipe.weights == "imagenet":
        return network, network.encoder.backbone.load_imagenet(job.spec.backbone)
    if job.recipe.weights != "none":
        path = options.weights or Path(job.recipe.weights)
        if file_sha256(path) != job.recipe.weights_sha256:
            raise WeightsError(f"{path}: not the file the recipe was resolved with")
        network.encoder.backbone.load_file(path)
        return network, f"backbone from {path.name}"
    return network, "random weights"


def open_run(job: Job) -> None:
    """Make the folder of a new run, with its recipe and what it runs on.

    A run that was stopped before its first epoch ended has nothing to go on from: it begins again.

    Raises:
        RunError: it holds a run already.
    """
    if not job.ranks.first:
        return
    if (job.folder / LAST).exists():
        raise RunError(f"{job.folder}: holds a run already; go on with --resume, or give another --out")
    job.folder.mkdir(parents=True, exist_ok=True)
    write_recipe(job.recipe, job.folder / RECIPE)
    write_places(job.folder, job.places)
    counts = {name: len(job.manifest.split(name)) for name in SPLITS}
    name, keep = job.manifest.card.name, job.keep
    said = environment(
        device=str(job.device),
        processes=job.ranks.count,
        dataset=name,
        dataset_folder=str(job.manifest.root.resolve()),
        fingerprint=job.fingerprint,
        photos=counts,
        weights=job.origin,
        kept_dataset=None if keep is None else keep.card.name,
        kept_folder=None if keep is None else str(keep.root.resolve()),
        kept_fingerprint=job.keep_fingerprint,
        kept_photos=None if keep is None else len(keep.split("train")),
        kept_pieces=None if keep is None else len({s.piece_id for s in keep.split("train")}),
    )
    write_json(job.folder / ENVIRONMENT, said)
    heads = ", ".join(heads_of(job.spec))
    print(
        f"{name}: {counts['train']} photos to learn, {counts['val']} to check; heads: {heads}; {job.origin}"
    )
    if keep is not None:
        print(f"{keep.card.name}: {len(keep.split('train'))} photos to keep in mind")


def heads_of(spec: NetworkSpec) -> list[str]:
    """The heads that this data can teach."""
    return ["defects"] + ["piece"] * spec.piece + ["variance"] * spec.variance


def _refuse_strange(keep: Manifest, recipe: Recipe, spec: NetworkSpec) -> None:
    """Raises TrainingError for a dataset to keep that this run could not learn from."""
    unknown = sorted({name for s in keep for name in s.defect_names()} - set(spec.classes))
    if unknown:
        known = ", ".join(spec.classes)
        raise TrainingError(f"{keep.root}: defect {unknown[0]!r} is not in the run's classes ({known})")
    for name in ("train", "val"):
        if not len(keep.split(name)):
            raise TrainingError(f"{keep.root}: no photo in the {name} split, nothing to keep")
    if recipe.batch < 2:
        raise TrainingError(
            f"batch = {recipe.batch}, expected at least 2: photos of both datasets stand in it"
        )


def _refuse_change(
    options: TrainOptions, held: Checkpoint, manifest: Manifest, keep: Manifest | None
) -> None:
    for found, expected, where in (
        (manifest.fingerprint(), held.fingerprint, options.dataset),
        (None if keep is None else keep.fingerprint(), held.keep_fingerprint, f"--keep {options.keep}"),
    ):
        if found != expected:
            raise RunError(
                f"{where}: fingerprint {_short(found)}, the run learnt from {_short(expected)}; "
                "a resume needs the same data"
            )
    asked = (
        options.recipe or options.overrides or options.epochs is not None or options.weights or options.start
    )
    if not asked:
        return
    start = None if options.start is None else read_start(options.start, options.releases)
    recipe = _recipe(replace(options, recipe=options.recipe or held.recipe.name), start)
    for knob, value in recipe:
        if value != getattr(held.recipe, knob):
            raise RunError(
                f"{options.resume}: its recipe has {knob} = {getattr(held.recipe, knob)!r}, "
                f"asked for {value!r}; a resume needs the same recipe"
            )


def _short(fingerprint: str | None) -> str:
    return "none" if fingerprint is None else f"{fingerprint[:12]}…"


def device_of(name: str) -> torch.device:
    """The device that --device names; auto is CUDA where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("--device cuda: torch finds no CUDA device here")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def emulates_bf16(device: torch.device) -> bool:
    """Whether this processor lacks instructions for bfloat16; products then take a hundred times as long."""
    # torch asks the processor, but offers the answer by these names alone.
    return device.type == "cpu" and not (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
