"""Reviewed photos → a dataset folder that training reads: what people decided retrains the network.

    ubora harvest --out datasets/harvest-2026-11
    ubora harvest --out FOLDER --since 2026-11-01 --release ubora-2026.10 --json

Of every reviewed inspection the last review counts. A corrected list of defects is taken as it stands,
with masks where people marked them;
without one, "accept" means clean, and "rework" or "reject" means what the machine found, as labels without a
place: its boxes are a guess that nobody confirmed. A photo that was to be taken again is not in it,
also where a person decided on it. Approved photos of every design come along, as clean pieces of level 3; so
do accepted pieces that stand for theirs, as they were reviewed, and they are approved samples too.

Photos are the workshop's. Only those of workshops that consent to their use for training are in it, by what
counts now; how many were left out and why is said, also in the summary of --json.
"""

import argparse
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from tqdm import tqdm

from ubora.datasets.manifest import DatasetCard, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import JEWELRY, Stage, View
from ubora.models.inference.approved import APPROVED_LEVEL
from ubora.service.harvest_labels import labels_of, masks_of, regions_of, write_masks
from ubora.service.inspections.said import Region
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import AcceptedPiece, Design, Inspection, Review
from ubora.service.left_out import LeftOut, may_use
from ubora.service.ownership.consents import last_consents
from ubora.service.reviews.reviews import latest_reviews
from ubora.service.settings import Settings
from ubora.service.storage.photos import PhotoStore
from ubora.service.storage.stores import open_store


class HarvestError(ValueError):
    """Nothing was written: what was found, what was expected."""


@dataclass(frozen=True)
class Harvest:
    """A dataset folder, and what is not in it."""

    manifest: Manifest
    left_out: LeftOut


@dataclass(frozen=True)
class Harvested:
    """One photo of a reviewed inspection, and its sample."""

    stored: Path
    sample: Sample
    regions: Mapping[str, Region]
    """What people marked on it, by the names of the mask files."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="the dataset folder; new or empty")
    parser.add_argument("--data", type=Path, help="the service's data folder (var)")
    parser.add_argument("--database-url", help="as for `ubora serve`")
    parser.add_argument("--since", type=_day, help="only reviews of that UTC day or later, as 2026-11-01")
    parser.add_argument("--release", help="only what this release inspected")
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object")


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url)
    done = harvest(settings, args.out, since=args.since, release=args.release)
    counts = summary(done.manifest) | {"left_out": done.left_out.as_json()}
    if args.json:
        print(json.dumps(counts))
        return 0
    print(f"{counts['photos']} photos of {counts['pieces']} pieces in {args.out}")
    for name, count in counts["defects"].items():
        print(f"  {name:<12} {count:>6}")
    print(f"  {'clean':<12} {counts['clean']:>6}\n  {'not labelled':<12} {counts['unlabelled']:>6}")
    for line in done.left_out.told():
        print(line)
    return 0


def harvest(
    settings: Settings, out: Path, *, since: datetime | None = None, release: str | None = None
) -> Harvest:
    """Write the dataset folder.

    Raises:
        HarvestError: `out` is not empty, no ledger, nothing reviewed by whose workshop photos may be used, a
            stored photo missing or altered.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise HarvestError(f"{out}: not empty; a dataset is never overwritten, name a new folder")
    if settings.database_url is None and not (settings.data / "ledger.sqlite").is_file():
        raise HarvestError(
            f"{settings.data}: no ledger.sqlite in it; --data is the folder that `ubora serve` uses"
        )
    store = open_store(settings)
    ledger = Ledger.open(settings.ledger_url())
    try:
        found, left_out = _collect(ledger, store, since, release)
    finally:
        ledger.close()
    if not found:
        told = "; ".join(["nothing was reviewed that fits; there is no dataset to write", *left_out.told()])
        raise HarvestError(told)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "photos").mkdir(parents=True)
    for item in tqdm(found, "harvest", unit="photo", disable=not sys.stderr.isatty()):
        _copy(item, partial)
        write_masks(item.regions, partial)
    names = {name for item in found for name in item.sample.defect_names()}
    extra = tuple(sorted(names - set(JEWELRY.defects)))
    card = DatasetCard(
        name=out.name,
        description="Photos that people reviewed, with what they decided.",
        source="harvest" + (f" of {release}" if release else ""),
        taxonomy=JEWELRY.model_copy(update={"defects": JEWELRY.defects + extra}),
    )
    samples = [item.sample for item in found]
    write_manifest(Manifest(partial, card, samples))
    # In one step, so that nobody trains on half a harvest. An empty folder may be replaced.
    partial.replace(out)
    return Harvest(Manifest(out, card, samples), left_out)


