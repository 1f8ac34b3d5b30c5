"""The document holds for the hub's own routes: pieces, workshops, packed lots, releases, first steps."""

import uuid
from typing import Any

import pytest

from tests.parts.served import OWN, Town, clean
from tests.service.running.contract_asks import Asks
from tests.service.running.test_contract import answer_faults, document

__all__ = ["document"]
TABLE = {"text": "code,name,place\nmf-new,New,Nairobi\n"}
LOT = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front"]}


def hub_asks(town: Town) -> Asks:
    """Requests of the people who keep the hub, the good ones and what is refused."""
    admin, artisan = town.client("admin"), town.client("artisan")
    piece = {"inspection_id": town.send(clean(201), lot="L", piece="1").json()["id"]}
    workshop, release = "/v1/microfactories/{microfactory_id}", "/v1/releases/{name}"
    new, promoted = {"microfactory_id": "mf-contract"}, {"seen": "tiny-1", "why": "as it was"}
    admin.put("/v1/microfactories/mf-contract", json={"name": "x", "place": "y"})
    return [
        (admin, "GET", "/v1/pieces", {}, {"params": {"code": "1", "limit": 1}}),
        (admin, "GET", "/v1/pieces", {}, {"params": {"cursor": "x"}}),
        (artisan, "GET", "/v1/pieces", {}, {}),
        (admin, "GET", "/v1/pieces/{inspection_id}", piece, {}),
        (admin, "GET", "/v1/pieces/{inspection_id}", {"inspection_id": uuid.uuid4()}, {}),
        (admin, "GET", "/v1/designs/{design_id}/outcomes", {"design_id": "disc"}, {}),
        (admin, "GET", "/v1/designs/{design_id}/outcomes", {"design_id": "none"}, {}),
        (admin, "DELETE", workshop, new, {}),
        (admin, "POST", "/v1/enrolments", {}, {"json": {"microfactory": "mf-contract", "label": "x"}}),
        (admin, "POST", workshop + "/opening", new, {}),
        (admin, "POST", workshop + "/opening", {"microfactory_id": "none"}, {}),
        (admin, "POST", "/v1/microfactory-tables", {}, {"json": TABLE}),
        (admin, "POST", "/v1/microfactory-tables", {}, {"json": {**TABLE, "plan": "another"}}),
        (admin, "POST", "/v1/microfactory-tables", {}, {"json": {"text": "none"}}),
        (admin, "GET", release, {"name": "tiny-1"}, {}),
        (admin, "GET", release, {"name": "none"}, {}),
        (admin, "GET", release + "/card", {"name": "none"}, {}),
        (admin, "POST", release + "/promotion", {"name": "tiny-1"}, {"json": promoted}),
        (admin, "POST", release + "/promotion", {"name": "tiny-1"}, {"json": {**promoted, "seen": "x"}}),
        (admin, "POST", "/v1/release-rollback", {}, {"json": promoted}),
        (admin, "POST", "/v1/release-rollback", {}, {"json": {}}),
        (admin, "GET", "/v1/lots/{lot_id}/packing-list", {"lot_id": "none"}, {}),
        *lot_asks(town),
        *harvest_asks(town),
        (admin, "POST", "/v1/first-steps/dismissal", {}, {}),
        (artisan, "POST", "/v1/first-steps/dismissal", {}, {}),
    ]


def harvest_asks(town: Town) -> Asks:
    """Harvests that are looked at, asked for and refused; none fits, or is there."""
    admin, one = town.client("admin"), "/v1/harvests/{harvest_id}"
    name = {"harvest_id": uuid.uuid4()}
    return [
        (admin, "POST", "/v1/harvest-previews", {}, {"json": {}}),
        (admin, "POST", "/v1/harvest-previews", {}, {"json": {"since": "2026-11-02", "until": "2026-11-01"}}),
        (admin, "GET", "/v1/harvests", {}, {}),
        (admin, "PUT", one, name, {"json": {"name": "x", "chosen": {"since": "2999-01-01"}}}),
        *((admin, method, one, name, {}) for method in ("GET", "DELETE")),
        (admin, "GET", one + "/archive", name, {}),
    ]


def lot_asks(town: Town) -> Asks:
    """A lot that is held, shipped, and refused each way."""
    admin, lot = town.client("admin"), "/v1/lots/{lot_id}"
    admin.put("/v1/lots/PO-70", json=LOT)
    one, none = {"lot_id": "PO-70", "act_id": uuid.uuid4()}, {"lot_id": "none", "act_id": uuid.uuid4()}
    other = {**one, "act_id": uuid.uuid4()}
    hold: dict[str, Any] = {"json": {"kind": "hold", "reason": "weak"}}
    act = lot + "/acts/{act_id}"
    return [
        (admin, "PUT", act, one, hold),
        (admin, "PUT", act, one, hold),
        (admin, "PUT", act, other, hold),
        (admin, "PUT", act, other, {"json": {"kind": "hold", "after": str(one["act_id"])}}),
        (admin, "PUT", act, none, hold),
        *((admin, "GET", path, where, {}) for path in (lot, lot + "/counts") for where in (one, none)),
    ]


def test_what_the_hub_is_answered_fits_the_document(shared_town: Town, document: dict[str, Any]) -> None:
    found = []
    for client, method, path, names, sent in hub_asks(shared_town):
        response = client.request(method, path.format(**names), **sent)
        found += answer_faults(response, method, path, document)
    assert found == []


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/v1/lots/{lot_id}/packing-list", "/v1/lots/PO-1/packing-list"),
        ("/v1/lots/{lot_id}/packing-list.csv", "/v1/lots/PO-1/packing-list.csv"),
        ("/v1/releases/{name}/card", "/v1/releases/tiny-1/card"),
    ],
)
def test_what_is_no_json_is_of_the_kind_that_the_document_says(
    shared_town: Town,
    document: dict[str, Any],
    path: str,
    address: str,
) -> None:
    shared_town.client("admin").put("/v1/lots/PO-1", json=LOT)
    answer = shared_town.client("engineer").get(address)
    kinds = document["paths"][path]["get"]["responses"]["200"]["content"]
    assert (answer.status_code, answer.headers["content-type"].split(";")[0] in kinds) == (200, True)
