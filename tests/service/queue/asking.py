"""How tests ask for the queue.

[item["inspection"]["piece"] for item in listed(client, kind="flagged")]
"""

import uuid
from typing import Any

import httpx

from tests.parts.served import Town, seen, tarnished


def flagged(town: Town, piece: str | None = None, lot: str | None = "L", **context: Any) -> str:
    """The UUID of a piece that waits."""
    answer = town.send(tarnished(), piece=piece, lot=lot, **context)
    assert (answer.status_code, answer.json()["status"]) == (201, "pending"), answer.text
    return str(answer.json()["id"])


def listed(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    """All pages."""
    items: list[dict[str, Any]] = []
    while True:
        answer = client.get("/v1/queue", params=asked)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        asked["cursor"] = answer.json()["next_cursor"]


def pieces(items: list[dict[str, Any]]) -> list[str]:
    return [item["inspection"]["piece"] for item in items]


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["inspection"]["id"] for item in items]


def claim(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/queue/claims", json=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def decide(client: httpx.Client, inspection: str, disposition: str = "accept", **body: Any) -> httpx.Response:
    """After a look at it."""
    path = f"/v1/inspections/{inspection}"
    sent = {**seen(client.get(path).json()), "disposition": disposition, **body}
    return client.put(f"{path}/reviews/{uuid.uuid4()}", json=sent)


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")
