"""What the demonstration's workshops were asked for: photos of how it should be, lots, and a contested flag.

Everything goes the way that it goes in earnest. What is not in the sample is left out.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from ubora.datasets.manifest import Manifest, Sample
from ubora.datasets.taxonomy import View
from ubora.service.auth.access import Principal
from ubora.service.designs.approved import replace_approved
from ubora.service.http.errors import Problem
from ubora.service.http.multipart import Upload
from ubora.service.ledger.tables import Inspection, Lot
from ubora.service.reviews.appeals import store_appeal
from ubora.service.state import AppState
from ubora.service.workshops.lots import LotChange, end_lot, save_lot

DEMONSTRATION = "the demonstration"
"""Who did it, in the audit."""
OPEN_LOTS = 2
"""Of each workshop; those of which most pieces are there."""
PIECES = 12
VIEWS: tuple[View, ...] = ("front", "side")
CONTEST = "Ni alama ya nyundo, si kasoro. (It is a mark of the hammer and no defect.)"


def seed_approved(state: AppState, sample: Manifest, designs: Mapping[str, str]) -> None:
    """Before the pieces, which are then judged beside them.

    Args:
        designs: of the sample, and what each is called here.
    """
    for design, code in designs.items():
        approved = [photo for photo in sample.samples if photo.approved_sample and photo.design == design]
        photos = approved[: state.settings.max_photos]
        try:
            if photos:
                bytes_of = [_read(sample, photo) for photo in photos]
                views = [photo.view for photo in photos]
                replace_approved(state, code, bytes_of, views, DEMONSTRATION)
        except Problem as error:
            print(f"demo      {code} has no approved photo: {error.detail}")


def seed_appeal(state: AppState, sample: Manifest, artisan: Principal) -> bool:
    """The workshop contests a late flag, with another view where there is one; whether it had a flag."""
    with state.ledger.read() as session:
        rows = session.scalars(
            select(Inspection)
            .where(
                Inspection.microfactory == artisan.microfactory,
                Inspection.verdict == "flag",
                Inspection.status.in_(("rework", "rejected", "pending")),
            )
            .order_by(Inspection.status == "pending", Inspection.number.desc())
        ).all()
    if not rows:
        return False
    row = next((row for row in rows if _another_view(sample, row)), rows[0])
    second = [_read(sample, photo) for photo in _another_view(sample, row)]
    store_appeal(state, uuid.UUID(row.id), str(uuid.uuid4()), CONTEST, Upload(None, second), artisan)
    return True


def seed_lots(state: AppState) -> None:
    """After the pieces, of which each names its lot; those that are orders already stay as they are."""
    with state.ledger.write() as session:
        ordered = session.execute(
            select(
                Inspection.microfactory,
                Inspection.lot,
                Inspection.design,
                func.min(Inspection.received_at),
                func.count(),
            )
            .where(Inspection.lot.is_not(None), Inspection.lot.not_in(select(Lot.id)))
            .group_by(Inspection.microfactory, Inspection.lot, Inspection.design)
        ).all()
        of_workshop: dict[str, list[Any]] = defaultdict(list)
        for microfactory, lot, design, begun, pieces in ordered:
            of_workshop[microfactory].append((pieces, lot, design, begun))
        for microfactory, lots in of_workshop.items():
            for number, (pieces, lot, design, begun) in enumerate(sorted(lots, reverse=True)):
                body = LotChange(
                    microfactory=microfactory, design=design, pieces=max(PIECES, pieces), views=VIEWS
                )
                row, _ = save_lot(session, DEMONSTRATION, lot, body, begun - timedelta(days=1))
                if number >= OPEN_LOTS:
                    end_lot(session, DEMONSTRATION, row)


def _another_view(sample: Manifest, row: Inspection) -> list[Sample]:
    """A good photo of the piece that was not sent, where there is one."""
    seen = {photo.received_sha256 for photo in row.photos}
    pieces = {photo.piece_id for photo in sample.samples if photo.sample_id in seen}
    others = [
        photo
        for photo in sample.samples
        if photo.piece_id in pieces and photo.sample_id not in seen and not photo.photo_faults
    ]
    return others[:1]


def _read(sample: Manifest, photo: Sample) -> bytes:
    return sample.path(photo.file_name).read_bytes()
