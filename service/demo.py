"""An example network in an empty ledger: workshops of which some pieces were really inspected, most played.

The photos are those of datasets/sample; every one goes through the same path as a phone's, under the design
that it shows and beside that design's approved photos. Times lie in the last weeks; most flags are reviewed,
by what the sample says is in the photo. Around them three months of other workshops are played, without
photos (`demo_played`).
"""

import sys
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm import tqdm

from ubora import datasets
from ubora.datasets.manifest import Manifest, ManifestError, Sample, read_manifest
from ubora.service.auth.access import Principal
from ubora.service.auth.staff import StaffRole, add_staff
from ubora.service.auth.tokens import add_token
from ubora.service.demo_orders import DEMONSTRATION, VIEWS, seed_appeal, seed_approved, seed_lots
from ubora.service.demo_played import Past, in_the_past, play_network
from ubora.service.designs.designs import DesignBody, save_design
from ubora.service.http.errors import Problem
from ubora.service.inspections.receiving import receive
from ubora.service.inspections.rows import Arrival
from ubora.service.inspections.said import CorrectedDefect
from ubora.service.ledger.tables import Inspection
from ubora.service.reviews.reviews import ReviewBody, store_review
from ubora.service.secrets.passwords import new_password
from ubora.service.secrets.secret_files import secret_file
from ubora.service.settings import Settings
from ubora.service.simulation.scene import MARK
from ubora.service.state import AppState
from ubora.service.workshops.microfactories import MicrofactoryBody, save_microfactory

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


REVIEWER = "Wanjiku, hub"
STAFF: dict[str, StaffRole] = {"Wanjiku": "reviewer", "Otieno": "admin"}
DESIGNS = {
    "bangle-mara": _design("Mara bangle", "bangle", "brass", 1, 4),
    "bangle-amboseli": _design("Amboseli bangle", "bangle", "bone", 1, 4),
    "hoop-lamu": _design("Lamu hoop", "hoop", "brass", 1, 4),
    "leaf-kakamega": _design("Kakamega leaf", "drop", "brass", 1, 4),
    "ring-tsavo": _design("Tsavo ring", "ring", "mixed", 1, 4),
    "pendant-athi": _design("Athi pendant", "pendant", "mixed", 1, 5),
    "beads-turkana": _design("Turkana beads", "beads", "bone", 1, 5),
}
SHOWN_BY = {
    "brass-bangle-aged-01": "bangle-mara",
    "bone-bangle-satin-01": "bangle-amboseli",
    "brass-hoop-polished-01": "hoop-lamu",
    "brass-drop-polished-01": "leaf-kakamega",
    "mixed-ring-polished-02": "ring-tsavo",
    "mixed-pendant-polished-02": "pendant-athi",
    "bone-beads-satin-01": "beads-turkana",
}
"""Designs of datasets/sample, and those here that they are."""


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


def seed_demo(state: AppState, photos: Path | None = None, terminal: TextIO | None = None) -> DemoTokens:
    """Fill an empty ledger.

    Args:
        photos: a dataset folder; datasets/sample by default. Without it, or without a champion, there are
            workshops and designs but no pieces, and one line says so.
        terminal: where the progress is drawn, if it is one; standard error by default.
    """
    sample = _sample(photos or SAMPLE)
    terminal = terminal or sys.stderr
    with in_the_past(state) as past:
        tokens, reviewer, phones = _begin(past.state)
        if sample is not None and state.champion.inspector is not None:
            _play(past, terminal)
    if sample is not None and state.champion.inspector is not None:
        seed_approved(state, sample, SHOWN_BY)
        _seed_pieces(state, sample, reviewer, terminal)
        seed_lots(state)
        any(seed_appeal(state, sample, phone) for phone in phones)  # the first that has one
    elif sample is not None:
        print(f"demo      no pieces: {state.champion.fault}")
    return tokens


def _begin(state: AppState) -> tuple[DemoTokens, Principal, list[Principal]]:
    """What is there before any piece: also the reviewer, and a phone of each workshop."""
    staff = tuple(DemoStaff(name=name, role=role, password=new_password()) for name, role in STAFF.items())
    kept = [state.passwords.hash(person.password) for person in staff]
    with secret_file(state.settings.demo_tokens_file()) as write, state.ledger.write() as session:
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
        reviewer = add_token(session, "reviewer", None, REVIEWER)
        admin = add_token(session, "admin", None, "demo admin")
        for person, hashed in zip(staff, kept, strict=True):
            add_staff(session, DEMONSTRATION, person.name, person.role, hashed)
        tokens = DemoTokens(artisans=artisans, reviewer=reviewer.token, admin=admin.token, staff=staff)
        write(tokens.model_dump_json(indent=2) + "\n")
    hers = [Principal(phones[code].id, "artisan", code, label) for code, label in labels.items()]
    return tokens, Principal(reviewer.id, "reviewer", None, REVIEWER), hers