def summary(manifest: Manifest) -> dict[str, Any]:
    """Counts of a harvest: photos, pieces, photos a defect, clean, unlabelled, by split."""
    defects = Counter(name for sample in manifest for name in sample.defect_names())
    return {
        "photos": len(manifest),
        "pieces": len({sample.piece_id for sample in manifest}),
        "defects": dict(sorted(defects.items())),
        "clean": sum(sample.defects == () for sample in manifest),
        "unlabelled": sum(sample.defects is None for sample in manifest),
        "variance": sum(sample.variance is not None for sample in manifest),
        "splits": dict(sorted(Counter(str(sample.split) for sample in manifest).items())),
        "fingerprint": manifest.fingerprint(),
    }


def _collect(
    ledger: Ledger, store: PhotoStore, since: datetime | None, release: str | None
) -> tuple[list[Harvested], LeftOut]:
    """In order of review, of one photo in two inspections the one reviewed last; then what designs show.

    What was reviewed is harvested once, whether it stands for its design or not.
    """
    found: dict[str, Sample] = {}
    regions: dict[str, Region] = {}
    refused_pieces: dict[str, set[str]] = {}
    not_kept: set[str] = set()
    with ledger.read() as session:
        said = last_consents(session)
        designs = {row.id: row for row in session.query(Design)}
        for row, review in latest_reviews(session, since, release):
            if may_use(said, row):
                not_kept.update(photo.stored_sha256 for photo in row.photos if photo.removed_at is not None)
                found.update(_samples(row, review, designs))
                regions |= regions_of(row, review)
            else:
                refused_pieces.setdefault(row.microfactory, set()).add(row.piece_key)
        left_out = LeftOut(
            {code: len(pieces) for code, pieces in refused_pieces.items()},
            frozenset(code for code in refused_pieces if code in said),
            len(not_kept - set(found)),
        )
        if not found:
            return [], left_out
        standing = session.scalars(
            select(Inspection)
            .join(AcceptedPiece, AcceptedPiece.inspection == Inspection.id)
            .where(AcceptedPiece.until_version.is_(None))
            .order_by(AcceptedPiece.number)
        )
        for row in standing:
            if not may_use(said, row):
                continue
            regions = regions_of(row, row.reviews[-1]) | regions
            for sha256, sample in _samples(row, row.reviews[-1], designs):
                # The same photo in another inspection, where somebody may have said something else since.
                if found.setdefault(sha256, sample).piece_id == sample.piece_id:
                    found[sha256] = found[sha256].model_copy(update={"approved_sample": True})
    for sample in (sample for design in designs.values() for sample in _approved(design)):
        found.setdefault(sample.sample_id, sample)
    harvested = [
        Harvested(store.photo_path(sha256), sample, {name: regions[name] for name in masks_of(sample)})
        for sha256, sample in found.items()
    ]
    return harvested, left_out


def _approved(design: Design) -> Iterator[Sample]:
    """The photos that stand for a design are taken for one piece."""
    piece = f"approved/{design.id}"
    for photo in design.approved:
        yield Sample(
            file_name=f"photos/{photo.stored_sha256}.jpg",
            sample_id=photo.stored_sha256,
            piece_id=piece,
            design=design.id,
            material=design.material,
            category=design.category,
            stage=cast(Stage, design.stage),
            view=cast("View | None", photo.view),
            defects=(),
            variance=APPROVED_LEVEL,
            split=split_of(piece),
            source="reviewed",
            captured_at=photo.at,
            approved_sample=True,
        )


def _samples(row: Inspection, review: Review, designs: Mapping[str, Design]) -> Iterator[tuple[str, Sample]]:
    """SHA-256 of each stored photo, and its sample: of the design that people say it is of, if of any."""
    design = None if row.design_unknown else designs[row.design]
    piece = piece_name(row)
    for photo in row.photos:
        if photo.faults:
            continue  # sent to a person all the same: too poor to be judged by, so that it teaches nothing
        if photo.removed_at is not None:
            continue
        yield (
            photo.stored_sha256,
            Sample(
                file_name=f"photos/{photo.stored_sha256}.jpg",
                sample_id=photo.stored_sha256,
                piece_id=piece,
                microfactory=row.microfactory,
                design=None if design is None else design.id,
                material=None if design is None else design.material,
                category=None if design is None else design.category,
                stage=None if design is None else cast(Stage, design.stage),
                view=cast(View, photo.view),
                defects=labels_of(row, review, photo),
                variance=review.variance,
                split=split_of(piece),
                source="reviewed",
                reviewed_by=review.reviewer,
                captured_at=row.taken_at or row.received_at,
            ),
        )


def piece_name(row: Inspection) -> str:
    """The same piece is the same name in every harvest, so that it never changes its split."""
    if row.piece is None:
        return row.id
    return "/".join((row.microfactory, row.sent_as, row.lot or "-", row.piece))


def _copy(item: Harvested, out: Path) -> None:
    place = out / item.sample.file_name
    try:
        shutil.copyfile(item.stored, place)
    except FileNotFoundError:
        raise HarvestError(f"{item.stored}: the ledger has this photo, the folder has not") from None
    found = sample_id(place.read_bytes())
    if found != item.sample.sample_id:
        raise HarvestError(f"{item.stored}: altered; sha256 {found[:12]}…")


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
