"""What a run is asked to be: the words of `ubora train run` as a value that a program may make."""

from dataclasses import dataclass
from pathlib import Path

from ubora.models.registry.releases import RELEASES


@dataclass(frozen=True)
class TrainOptions:
    """What a run is asked to be; the words of `ubora train run` say the same."""

    dataset: Path
    """A dataset folder with train and val splits."""
    recipe: str | Path | None = None
    """A name or a file; None is `jewelry`, or of a run that is gone on with its own."""
    out: Path | None = None
    """The run's folder; None makes a name of dataset, recipe and time under `runs/`."""
    start: str | None = None
    """A release, bundle or alias whose weights it starts from."""
    weights: Path | None = None
    """A local state dict for the backbone, instead of what the recipe names."""
    keep: Path | None = None
    """A dataset folder that must not be forgotten."""
    epochs: int | None = None
    until: int | None = None
    """Stop after this epoch; the schedule stays."""
    resume: Path | None = None
    """A run to go on with, exactly."""
    overrides: tuple[str, ...] = ()
    """Knobs of the recipe, as `augment.noise=0.02`."""
    features: Path = Path("var/features")
    """Where what a frozen backbone sees is kept."""
    device: str = "auto"
    releases: Path = RELEASES
    """Where `start` looks."""
