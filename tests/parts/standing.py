"""What people do to let an accepted piece stand for its design, for tests.

piece = accepted_by_two(town, green(1))
put(town, piece)
"""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from tests.parts.photos import jpeg
from tests.parts.served import Town, drawn, parts, seen
from tests.parts.tiny_comparing import write_comparing_bundle
from ubora.models.registry.promotion import promote

DISC = "/v1/designs/disc"
ACCEPTED = f"{DISC}/accepted"
DENT = [{"photo": 0, "defect": "dent", "severity": "minor"}]


def comparing_releases(folder: Path) -> Path:
    """A releases folder whose champion compares cells."""
    write_comparing_bundle(folder / "comparing-1")
    promote(folder, "comparing-1")
    return folder


def green(seed: int = 0) -> bytes:
    """With a mark of no class that the tiny network knows."""
    return jpeg(drawn((40, 150, 60), seed=seed))


def show(town: Town, *photos: bytes, design: str = "disc", **context: Any) -> dict[str, Any]:
    """Replace the approved photos."""
    shown = town.client("engineer").put(f"/v1/designs/{design}/approved", files=parts(context, *photos))
    assert shown.status_code == 200, shown.text
    answer: dict[str, Any] = shown.json()
    return answer


def judge(town: Town, piece: str, who: str | httpx.Client, disposition: str = "accept", **body: Any) -> None:
    """A review by somebody who has just looked: by a token's name, or by a log-in."""
    client = town.client(who) if isinstance(who, str) else who
    path = f"/v1/inspections/{piece}"
    said = {**seen(client.get(path).json()), "disposition": disposition, **body}
    answer = client.put(f"{path}/reviews/{uuid.uuid4()}", json=said)
    assert answer.status_code == 201, answer.text


def accepted_by_two(town: Town, photo: bytes, *more: bytes, **context: Any) -> str:
    """An inspection that two people accepted."""
    sent = town.send(photo, *more, **context)
    assert sent.status_code == 201, sent.text
    piece = str(sent.json()["id"])
    for who in ("reviewer", "admin"):
        judge(town, piece, who)
    return piece


def put(town: Town, piece: str, who: str = "engineer", design: str = "disc") -> httpx.Response:
    return town.client(who).put(f"/v1/designs/{design}/accepted/{piece}")


def listed(town: Town) -> dict[str, Any]:
    answer = town.client("reviewer").get(ACCEPTED)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def contest(town: Town, piece: str) -> None:
    said = [("context", (None, json.dumps({"note": "It is patina."})))]
    path = f"/v1/inspections/{piece}/appeals/{uuid.uuid4()}"
    assert town.client("artisan").put(path, files=said).status_code == 201


def change(town: Town, statement: str, piece: str) -> None:
    """What no tiny network comes to, written into the ledger; the statement has it of `:piece`."""
    with town.state.ledger.write() as session:
        session.execute(text(statement), {"piece": piece})
