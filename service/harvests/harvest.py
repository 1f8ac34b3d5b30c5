"""Reviewed photos → a dataset folder that training reads: what people decided retrains the network.

    done = harvest(settings, Path("var/harvest"), Chosen(design=("bangle-mara",)))

The command is `harvests.command`, the console's page `harvests.routes`; both are this.
Of every reviewed inspection the last review counts. A corrected list of defects is taken as it stands,
with masks where people marked them;
without one, "accept" means clean, and "rework" or "reject" means what the machine found, as labels without a
place: its boxes are a guess that nobody confirmed. A photo that was to be taken again is not in it,
also where a person decided on it. Approved photos of every design come along, as clean pieces of level 3; so
do accepted pieces that stand for theirs, as they were reviewed, and they are approved samples too.

Photos are the workshop's. Only those of workshops that consent to their use for training are in it, by what
counts now. Left out, unless it is asked for, is what a reviewer said a person is in (the phrase `face`). How
much was left out and why is said.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.datasets.manifest import DatasetCard, Manifest, Sample, sample_id, write_manifest
from ubora.datasets.splits import split_of
from ubora.datasets.taxonomy import JEWELRY, Stage, View
from ubora.models.inference.approved import APPROVED_LEVEL
from ubora.service.agreement.chosen import Chosen, decided
from ubora.service.harvests.labels import labels_of, masks_of, regions_of, write_masks
from ubora.service.harvests.left_out import Gathered, LeftOut, may_use, shows_a_person
from ubora.service.inspections.said import Region
from ubora.service.ledger.database import Ledger
from ubora.service.ledger.tables import AcceptedPiece, Design, Inspection, Review
from ubora.service.ownership.consents import Said, last_consents
from ubora.service.settings import Settings
from ubora.service.storage.photos import PhotoStore
from ubora.service.storage.stores import open_store

SOME = 500
"""Databases limit the parameters of a statement."""
NOTHING = "nothing was reviewed that fits; there is no dataset to write"
Told = Callable[[int, int], None]


class HarvestError(ValueError):
    """Nothing was written: what was found, what was expected."""


@dataclass(frozen=True)
class Harvest:
    """A dataset folder, and what is not in it."""

    manifest: Manifest
    left_out: LeftOut


def harvest(
    settings: Settings, out: Path, chosen: Chosen | None = None, told: Told = lambda at, of: None
) -> Harvest:
    """Write the dataset folder of the ledger that these settings say.

    Raises:
        HarvestError: as `write_harvest`; there is no ledger.
    """
    if settings.database_url is None and not (settings.data / "ledger.sqlite").is_file():
        raise HarvestError(
            f"{settings.data}: no ledger.sqlite in it; --data is the folder that `ubora serve` uses"
        )
    ledger = Ledger.open(settings.ledger_url(), zone=settings.zone)
    try:
        return write_harvest(ledger, open_store(settings), out, chosen or Chosen(), told)
    finally:
        ledger.close()


def write_harvest(ledger: Ledger, store: PhotoStore, out: Path, chosen: Chosen, told: Told) -> Harvest:
    """Write the dataset folder.

    Args:
        told: called with how many photos were copied and of how many; what it raises ends the work.

    Raises:
        HarvestError: `out` is not empty, nothing was reviewed by whose workshop photos may be used, a stored
            photo is missing or altered.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise HarvestError(f"{out}: not empty; a dataset is never overwritten, name a new folder")
    with ledger.read() as session:
        by_id, left_out, regions = _collect(session, chosen)
    if not by_id:
        raise HarvestError("; ".join([NOTHING, *left_out.told()]))
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "photos").mkdir(parents=True)
    for at, (sha256, sample) in enumerate(by_id.items()):
        told(at, len(by_id))
        _copy(store.photo_path(sha256), sample, partial)
        write_masks({name: regions[name] for name in masks_of(sample)}, partial)
    names = {name for sample in by_id.values() for name in sample.defect_names()}
    extra = tuple(sorted(names - set(JEWELRY.defects)))
    card = DatasetCard(
        name=out.name,
        description="Photos that people reviewed, with what they decided.",
        source="harvest" + (f" of {chosen.release}" if chosen.release else ""),
        taxonomy=JEWELRY.model_copy(update={"defects": JEWELRY.defects + extra}),
    )
    samples = list(by_id.values())
    write_manifest(Manifest(partial, card, samples))
    # In one step, so that nobody trains on half a harvest. An empty folder may be replaced.
    partial.replace(out)
    return Harvest(Manifest(out, card, samples), left_out)


