"""Corrective actions as tests open, answer and take them on."""

import json
import uuid
from typing import Any

import httpx

from tests.parts.served import OWN, Town, clean, tarnished

VOICE = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(200)
ACTIONS = "/v1/corrective-actions"


def open_one(town: Town, *, name: str | None = None, who: str = "reviewer", **changed: Any) -> httpx.Response:
    body = {"microfactory": OWN, "defect": "tarnish", "why": "three this week", "watch": 5, **changed}
    return town.client(who).put(f"{ACTIONS}/{name or uuid.uuid4()}", json=body)


def opened(town: Town, **changed: Any) -> dict[str, Any]:
    answer = open_one(town, **changed)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(town: Town, **changed: Any) -> dict[str, Any]:
    return opened(town, tell="Keep finished pieces dry.", **changed)


def step(town: Town, action: dict[str, Any], what: str, why: str = "", **how: Any) -> httpx.Response:
    """By whoever has just looked, unless `after` says what was seen."""
    client = town.client(how.get("who", "reviewer"))
    after = how.get("after") or client.get(f"{ACTIONS}/{action['id']}").json().get("last", str(uuid.uuid4()))
    body = {"step": what, "why": why, "after": after}
    return client.put(f"{ACTIONS}/{action['id']}/steps/{how.get('name') or uuid.uuid4()}", json=body)


def say(
    town: Town,
    action: dict[str, Any],
    *,
    who: str = "artisan",
    name: str | None = None,
    voice: bytes | None = None,
    **context: Any,
) -> httpx.Response:
    """Her answer."""
    said: list[tuple[str, Any]] = [("context", (None, json.dumps(context or {"phrases": ["care"]})))]
    if voice is not None:
        said.append(("voice", ("voice", voice)))
    path = f"{ACTIONS}/{action['id']}/answers/{name or uuid.uuid4()}"
    return town.client(who).put(path, files=said)


def seen_by(town: Town, who: str, action: dict[str, Any]) -> dict[str, Any]:
    answer = town.client(who).get(f"{ACTIONS}/{action['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def confirmed_piece(town: Town, seed: int, **context: Any) -> str:
    """With a stain, as a person says."""
    piece = str(town.send(tarnished(seed), **context).json()["id"])
    assert town.review(piece, "rework").status_code == 201
    return piece


def good_piece(town: Town, seed: int, **context: Any) -> str:
    return str(town.send(clean(seed), **context).json()["id"])
