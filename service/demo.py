"""An example network in an empty ledger: workshops, designs, tokens, and pieces that were really inspected.

The photos are those of datasets/sample; every one goes through the same path as a phone's. Times lie in the
last weeks; most flags are reviewed, by what the sample says is in the photo.
"""

import sys
import uuid
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm import tqdm

import datasets
from datasets.manifest import Manifest, ManifestError, Sample, read_manifest
from service.access import Principal
from service.demo_orders import DEMONSTRATION, seed_appeal, seed_orders
from service.designs import DesignBody, save_design
from service.errors import Problem
from service.house import House
from service.inspection_rows import Arrival, receive
from service.inspection_wire import CorrectedDefect
from service.microfactories import MicrofactoryBody, save_microfactory
from service.passwords import new_password
from service.reviews import ReviewBody, store_review
from service.secret_files import secret_file
from service.settings import Settings
from service.staff import StaffRole, add_staff
from service.tables import Inspection
from service.tokens import add_token

SAMPLE = Path(datasets.__file__).parent / "sample"
MOST_PHOTOS = 120
WEEKS = 4
MICROFACTORIES = {
    "mf-kibera-01": MicrofactoryBody(name="Kibera Brass Works", place="Kibera"),
    "mf-gikomba-02": MicrofactoryBody(name="Gikomba Horn & Bone", place="Gikomba"),
    "mf-kariobangi-03": MicrofactoryBody(name="Kariobangi Jewelers", place="Kariobangi"),
}


def _design(name: str, category: str, material: str, low: int, high: int) -> DesignBody:
    return DesignBody(
        name=name, category=category, material=material, stage="raw", approved_low=low, approved_high=high
    )


STAFF: dict[str, StaffRole] = {"Wanjiku": "reviewer", "Otieno": "admin"}
DESIGNS = {
    "bangle-mara": _design("Mara bangle", "bangle", "brass", 1, 4),
    "cuff-savanna": _design("Savanna cuff", "cuff", "brass", 2, 5),
    "hoop-lamu": _design("Lamu hoop", "hoop", "brass", 1, 4),
    "ring-tsavo": _design("Tsavo ring", "ring", "brass", 1, 4),
    "pendant-athi": _design("Athi pendant", "pendant", "horn", 1, 5),
    "beads-turkana": _design("Turkana beads", "beads", "bone", 1, 5),
}


class DemoArtisan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    microfactory: str
    label: str
    token: str


