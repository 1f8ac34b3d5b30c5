"""What an inspection looks like on the wire, and how a row of the ledger becomes that."""

from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import Field, field_validator

from ubora.datasets.taxonomy import Severity, View
from ubora.models.verdict import Outcome
from ubora.service.auth.access import Principal
from ubora.service.designs.contexts import NamedView
from ubora.service.http.schemas import Code, Mark, UtcMoment, Wire
from ubora.service.inspections.said import StoredAppeal, StoredReview, appeal_answer, review_answer
from ubora.service.ledger.tables import Inspection, Photo

Status = Literal["passed", "pending", "accepted", "rework", "rejected", "retake"]
RemovedWhy = Literal["deleted", "retention", "played"]
"""played: of a piece of a demonstration that nobody photographed."""
RETAKES_BEFORE_A_PERSON = 2
"""In a row: then the photo is not what a better try would mend, and a good piece must not be stuck."""


class InspectionContext(Wire):
    """What the phone knows of the photos it sends."""

    microfactory: Code
    design: Code
    lot: Mark | None = None
    piece: Mark | None = None
    views: tuple[NamedView, ...] | None = None
    """One a photo; all `front` where they are left out."""
    taken_at: UtcMoment | None = None


class UploadedInspection(Wire):
    """An inspection whose photos came before, as resumable uploads of the same sender."""

    context: InspectionContext
    uploads: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=6)]

    @field_validator("uploads")
    @classmethod
    def _no_upload_twice(cls, value: tuple[UUID, ...]) -> tuple[UUID, ...]:
        if len(set(value)) < len(value):
            raise ValueError("expected each upload once")
        return value


class ComparedWith(Wire):
    """The place on a photo that stood for the design, beside which a found place was held."""

    approved_sha256: str
    """Of an approved photo, or of an accepted piece's; both are read as the design's approved photos."""
    width: int
    """Of the upright approved photo, pixels."""
    height: int
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    """x, y, width, height in pixels of that photo."""


class FoundDefect(Wire):
    defect: str
    severity: Severity
    score: float
    threshold: float
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    """x, y, width, height in pixels of the upright photo."""
    compared_with: ComparedWith | None = None
    """None where the design had no approved photo, or the network judged the photo alone."""


class SeenBefore(Wire):
    """A photo of another piece that this one is, perhaps turned, cropped or compressed again."""

    inspection: str
    photo: int
    """Its index there."""
    microfactory: str
    design: str
    lot: str | None
    piece: str | None
    received_at: UtcMoment


class InspectedPhoto(Wire):
    index: int
    view: View
    width: int
    height: int
    sha256: str
    """Of the bytes that were sent."""
    faults: list[str]
    photo_url: str
    heatmap_url: str | None
    """Null where it is veiled."""
    removed_at: UtcMoment | None = None
    """Since when the photo is no longer kept: its URLs answer 410, all else of it stays."""
    removed_why: RemovedWhy | None = None
    defects: list[FoundDefect]
    seen_before: list[SeenBefore]
    """For a person to ask about; it decides nothing. A workshop is told of its own pieces alone."""


class Variance(Wire):
    level: Annotated[int, Field(ge=1, le=5)]
    in_range: bool
    probabilities: Annotated[list[float], Field(min_length=5, max_length=5)]


class BesideApproved(Wire):
    """The piece beside its design's approved photos."""

    distance: Annotated[float, Field(ge=0)]
    """Cosine distance, 0 is the same; of the photo that looks least like them."""
    in_doubt: bool
    """Farther than accepted pieces lie: a person says whether it is this design."""
    same_view: bool
    """False where nothing of a photo's view stood for the design: it was compared with other views."""
    version: int | None
    """Of what stood for the design then, approved photos and accepted pieces; null of older inspections."""


