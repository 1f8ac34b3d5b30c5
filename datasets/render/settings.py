"""What a rendered set is a function of, and what may be asked of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from ubora.datasets.render.defects.plans import BOUNDS
from ubora.datasets.render.designs.catalogue import catalogue
from ubora.datasets.render.designs.cousins import Kinship
from ubora.datasets.render.scene import light
from ubora.models.naming import did_you_mean


class SettingsError(ValueError):
    """Options that cannot be, or that contradict what the folder was begun with."""


@dataclass(frozen=True)
class Settings:
    """What the pictures are a function of, beside the piece's number."""

    seed: int
    views: int = 3
    size_px: int = 512
    samples: int = 10
    environments: Path | None = None
    approved_views: int = 2
    """Photos of the approved sample of each design in the set; 0 for none."""
    photo_format: str = "jpg"
    """jpg or webp."""
    twins: bool = False
    """Keep the clean twin of each good photo that shows a defect, as a photo of its own."""
    only: tuple[str, ...] = ()
    """Categories to draw pieces from; every one where there are none."""
    cousins: Kinship | None = None
    """The designs are such cousins of those in the catalogue."""
    pieces_a_design: int = 1
    """How many pieces are made of each cousin."""
    defects: tuple[str, ...] = ()
    """Classes of which every piece has some, where its design can; if none, half of the pieces have any."""

    def as_json(self) -> str:
        """What a folder remembers, so that a resumed run cannot mix two sets."""
        names = [path.name for path in light.find_probes(self.environments)] if self.environments else []
        return json.dumps(
            {
                "seed": self.seed,
                "views": self.views,
                "size": self.size_px,
                "samples": self.samples,
                "environments": names,
                "approved_views": self.approved_views,
                "format": self.photo_format,
            }
            | ({"twins": True} if self.twins else {})
            | ({"only": list(self.only)} if self.only else {})
            # As folders say that were begun when there were only near ones.
            | ({"cousins": True if self.cousins == "near" else self.cousins} if self.cousins else {})
            | ({"pieces_a_design": self.pieces_a_design} if self.pieces_a_design > 1 else {})
            | ({"defects": list(self.defects)} if self.defects else {})
        )


def check(settings: Settings, piece_count: int, workers: int) -> None:
    """Raises SettingsError for an option out of range, and for a name that is none."""
    if settings.photo_format not in ("jpg", "webp"):
        raise SettingsError(f"--format: expected jpg or webp, found {settings.photo_format}")
    for name, value, least in (
        ("--pieces", piece_count, 1), ("--views", settings.views, 1), ("--size", settings.size_px, 48),
        ("--samples", settings.samples, 1), ("--approved-views", settings.approved_views, 0),
        ("--workers", workers, 1), ("--seed", settings.seed, 0),
        ("--pieces-a-design", settings.pieces_a_design, 1),
    ):  # fmt: skip
        if value < least:
            raise SettingsError(f"{name}: expected at least {least}, found {value}")
    if settings.pieces_a_design > 1 and not settings.cousins:
        raise SettingsError("--pieces-a-design: pieces of the catalogue share designs anyway; give --cousins")
    for option, fault, chosen, known in (
        ("--only", "no design is a", settings.only, sorted({design.category for design in catalogue()})),
        ("--defects", "no defect is a", settings.defects, list(BOUNDS)),
    ):
        for name in chosen:
            if name not in known:
                meant = did_you_mean(name, known)
                raise SettingsError(f"{option}: {fault} {name}{meant}; expected some of {', '.join(known)}")
