"""How tests say that a piece is of another design.

say(client, piece, "ring").json()["design"]
"""

import uuid
from typing import Any

import httpx

from tests.parts.served import DESIGN, Town, seen
from ubora.service.designs.designs import save_design
from ubora.service.ledger.recount import differences


def design(town: Town, name: str = "ring") -> str:
    """Another design that the hub knows."""
    with town.state.ledger.write() as session:
        save_design(session, name, DESIGN.model_copy(update={"name": name.title(), "category": "ring"}))
    return name


def say(
    client: httpx.Client, piece: str, now_it_is: str | None, name: str | None = None, **body: Any
) -> httpx.Response:
    """As somebody who has just looked."""
    shown = client.get(f"/v1/inspections/{piece}").json()
    of = None if shown["design_unknown"] else shown["design"]
    sent = {**seen(shown), "design": now_it_is, "seen": of, **body}
    return client.put(f"/v1/inspections/{piece}/designs/{name or uuid.uuid4()}", json=sent)


def counted_anew(town: Town) -> list[str]:
    """What a recount finds wrong."""
    with town.state.ledger.read() as session:
        return list(differences(session))
