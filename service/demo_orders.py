"""What the demonstration's workshops were asked for: lots, photos of how it should be, and a contested flag.

Everything goes the way that it goes in earnest. What is not in the sample (a clean, even piece of a design)
is left out.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from datasets.manifest import Manifest, Sample
from datasets.taxonomy import View
from models.approved import APPROVED_LEVEL
from service.access import Principal
from service.appeals import store_appeal
from service.clock import now
from service.designs import DesignBody, replace_approved
from service.errors import Problem
from service.house import House
from service.lots import LotChange, save_lot
from service.tables import Inspection
from service.uploads import Upload

DEMONSTRATION = "the demonstration"
"""Who did it, in the audit."""
OPEN_LOTS = 2
"""Of each workshop; those of which most pieces are there."""
PIECES = 12
VIEWS: tuple[View, ...] = ("front", "side")
CONTEST = "Ni alama ya nyundo, si kasoro. (It is a mark of the hammer and no defect.)"


def seed_orders(house: House, sample: Manifest, designs: Mapping[str, DesignBody]) -> None:
    """After the pieces: photos that stand for a design change nothing of what was inspected before."""
    _seed_lots(house)
    for code, design in designs.items():
        photos = _approved(sample, design)
        try:
            if photos:
                bytes_of = [_read(sample, photo) for photo in photos]
                views = [photo.view for photo in photos]
                replace_approved(house, code, bytes_of, views, DEMONSTRATION)
        except Problem as error:
            print(f"demo      {code} has no approved photo: {error.detail}")


def seed_appeal(house: House, sample: Manifest, artisan: Principal) -> bool:
    """The workshop contests the last piece that it was to rework, with another view; whether there is one."""
    with house.ledger.read() as session:
        row = session.scalar(
            select(Inspection)
            .where(
                Inspection.microfactory == artisan.microfactory,
                Inspection.status.in_(("rework", "rejected", "pending")),
            )
            .order_by(Inspection.status == "pending", Inspection.number.desc())
            .limit(1)
        )
    if row is None:
        return False
    seen = {photo.received_sha256 for photo in row.photos}
    second = _another_view(sample, seen)
    store_appeal(house, uuid.UUID(row.id), str(uuid.uuid4()), CONTEST, Upload(None, second), artisan)
    return True


def _seed_lots(house: House) -> None:
    with house.ledger.write() as session:
        found = session.execute(
            select(
                Inspection.microfactory,
                Inspection.lot,
                Inspection.design,
                func.min(Inspection.received_at),
                func.count(),
            )
            .where(Inspection.lot.is_not(None))
            .group_by(Inspection.microfactory, Inspection.lot, Inspection.design)
        ).all()
        of_workshop: dict[str, list[Any]] = defaultdict(list)
        for microfactory, lot, design, begun, pieces in found:
            of_workshop[microfactory].append((pieces, lot, design, begun))
        for microfactory, lots in of_workshop.items():
            for number, (pieces, lot, design, begun) in enumerate(sorted(lots, reverse=True)):
                body = LotChange(
                    microfactory=microfactory, design=design, pieces=max(PIECES, pieces), views=VIEWS
                )
                row, _ = save_lot(session, DEMONSTRATION, lot, body, begun - timedelta(days=1))
                row.closed_at = None if number < OPEN_LOTS else now(session)


def _approved(sample: Manifest, design: DesignBody) -> list[Sample]:
    """Photos of one piece that shows the design as it should be; none where the sample has no such piece."""
    fitting = [
        photo
        for photo in sample.samples
        if (photo.category, photo.material) == (design.category, design.material)
        and photo.defects == ()
        and photo.variance == APPROVED_LEVEL
        and not photo.photo_faults
    ]
    if not fitting:
        return []
    # Where the sample has photos that were made for this, they come first.
    first = min(fitting, key=lambda photo: (not photo.approved_sample, photo.sample_id))
    return [photo for photo in fitting if photo.piece_id == first.piece_id][:2]


def _another_view(sample: Manifest, seen: set[str]) -> list[bytes]:
    pieces = {photo.piece_id for photo in sample.samples if photo.sample_id in seen}
    others = [p for p in sample.samples if p.piece_id in pieces and p.sample_id not in seen]
    return [_read(sample, photo) for photo in others[:1]]


def _read(sample: Manifest, photo: Sample) -> bytes:
    return sample.path(photo.file_name).read_bytes()
