"""What tests of deletions send, delete and look at."""

import json
import uuid
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.parts.served import Town, clean
from ubora.service.ledger.pieces import count_inspection
from ubora.service.ledger.tables import (
    DailyCount,
    FacetCount,
    Inspection,
    NetworkCount,
    PieceDefect,
    PieceState,
)

VOICE = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(200)


REASON = "a child's face in the picture"


def delete(town: Town, who: str = "admin", reason: str = REASON, **what: Any) -> httpx.Response:
    return town.client(who).post("/v1/deletions", json={"reason": reason, **what})


def sent(town: Town, photo: bytes, *more: bytes, **context: Any) -> str:
    answer = town.send(photo, *more, **context)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def contested(town: Town, piece: str) -> str:
    appeal = str(uuid.uuid4())
    said: list[tuple[str, Any]] = [
        ("context", (None, json.dumps({"note": "it is patina"}))),
        ("voice", ("voice", VOICE)),
        ("photo", ("photo.jpg", clean(77))),
    ]
    answer = town.client("artisan").put(f"/v1/inspections/{piece}/appeals/{appeal}", files=said)
    assert answer.status_code == 201, answer.text
    return appeal


def on_disk(town: Town) -> set[str]:
    kinds = ("photos", "heatmaps", "voices")
    return {path.name for kind in kinds for path in (town.settings.data / kind).rglob("*.*")}


def counted(session: Session) -> list[Any]:
    """All that is kept of counts, row by row."""
    tables = (PieceState, PieceDefect, DailyCount, NetworkCount, FacetCount)
    columns = [list(table.__table__.columns) for table in tables]
    return [sorted(map(repr, session.execute(select(*some)))) for some in columns]


def counts_are_right(town: Town) -> bool:
    """The kept counts are those of counting all inspections anew."""
    with Session(town.state.ledger.engine) as session:  # rolled back: what is deleted here stays
        kept = counted(session)
        for table in (PieceDefect, PieceState, DailyCount, NetworkCount, FacetCount):
            session.query(table).delete()
        for row in session.scalars(select(Inspection).order_by(Inspection.number)):
            count_inspection(session, row)
            session.flush()
        anew = counted(session)
        session.rollback()
    return kept == anew


def audited(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = town.client("admin").get("/v1/audit").json()["items"][0]
    return found