class InspectionAnswer(Wire):
    id: str
    microfactory: str
    design: str
    """What it is of, as far as anybody said."""
    sent_as: str | None = None
    """The design as which it was sent, where a person said since that it is of another, or of none."""
    design_unknown: bool = False
    """A person said that it is of no design that the hub knows; `design` is then as it was sent."""
    judged_as: str | None = None
    """The design beside whose samples the verdict was made, where it is another than `design`."""
    lot: str | None
    piece: str | None
    received_at: UtcMoment
    taken_at: UtcMoment | None
    changed_at: UtcMoment
    """When anything here last changed, by the server's clock."""
    number: int
    """Of when it was received: what came later has a greater one, also after a clock was set back."""
    change: int
    """Of when anything here last changed; `changed_after` takes it."""
    release: str
    policy: int | None = None
    """The thresholds that judged it, where people set them over the release's own; null: these."""
    veiled: bool = False
    """Whoever asks is to say hers first: nothing is shown of what was said of the piece."""
    verdict: Outcome | None
    """Null where it is veiled; `status` is `pending` then."""
    status: Status
    reasons: list[str]
    instruction: str | None
    retakes: int
    """Photos of this piece in a row that were to be taken again, with this one; 0 where this is none."""
    may_go_to_person: bool
    """It is to be taken again, and was so often enough that an appeal sends it to a person as it is."""
    variance: Variance | None
    """Null where it is veiled."""
    beside_approved: BesideApproved | None
    """None where the design had no approved photos."""
    photos: list[InspectedPhoto]
    review: StoredReview | None
    """The last one, which counts."""
    appeal: StoredAppeal | None
    """The last one."""


class DeletedInspection(Wire):
    id: str
    change: int
    """Of when it was deleted; `changed_after` takes it."""


class InspectionPage(Wire):
    items: list[InspectionAnswer]
    deleted: list[DeletedInspection]
    """Of news: what is gone, to be forgotten by whoever remembers it."""
    next_cursor: str | None


def answer_of(row: Inspection, who: Principal | None = None) -> InspectionAnswer:
    """
    Args:
        who: asks, and may see the inspection; None is its own workshop.
    """
    last = row.reviews[-1] if row.reviews else None
    return InspectionAnswer(
        id=row.id,
        microfactory=row.microfactory,
        design=row.design,
        sent_as=row.sent_as if row.is_other_design else None,
        design_unknown=row.design_unknown,
        judged_as=row.judged_as if row.judged_as != row.design else None,
        lot=row.lot,
        piece=row.piece,
        received_at=row.received_at,
        taken_at=row.taken_at,
        changed_at=row.changed_at,
        number=row.number,
        change=row.change,
        release=row.release,
        policy=row.policy,
        verdict=cast(Outcome, row.verdict),
        status=cast(Status, row.status),
        reasons=row.reasons,
        instruction=row.instruction,
        retakes=row.retakes,
        may_go_to_person=may_go_to_person(row),
        variance=Variance(
            level=row.variance_level,
            in_range=row.variance_in_range,
            probabilities=row.variance_probabilities,
        ),
        beside_approved=None
        if row.design_distance is None
        else BesideApproved(
            distance=max(0.0, row.design_distance),
            in_doubt=row.design_in_doubt,
            same_view=row.design_same_view,
            version=row.approved_version,
        ),
        photos=[_photo_answer(row, photo, who) for photo in row.photos],
        review=None if last is None else review_answer(last),
        appeal=appeal_answer(row.appeals[-1]) if row.appeals else None,
    )


def may_go_to_person(row: Inspection) -> bool:
    return row.status == "retake" and row.retakes >= RETAKES_BEFORE_A_PERSON


def _photo_answer(row: Inspection, photo: Photo, who: Principal | None) -> InspectedPhoto:
    base = f"/v1/inspections/{row.id}"
    return InspectedPhoto(
        index=photo.index,
        view=cast(View, photo.view),
        width=photo.width,
        height=photo.height,
        sha256=photo.received_sha256,
        faults=photo.faults,
        photo_url=f"{base}/photos/{photo.index}",
        heatmap_url=f"{base}/heatmaps/{photo.index}",
        removed_at=photo.removed_at,
        removed_why=cast("RemovedWhy | None", photo.removed_why),
        defects=[FoundDefect(**defect) for defect in photo.defects],
        seen_before=[
            SeenBefore(**earlier)
            for earlier in photo.seen_before
            if earlier["microfactory"] == row.microfactory or (who and who.role != "artisan")
        ],
    )
