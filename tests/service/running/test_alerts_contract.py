"""The document holds for alerts, limits, drift and who is told."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OWN, Town, serve
from tests.service.alerts.making import count_workshop, week
from tests.service.numbers.making import NOW, add, make_work
from tests.service.running.contract_asks import Asks
from tests.service.running.test_contract import answer_faults
from ubora.service.alerts.loop import look

AS_CSV = {"headers": {"Accept": "text/csv"}}


@pytest.fixture
def town(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """With an alert, and a release that judged."""
    with serve(tmp_path, releases, clock=lambda: NOW) as running:
        with running.state.ledger.write() as session:
            make_work(session)
            for ago in range(20, 0, -1):
                count_workshop(session, OWN, ago, 4 if ago < 6 else 8, 8)
            add(session, "passed", days_ago=30)
        look(running.state)
        yield running


def alert_asks(town: Town) -> Asks:
    admin, artisan = town.client("admin"), town.client("artisan")
    alert = {"alert_id": admin.get("/v1/alerts").json()["items"][0]["id"]}
    none: dict[str, Any] = {"alert_id": "none"}
    limits = {"number": admin.get("/v1/limits").json()["items"][0]["number"]}
    hook = {"webhook_id": admin.post("/v1/webhooks", json=_hook("https://hooks.example/")).json()["id"]}
    one, renewed = "/v1/alerts/{alert_id}", _limits(limits["number"])
    acknowledged, note = one + "/acknowledgement", {"json": {"note": "x"}}
    weeks, hooks = "/v1/limits/{number}/weeks", "/v1/webhooks/{webhook_id}"
    tables = ("/v1/alerts", "/v1/limits", "/v1/numbers/score-drift", "/v1/numbers/misses")
    crack = {"params": {"defect": "crack"}}
    return [
        *((admin, "GET", table, {}, AS_CSV) for table in tables),
        *((admin, "GET", table, {}, {}) for table in tables),
        (admin, "GET", "/v1/alerts", {}, {"params": {"which": "every"}}),
        (admin, "GET", "/v1/alerts", {}, {"params": {"cursor": "x"}}),
        (admin, "GET", "/v1/alerts/counts", {}, {}),
        (artisan, "GET", "/v1/alerts/counts", {}, {}),
        (admin, "GET", one, alert, {}),
        (admin, "GET", one, none, {}),
        (admin, "POST", acknowledged, alert, {"json": {"note": ""}}),
        (admin, "POST", acknowledged, alert, note),
        (admin, "POST", acknowledged, alert, note),
        (admin, "POST", acknowledged, none, note),
        (admin, "GET", weeks, limits, {}),
        (admin, "GET", weeks, limits, AS_CSV),
        (admin, "GET", weeks, {"number": 999}, {}),
        (admin, "GET", weeks, {"number": 10**30}, {}),
        (admin, "GET", "/v1/limits/{number}/chart.svg", limits, {}),
        (admin, "POST", "/v1/limits", {}, {"json": renewed}),
        (admin, "POST", "/v1/limits", {}, {"json": renewed}),
        (admin, "POST", "/v1/limits", {}, {"json": {**renewed, "until": NOW.date().isoformat()}}),
        (admin, "GET", "/v1/numbers/rare-defects", {}, crack),
        (admin, "GET", "/v1/numbers/rare-defects", {}, {**crack, **AS_CSV}),
        (admin, "GET", "/v1/numbers/rare-defects", {}, {}),
        (admin, "GET", "/v1/numbers/rare-defects/chart.svg", {}, crack),
        (admin, "GET", "/v1/numbers/score-drift", {}, {"params": {"release": "none"}}),
        (admin, "GET", "/v1/webhooks", {}, {}),
        (artisan, "GET", "/v1/webhooks", {}, {}),
        (admin, "POST", "/v1/webhooks", {}, {"json": _hook("http://hooks.example/")}),
        (admin, "POST", hooks + "/test", hook, {}),
        (admin, "POST", hooks + "/secret", hook, {}),
        (admin, "GET", "/v1/deliveries", {}, {"params": {"receiver": hook["webhook_id"]}}),
        (admin, "POST", "/v1/deliveries/{delivery_id}/again", {"delivery_id": uuid.uuid4()}, {}),
        (admin, "GET", "/v1/mail", {}, {}),
        (admin, "POST", "/v1/mail/test", {}, {}),
        (admin, "DELETE", hooks, {"webhook_id": uuid.uuid4()}, {}),
    ]


def test_what_is_answered_of_alerts_fits_the_document(town: Town) -> None:
    document = town.client(None).get("/openapi.json").json()
    found = []
    for client, method, path, names, sent in alert_asks(town):
        response = client.request(method, path.format(**names), **sent)
        found += answer_faults(response, method, path, document)
    assert found == []


def _hook(url: str) -> dict[str, str]:
    return {"label": "shop", "url": url}


def _limits(seen: int) -> dict[str, Any]:
    weeks = {"since": week(9).isoformat(), "until": week(2).isoformat()}
    return {"kind": "microfactory", "subject": OWN, "reason": "x", "seen": seen, **weeks}
