"""The files of a workshop's archive, one after the other, as chunks of a ZIP.

for chunk in archive_of(state, "mf-kibera-01", "Kibera Brass Works"): send(chunk)

The ledger is read a hundred inspections at a time and is let go of in between: a download over 2G
lasts hours, and holds neither a transaction nor more than a hundred rows.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from ubora.service.ledger.tables import Appeal, DesignSaid, Inspection, Lot, Photo, Review, Token
from ubora.service.ownership.archived_actions import archived_actions
from ubora.service.ownership.consents import consents_of
from ubora.service.ownership.zipped import Zipped
from ubora.service.state import AppState

Found = TypeVar("Found")
BATCH = 100
FORMAT = 1
_COLUMNS = (
    "id",
    "lot",
    "piece",
    "design",
    "received_at",
    "taken_at",
    "verdict",
    "status",
    "variance_level",
    "photos",
    "photos_kept",
    "defects",
    "reviews",
    "last_review",
    "appeals",
    "last_appeal",
)


def archive_of(state: AppState, microfactory: str, name: str) -> Iterator[bytes]:
    """The chunks of the ZIP.

    Raises:
        OSError: a photo cannot be read; one that is gone is named in missing.json instead.
    """
    put = Zipped(state.ledger.clock())
    about = {
        "what": "All that Ubora keeps of this workshop.",
        "format": FORMAT,
        "microfactory": microfactory,
        "name": name,
        "made_at": _time(state.ledger.clock()),
    }
    yield from put.text("about.json", [_pretty(about)])
    with state.ledger.read() as session:
        orders = [_order(row) for row in session.scalars(_lots(microfactory))]
        said = consents_of(session, microfactory)
        followed = [one for one, _voices in archived_actions(session, microfactory)]
    yield from put.text("orders.json", [_pretty(orders)])
    yield from put.text("consents.json", [_pretty([one.model_dump(mode="json") for one in said])])
    yield from put.text("corrective.json", [_pretty(followed)])
    yield from put.text("pieces.json", _as_json(_pieces(state, microfactory)))
    yield from put.text("pieces.csv", _as_csv(_pieces(state, microfactory)))
    missing: list[str] = []
    for place, path in _files(state, microfactory):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            missing.append(place)
            continue
        yield from put.file(place, file)
    if missing:
        yield from put.text("missing.json", [_pretty(missing)])
    yield put.end()


def _batches(
    state: AppState, microfactory: str, of: Callable[[Session, Inspection], Found]
) -> Iterator[Found]:
    """Something of every inspection of the workshop, the first one first."""
    after = -1
    while True:
        query = select(Inspection).where(Inspection.microfactory == microfactory, Inspection.number > after)
        with state.ledger.read() as session:
            rows = session.scalars(query.order_by(Inspection.number).limit(BATCH)).all()
            batch = [of(session, row) for row in rows]
        yield from batch
        if len(rows) < BATCH:
            return
        after = rows[-1].number


def _pieces(state: AppState, microfactory: str) -> Iterator[dict[str, Any]]:
    return _batches(state, microfactory, _piece)


def _files(state: AppState, microfactory: str) -> Iterator[tuple[str, Path]]:
    """(name in the archive, where it lies) of every photo and voice note that is kept."""
    for batch in _batches(state, microfactory, _files_of):
        for place, kind, sha256 in batch:
            yield place, state.store.path(kind, sha256)
    with state.ledger.read() as session:
        voices = [one for _action, said in archived_actions(session, microfactory) for one in said]
    for place, sha256 in voices:
        yield place, state.store.path("voices", sha256)


def _files_of(_session: Session, row: Inspection) -> list[tuple[str, str, str]]:
    """(name, kind of file, hash)"""
    files = [
        (_photo_name(photo), "photos", photo.stored_sha256)
        for photo in row.photos
        if photo.removed_at is None
    ]
    for appeal in row.appeals:
        if appeal.photo_sha256 and appeal.photo_removed_at is None:
            files.append((_appeal_photo_name(appeal), "photos", appeal.photo_sha256))
        if appeal.voice_sha256 and appeal.voice_removed_at is None:
            files.append((_voice_name(appeal), "voices", appeal.voice_sha256))
    return files


def _piece(session: Session, row: Inspection) -> dict[str, Any]:
    return {
        "id": row.id,
        "lot": row.lot,
        "piece": row.piece,
        "design": None if row.design_unknown else row.design,
        "sent_as": row.sent_as,
        "designs_said": _designs_said(session, row),
        "received_at": _time(row.received_at),
        "taken_at": _time(row.taken_at),
        "phone": row.phone,
        "release": row.release,
        "verdict": row.verdict,
        "status": row.status,
        "reasons": row.reasons,
        "instruction": row.instruction,
        "variance": {"level": row.variance_level, "in_range": row.variance_in_range},
        "photos": [_photo(photo) for photo in row.photos],
        "reviews": [_review(session, review) for review in row.reviews],
        "appeals": [_appeal(appeal) for appeal in row.appeals],
    }


def _designs_said(session: Session, row: Inspection) -> list[dict[str, Any]]:
    """What people said of its design, without who."""
    said = select(DesignSaid).where(DesignSaid.inspection == row.id, DesignSaid.kind == "moved")
    return [
        {
            "at": _time(one.at),
            "design": None if one.unknown else one.design,
            "was": None if one.was_unknown else one.was,
            "reason": one.reason,
        }
        for one in session.scalars(said.order_by(DesignSaid.number))
    ]


def _photo(photo: Photo) -> dict[str, Any]:
    kept = photo.removed_at is None
    # What it was compared with may be another workshop's.
    defects = [{k: v for k, v in defect.items() if k != "compared_with"} for defect in photo.defects]
    return {
        "file": _photo_name(photo) if kept else None,
        "view": photo.view,
        "width": photo.width,
        "height": photo.height,
        "faults": photo.faults,
        "defects": defects,
        "no_longer_kept_since": _time(photo.removed_at),
        "no_longer_kept_why": photo.removed_why,
    }


def _review(session: Session, review: Review) -> dict[str, Any]:
    token = session.get(Token, review.token) if review.token else None
    return {
        "at": _time(review.at),
        "by": "reviewer" if token is None else token.role,
        "disposition": review.disposition,
        "defects": review.defects,
        "variance": review.variance,
        "note": review.note,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    voice = appeal.voice_sha256 and appeal.voice_removed_at is None
    photo = appeal.photo_sha256 and appeal.photo_removed_at is None
    return {
        "id": appeal.id,
        "at": _time(appeal.at),
        "note": appeal.note,
        "outcome": appeal.outcome,
        "decided_at": _time(appeal.decided_at),
        "voice": _voice_name(appeal) if voice else None,
        "voice_no_longer_kept_since": _time(appeal.voice_removed_at),
        "photo": _appeal_photo_name(appeal) if photo else None,
        "photo_no_longer_kept_since": _time(appeal.photo_removed_at),
    }


def _order(row: Lot) -> dict[str, Any]:
    return {
        "id": row.id,
        "design": row.design,
        "pieces": row.pieces,
        "views": row.views,
        "note": row.note,
        "opened_at": _time(row.opened_at),
        "closed_at": _time(row.closed_at),
    }


def _lots(microfactory: str) -> Any:
    return select(Lot).where(Lot.microfactory == microfactory).order_by(Lot.number)


def _photo_name(photo: Photo) -> str:
    return f"photos/{photo.inspection}/{photo.index}-{photo.view}.jpg"


def _appeal_photo_name(appeal: Appeal) -> str:
    return f"photos/{appeal.inspection}/appeal-{appeal.id}.jpg"


def _voice_name(appeal: Appeal) -> str:
    return f"voices/{appeal.inspection}/{appeal.id}.{appeal.voice_kind}"


def _as_json(pieces: Iterator[dict[str, Any]]) -> Iterator[str]:
    begun = False
    for piece in pieces:
        yield ",\n" if begun else "[\n"
        yield json.dumps(piece, ensure_ascii=False)
        begun = True
    yield "\n]\n" if begun else "[]\n"


def _as_csv(pieces: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield _line(_COLUMNS)
    for piece in pieces:
        photos, reviews, appeals = piece["photos"], piece["reviews"], piece["appeals"]
        counted = {
            "variance_level": piece["variance"]["level"],
            "photos": len(photos),
            "photos_kept": sum(photo["file"] is not None for photo in photos),
            "defects": " ".join(sorted({one["defect"] for photo in photos for one in photo["defects"]})),
            "reviews": len(reviews),
            "last_review": reviews[-1]["disposition"] if reviews else None,
            "appeals": len(appeals),
            "last_appeal": appeals[-1]["outcome"] if appeals else None,
        }
        yield _line([(piece | counted)[column] for column in _COLUMNS])


def _line(values: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Any) -> Any:
    # A name on a bag that begins so would be a formula to a spreadsheet.
    dangerous = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{value}" if dangerous else value


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