def planned(ledger: Ledger, chosen: Chosen) -> tuple[dict[str, Sample], LeftOut]:
    """What a harvest would be now: SHA-256 of each stored photo → its sample; and what is not in it."""
    with ledger.read() as session:
        samples, left_out, _ = _collect(session, chosen)
    return samples, left_out


def counts_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """Photos, pieces, photos a defect, clean, unlabelled, graded; by split; pieces by design."""
    defects = Counter(name for sample in samples for name in sample.defect_names())
    designs = {(sample.design, sample.piece_id) for sample in samples}
    pieces = {(str(sample.split), sample.piece_id) for sample in samples}
    return {
        "photos": len(samples),
        "pieces": len({sample.piece_id for sample in samples}),
        "defects": dict(sorted(defects.items())),
        "clean": sum(sample.defects == () for sample in samples),
        "unlabelled": sum(sample.defects is None for sample in samples),
        "variance": sum(sample.variance is not None for sample in samples),
        "splits": dict(sorted(Counter(str(sample.split) for sample in samples).items())),
        "pieces_of_splits": dict(sorted(Counter(split for split, _ in pieces).items())),
        "pieces_of_designs": dict(sorted(Counter(str(design) for design, _ in designs).items())),
    }


def summary(manifest: Manifest) -> dict[str, Any]:
    """The counts of a harvest, and its fingerprint."""
    return counts_of(manifest.samples) | {"fingerprint": manifest.fingerprint()}


def _collect(session: Session, chosen: Chosen) -> tuple[dict[str, Sample], LeftOut, dict[str, Region]]:
    """What was decided, in the order of review or of agreement; then what designs show.

    What was reviewed is harvested once, whether it stands for its design or not. With the regions that people
    marked, by the names of their mask files.
    """
    said = last_consents(session)
    designs = {row.id: row for row in session.query(Design)}
    pieces = decided(session, chosen)
    gathered = Gathered(chosen)
    regions: dict[str, Region] = {}
    for row in _rows(session, [one.inspection for one in pieces.found]):
        samples = _samples(row, row.reviews[-1], designs)
        regions |= regions_of(row, row.reviews[-1])
        gathered.take(row, samples, allowed=may_use(said, row))
    by_id = gathered.in_order()
    if by_id:
        _add_standing(session, chosen, said, designs, by_id, regions)
        for design in designs.values():
            for sample in _approved(design) if not chosen.design or design.id in chosen.design else ():
                by_id.setdefault(sample.sample_id, sample)
    return by_id, gathered.left_out(said, pieces), regions


def _rows(session: Session, names: Sequence[str]) -> Iterator[Inspection]:
    """In this order; some at a time."""
    for start in range(0, len(names), SOME):
        some = names[start : start + SOME]
        rows = {row.id: row for row in session.scalars(select(Inspection).where(Inspection.id.in_(some)))}
        yield from (rows[name] for name in some)
        session.expunge_all()


def _add_standing(
    session: Session,
    chosen: Chosen,
    said: Mapping[str, Said],
    designs: Mapping[str, Design],
    found: dict[str, Sample],
    regions: dict[str, Region],
) -> None:
    """Accepted pieces that stand for their designs, whenever they were reviewed."""
    standing = session.scalars(
        select(Inspection)
        .join(AcceptedPiece, AcceptedPiece.inspection == Inspection.id)
        .where(AcceptedPiece.until_version.is_(None))
        .order_by(AcceptedPiece.number)
    )
    for row in standing:
        if not may_use(said, row) or (chosen.design and row.design not in chosen.design):
            continue
        if not chosen.faces and shows_a_person(row):
            continue
        regions |= regions_of(row, row.reviews[-1])
        for sha256, sample in _samples(row, row.reviews[-1], designs):
            # The same photo in another inspection, where somebody may have said something else since.
            if found.setdefault(sha256, sample).piece_id == sample.piece_id:
                found[sha256] = found[sha256].model_copy(update={"approved_sample": True})


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


def _copy(stored: Path, sample: Sample, out: Path) -> None:
    place = out / sample.file_name
    try:
        shutil.copyfile(stored, place)
    except FileNotFoundError:
        raise HarvestError(f"{stored}: the ledger has this photo, the folder has not") from None
    found = sample_id(place.read_bytes())
    if found != sample.sample_id:
        raise HarvestError(f"{stored}: altered; sha256 {found[:12]}…")
