"""What arrived of a piece, and what was judged of it, as rows of the ledger."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from ubora.models.verdict import Finding
from ubora.service.designs.corrected import KnownDesign
from ubora.service.inference.assess import AssessedPhoto, Assessment
from ubora.service.ledger.pieces import piece_key
from ubora.service.ledger.tables import Inspection
from ubora.service.state import AppState

STATUS_OF_VERDICT = {"pass": "passed", "flag": "pending", "retake": "retake"}


@dataclass(frozen=True)
class Arrival:
    """What was sent, checked for shape; the photos are not looked at yet."""

    id: str
    microfactory: str
    design: str
    lot: str | None
    piece: str | None
    views: tuple[str, ...]
    taken_at: datetime | None
    photos: tuple[bytes, ...]
    uploads: tuple[str, ...] | None = None
    """The resumable uploads that the photos came by."""
    phone: str | None = None
    """Its model; no part of the fingerprint: the same piece may be sent again by another browser."""

    def piece_key(self) -> str:
        return piece_key(self.microfactory, self.design, self.lot, self.piece, self.id)

    def fingerprint(self, photo_hashes: Sequence[str] | None = None) -> str:
        """SHA-256 over the photos' bytes and the context, however its JSON was written and they came.

        Args:
            photo_hashes: SHA-256 of the photos, where their bytes are not here any more.
        """
        if photo_hashes is None:
            photo_hashes = [hashlib.sha256(photo).hexdigest() for photo in self.photos]
        context = {
            "microfactory": self.microfactory,
            "design": self.design,
            "lot": self.lot,
            "piece": self.piece,
            "views": self.views,
            "taken_at": self.taken_at.astimezone(UTC).isoformat() if self.taken_at else None,
            "photos": list(photo_hashes),
        }
        return hashlib.sha256(json.dumps(context, sort_keys=True).encode()).hexdigest()


def note_design(row: Inspection, known: KnownDesign | None) -> None:
    """Of a new inspection of a piece: what people said of its design before, and that a person decides where
    it was judged beside another's samples."""
    if known is not None:
        row.design, row.design_unknown = known.design, known.unknown
    if row.status == "passed" and (row.design_unknown or row.design != row.judged_as):
        row.status = "pending"


_ANDROID = re.compile(r"Android [\d.]+; (?:[a-z]{2}-[a-z]{2}; )?([^;)]+?)(?: Build/[^;)]*)?[;)]")
_NO_MODEL = {"k", "mobile", "tablet", "tv", "wv"}
"""What browsers say instead of a model."""


def phone_of(agent: str, hint: str = "") -> str | None:
    """The model of a phone as its browser tells it, as "SM-A125F" or "iPhone"; None where it does not.

    Args:
        agent: the header User-Agent.
        hint: the header Sec-CH-UA-Model, which Chrome sends over https where it is asked to.
    """
    model = re.sub(r"[^\w .+()-]", "", hint).strip()
    if not model:
        told = _ANDROID.search(agent)
        model = re.sub(r"[^\w .+()-]", "", told[1]).strip() if told else ""
    if not model:
        model = next((name for name in ("iPhone", "iPad") if name in agent), "")
    return None if not model or model.lower() in _NO_MODEL else model[:40]


def inspection_row(
    arrival: Arrival,
    assessment: Assessment,
    fingerprint: str,
    token: str | None,
    approved_version: int,
    judged_as: str,
    policy: int | None = None,
) -> Inspection:
    """
    Args:
        judged_as: the design beside whose samples it was judged.
        policy: the thresholds that judged it; None: its release's own.
    """
    return Inspection(
        id=arrival.id,
        fingerprint=fingerprint,
        token=token,
        microfactory=arrival.microfactory,
        design=arrival.design,
        sent_as=arrival.design,
        judged_as=judged_as,
        lot=arrival.lot,
        piece=arrival.piece,
        piece_key=arrival.piece_key(),
        taken_at=arrival.taken_at,
        phone=arrival.phone,
        release=assessment.record.name,
        verdict=assessment.outcome,
        status=STATUS_OF_VERDICT[assessment.outcome],
        retakes=0,
        seen_before=False,
        reasons=list(assessment.reasons),
        instruction=assessment.instruction,
        variance_level=assessment.variance_level,
        variance_in_range=assessment.variance_in_range,
        variance_probabilities=list(assessment.variance_probabilities),
        design_distance=assessment.design_distance,
        design_in_doubt=assessment.design_in_doubt,
        design_same_view=assessment.design_same_view,
        approved_version=approved_version,
        policy=policy,
    )


def photo_row(state: AppState, index: int, view: str, photo: AssessedPhoto) -> dict[str, Any]:
    return {
        "index": index,
        "view": view,
        "width": photo.kept.width,
        "height": photo.kept.height,
        "received_sha256": photo.received_sha256,
        "received_bytes": photo.received_bytes,
        "stored_sha256": state.store.put_photo(photo.kept.data),
        "stored_bytes": len(photo.kept.data),
        "heatmap_sha256": state.store.put_heatmap(photo.overlay_png),
        "faults": list(photo.verdict.photo_faults),
        "defects": [_found(finding, photo.approved.sha256s) for finding in photo.verdict.findings],
        "scores": photo.prediction.scores,
        "measures": asdict(photo.prediction.measures),
        "approved_photos": photo.prediction.approved_photos(),
        "place": list(astuple(photo.prediction.outline())),
        "seen_before": [],
    }


def _found(finding: Finding, approved: Sequence[str]) -> dict[str, Any]:
    """A finding as it is kept: the approved photo by its content, for what stands for a design changes."""
    origin = finding.compared_with
    compared = None
    if origin is not None:
        place = origin.place
        box = [place.x, place.y, place.width, place.height]
        width, height = origin.size
        photo = {"approved_sha256": approved[origin.photo], "width": width, "height": height}
        compared = photo | {"box": box}
    return asdict(finding) | {"box": list(finding.box), "compared_with": compared}