class DemoStaff(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: StaffRole
    password: str
    """Made for this one ledger: there is no password that every demonstration has."""


class DemoTokens(BaseModel):
    """`demo-tokens.json`, so that a second start shows the same links."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artisans: tuple[DemoArtisan, ...]
    reviewer: str
    admin: str
    staff: tuple[DemoStaff, ...] = ()


def read_demo_tokens(settings: Settings) -> DemoTokens | None:
    try:
        return DemoTokens.model_validate_json(settings.demo_tokens_file().read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def seed_demo(house: House, photos: Path | None = None, terminal: TextIO | None = None) -> DemoTokens:
    """Fill an empty ledger.

    Args:
        photos: a dataset folder; datasets/sample by default. Without it, or without a champion, there are
            workshops and designs but no pieces, and one line says so.
        terminal: where the progress is drawn, if it is one; standard error by default.
    """
    sample = _sample(photos or SAMPLE)
    staff = tuple(DemoStaff(name=name, role=role, password=new_password()) for name, role in STAFF.items())
    kept = [house.passwords.hash(person.password) for person in staff]
    with secret_file(house.settings.demo_tokens_file()) as write, house.ledger.write() as session:
        for code, workshop in MICROFACTORIES.items():
            save_microfactory(session, code, workshop)
        for code, design in DESIGNS.items():
            save_design(session, code, design)
        session.flush()
        labels = {code: f"artisan, {workshop.name}" for code, workshop in MICROFACTORIES.items()}
        phones = {code: add_token(session, "artisan", code, label) for code, label in labels.items()}
        artisans = tuple(
            DemoArtisan(microfactory=code, label=label, token=phones[code].token)
            for code, label in labels.items()
        )
        reviewer = add_token(session, "reviewer", None, "Wanjiku, hub")
        admin = add_token(session, "admin", None, "demo admin")
        for person, hashed in zip(staff, kept, strict=True):
            add_staff(session, DEMONSTRATION, person.name, person.role, hashed)
        tokens = DemoTokens(artisans=artisans, reviewer=reviewer.token, admin=admin.token, staff=staff)
        write(tokens.model_dump_json(indent=2) + "\n")
    if sample is not None and house.champion.inspector is not None:
        who = Principal(reviewer.id, "reviewer", None, "Wanjiku, hub")
        _seed_pieces(house, sample, who, terminal or sys.stderr)
        seed_orders(house, sample, DESIGNS)
        artisan = (Principal(phones[code].id, "artisan", code, label) for code, label in labels.items())
        any(seed_appeal(house, sample, who) for who in artisan)  # the first that has one
    elif sample is not None:
        print(f"demo      no pieces: {house.champion.fault}")
    return tokens


def _sample(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except ManifestError as error:
        print(f"demo      no pieces, there is no sample to inspect: {error}")
        return None


def _seed_pieces(house: House, sample: Manifest, reviewer: Principal, terminal: TextIO) -> None:
    chosen = _spread(sample.samples, MOST_PHOTOS)
    now = house.ledger.clock()
    refused = 0
    drawn = tqdm(chosen, "demo", unit="piece", file=terminal, disable=not terminal.isatty())
    for number, photo in enumerate(drawn):
        age = timedelta(days=WEEKS * 7) * (1 - number / len(chosen)) + timedelta(minutes=7)
        arrival = _arrival(sample, photo, number, now - age)
        try:
            row, _ = receive(house, arrival, token=None, received_at=now - age)
        except Problem:
            refused += 1
            continue
        if _chance(photo, "review") < (0.75 if row.status == "pending" else 0.2) and row.status != "retake":
            review = _review(photo, row)
            at = min(now, now - age + timedelta(hours=20))
            store_review(house, row.id, str(uuid.uuid4()), review, reviewer, at)
    print(f"demo      {len(chosen) - refused} pieces inspected by {house.champion.serving().record.name}")


def _spread(samples: tuple[Sample, ...], most: int) -> list[Sample]:
    """One photo a piece, over the whole sample, in an order that mixes designs."""
    first_of_piece = {sample.piece_id: sample for sample in reversed(samples)}
    return sorted(first_of_piece.values(), key=lambda sample: sample.sample_id)[:most]


def _arrival(sample: Manifest, photo: Sample, number: int, at: datetime) -> Arrival:
    # The workshop of a piece must not follow from its faults: the first digits of its hash choose it.
    workshop = list(MICROFACTORIES)[int(photo.sample_id[:8], 16) % len(MICROFACTORIES)]
    design = _design_of(photo)
    return Arrival(
        id=str(uuid.uuid4()),
        microfactory=workshop,
        design=design,
        lot=f"PO-{list(MICROFACTORIES).index(workshop) + 1}{list(DESIGNS).index(design) + 1:02d}",
        piece=f"{number + 1:03d}",
        views=(photo.view or "front",),
        taken_at=at - timedelta(minutes=6),
        photos=(sample.path(photo.file_name).read_bytes(),),
    )


def _design_of(photo: Sample) -> str:
    """The example design that is most like the piece."""

    def likeness(code: str) -> tuple[bool, bool]:
        return DESIGNS[code].category == photo.category, DESIGNS[code].material == photo.material

    return max(DESIGNS, key=likeness)


def _review(photo: Sample, row: Inspection) -> ReviewBody:
    """What a person would say who sees what the sample knows."""
    if not photo.defects:
        return ReviewBody(disposition="accept", defects=None if photo.defects is None else [])
    critical = any(defect.severity == "critical" for defect in photo.defects)
    seen = row.photos[0]
    defects = [
        CorrectedDefect(
            defect=defect.name,
            severity=defect.severity,
            box=list(defect.box) if defect.box and _fits(defect.box, seen.width, seen.height) else None,
        )
        for defect in photo.defects
    ]
    return ReviewBody(
        disposition="reject" if critical else "rework", defects=defects, variance=photo.variance
    )


def _fits(box: tuple[float, float, float, float], width: int, height: int) -> bool:
    return box[0] + box[2] <= width and box[1] + box[3] <= height


def _chance(photo: Sample, what: str) -> float:
    return int.from_bytes(sha256(f"{what}:{photo.sample_id}".encode()).digest()[:8]) / 2**64