def _play(past: Past, terminal: TextIO) -> None:
    weeks = past.year.world.weeks
    with tqdm(total=weeks, desc="demo", unit="week", file=terminal, disable=not terminal.isatty()) as drawn:
        pieces = play_network(past, DESIGNS, lambda: drawn.update())
    workshops = past.year.world.workshops
    print(
        f"demo      {pieces} pieces of {workshops} workshops in {weeks} weeks are played: without photos, "
        f"and each such workshop's name ends with {MARK}"
    )


def _sample(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except ManifestError as error:
        print(f"demo      no pieces, there is no sample to inspect: {error}")
        return None


def _seed_pieces(state: AppState, sample: Manifest, reviewer: Principal, terminal: TextIO) -> None:
    chosen = _spread(sample.samples, MOST_PHOTOS)
    now = state.ledger.clock()
    refused = 0
    drawn = tqdm(chosen, "demo", unit="piece", file=terminal, disable=not terminal.isatty())
    for number, photos in enumerate(drawn):
        age = timedelta(days=WEEKS * 7) * (1 - number / len(chosen)) + timedelta(minutes=7)
        arrival = _arrival(sample, photos, number, now - age)
        try:
            row, _ = receive(state, arrival, token=None, received_at=now - age)
        except Problem:
            refused += 1
            continue
        often = 0.75 if row.status == "pending" else 0.2
        if _chance(photos[0], "review") < often and row.status != "retake":
            review = _review(photos, row)
            at = min(now, now - age + timedelta(hours=20))
            store_review(state, row.id, str(uuid.uuid4()), review, reviewer, at)
    name, workshops = state.champion.serving().record.name, len(MICROFACTORIES)
    print(f"demo      {len(chosen) - refused} pieces of {workshops} workshops really inspected, by {name}")


def _spread(samples: Sequence[Sample], most: int) -> list[list[Sample]]:
    """Pieces with as many photos as a lot asks for, in an order that mixes designs; `most` photos at most."""
    of_piece: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if not sample.approved_sample and len(of_piece[sample.piece_id]) < len(VIEWS):
            of_piece[sample.piece_id].append(sample)
    pieces = sorted(of_piece.values(), key=lambda photos: photos[0].sample_id)
    counted = accumulate(len(photos) for photos in pieces)
    return [photos for photos, count in zip(pieces, counted, strict=True) if count <= most]


def _arrival(sample: Manifest, photos: Sequence[Sample], number: int, at: datetime) -> Arrival:
    # The workshop of a piece must not follow from its faults: the first digits of its hash choose it.
    workshop = list(MICROFACTORIES)[int(photos[0].sample_id[:8], 16) % len(MICROFACTORIES)]
    design = _design_of(photos[0])
    return Arrival(
        id=str(uuid.uuid4()),
        microfactory=workshop,
        design=design,
        lot=f"PO-{list(MICROFACTORIES).index(workshop) + 1}{list(DESIGNS).index(design) + 1:02d}",
        piece=f"{number + 1:03d}",
        views=tuple(photo.view or "front" for photo in photos),
        taken_at=at - timedelta(minutes=6),
        photos=tuple(sample.path(photo.file_name).read_bytes() for photo in photos),
    )


def _design_of(photo: Sample) -> str:
    """Its own design; in another dataset, the one that is most like the piece."""

    def likeness(code: str) -> tuple[bool, bool]:
        return DESIGNS[code].category == photo.category, DESIGNS[code].material == photo.material

    return SHOWN_BY.get(photo.design or "") or max(DESIGNS, key=likeness)


def _review(photos: Sequence[Sample], row: Inspection) -> ReviewBody:
    """What a person would say who sees what the sample knows."""
    said = [(index, defect) for index, photo in enumerate(photos) for defect in photo.defects or ()]
    if not said:
        unlabelled = any(photo.defects is None for photo in photos)
        return ReviewBody(disposition="accept", defects=None if unlabelled else [])
    critical = any(defect.severity == "critical" for _, defect in said)
    defects = []
    for index, defect in said:
        seen = row.photos[index]
        fits = defect.box is not None and _fits(defect.box, seen.width, seen.height)
        box = list(defect.box) if defect.box is not None and fits else None
        defects.append(CorrectedDefect(photo=index, defect=defect.name, severity=defect.severity, box=box))
    return ReviewBody(
        disposition="reject" if critical else "rework", defects=defects, variance=photos[0].variance
    )


def _fits(box: tuple[float, float, float, float], width: int, height: int) -> bool:
    return box[0] + box[2] <= width and box[1] + box[3] <= height


def _chance(photo: Sample, what: str) -> float:
    return int.from_bytes(sha256(f"{what}:{photo.sample_id}".encode()).digest()[:8]) / 2**64
