"""Requests by subject, right and wrong ones, whose answers are held against the document."""

import uuid
from typing import Any

import httpx

from tests.parts.served import OTHER, OWN, PASSWORD, Town, clean, context_of, parts, tarnished
from ubora.service.workshops.spreadsheet import KIND

Asks = list[tuple[httpx.Client, str, str, dict[str, Any], dict[str, Any]]]


def access_asks(town: Town) -> Asks:
    """Requests about people and their sessions, with what an answer of each kind needs."""
    njeri, nobody = town.log_in("Njeri"), town.client(None)
    staff, enrolment = "/v1/staff/{staff_id}", "/v1/enrolments/{enrolment_id}"
    wrong = {"name": "Njeri", "password": "not hers"}
    right = {"name": "Njeri", "password": PASSWORD}
    invited = njeri.post("/v1/enrolments", json={"microfactory": OWN, "label": "p"}).json()
    omondi = njeri.get("/v1/staff").json()["items"][1]["id"]
    only_admin = njeri.get("/v1/staff").json()["items"][0]["id"]
    return [
        (njeri, "GET", "/v1/session", {}, {}),
        (nobody, "POST", "/v1/session", {}, {"json": wrong}),
        (nobody, "POST", "/v1/session", {}, {"json": right, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (nobody, "POST", "/v1/session", {}, {"json": {}}),
        (town.client(None), "POST", "/v1/session", {}, {"json": right}),
        (njeri, "PUT", "/v1/session/password", {}, {"json": {"password": "x", "new_password": "short"}}),
        (nobody, "DELETE", "/v1/session", {}, {}),
        (njeri, "POST", "/v1/staff", {}, {"json": {"name": "Achieng", "role": "reviewer"}}),
        (njeri, "POST", "/v1/staff", {}, {"json": {"name": "achieng", "role": "reviewer"}}),
        (njeri, "PATCH", staff, {"staff_id": omondi}, {"json": {"role": "reviewer", "was": "engineer"}}),
        (njeri, "PATCH", staff, {"staff_id": omondi}, {"json": {"role": "admin", "was": "engineer"}}),
        (njeri, "PATCH", staff, {"staff_id": only_admin}, {"json": {"disabled": True}}),
        (njeri, "PATCH", staff, {"staff_id": "x"}, {"json": {"disabled": True}}),
        (njeri, "POST", staff + "/password", {"staff_id": omondi}, {}),
        (njeri, "POST", "/v1/enrolments", {}, {"json": {"microfactory": OWN, "label": "p"}}),
        (njeri, "POST", "/v1/enrolments", {}, {"json": {"microfactory": "none", "label": "p"}}),
        (njeri, "GET", enrolment, {"enrolment_id": invited["id"]}, {}),
        (njeri, "GET", enrolment, {"enrolment_id": "x"}, {}),
        (nobody, "POST", "/v1/enrol", {}, {"json": {"code": invited["code"]}}),
        (nobody, "POST", "/v1/enrol", {}, {"json": {"code": invited["code"]}}),
        (njeri, "GET", "/v1/audit", {}, {"params": {"limit": 200}}),
        (njeri, "GET", "/v1/audit", {}, {"params": {"cursor": "x"}}),
    ]


def whose_asks(town: Town) -> Asks:
    """Requests about whose photos they are."""
    artisan, admin = town.client("artisan"), town.client("admin")
    of, link = (
        "/v1/microfactories/{microfactory_id}/consents",
        "/v1/microfactories/{microfactory_id}/archive-link",
    )
    names = {"microfactory_id": OWN, "consent_id": uuid.uuid4()}
    said = {"photos": True, "voices": True, "words": "1", "language": "en"}
    piece, gone = (town.send(clean(seed)).json()["id"] for seed in (101, 102))
    deleted = {"reason": "sent by mistake", "inspection": gone}
    again = parts(context_of(), clean(102))
    one = "/v1/inspections/{inspection_id}"
    return [
        (artisan, "GET", of, names, {}),
        (artisan, "PUT", of + "/{consent_id}", names, {"json": said}),
        (artisan, "PUT", of + "/{consent_id}", names, {"json": said}),
        (artisan, "PUT", of + "/{consent_id}", names, {"json": {**said, "photos": False}}),
        (artisan, "PUT", of + "/{consent_id}", {**names, "consent_id": "x"}, {"json": said}),
        (admin, "PUT", of + "/{consent_id}", names, {"json": said}),
        (artisan, "POST", link, names, {}),
        (artisan, "POST", link, {"microfactory_id": OTHER}, {}),
        (admin, "POST", "/v1/deletions", {}, {"json": {"reason": "a face", "inspection": piece, "photo": 0}}),
        (admin, "POST", "/v1/deletions", {}, {"json": deleted}),
        (admin, "POST", "/v1/deletions", {}, {"json": deleted}),
        (admin, "POST", "/v1/deletions", {}, {"json": {"reason": "a face"}}),
        (artisan, "PUT", one, {"inspection_id": gone}, {"files": again}),
        (artisan, "GET", one, {"inspection_id": piece}, {}),
        (artisan, "GET", one + "/photos/{index}", {"inspection_id": piece, "index": 0}, {}),
        (artisan, "GET", "/v1/inspections", {}, {"params": {"changed_after": 1}}),
    ]


def queue_asks(town: Town) -> Asks:
    """Requests about what waits, held by one and asked for by another."""
    admin, reviewer = town.client("admin"), town.client("reviewer")
    one, review = "/v1/queue/claims/{inspection_id}", "/v1/inspections/{inspection_id}/reviews/{review_id}"
    piece = {"inspection_id": town.send(tarnished(103)).json()["id"], "review_id": uuid.uuid4()}
    decided = {"inspection_id": town.send(tarnished(104)).json()["id"]}
    town.review(decided["inspection_id"], "accept")
    return [
        (admin, "GET", "/v1/queue", {}, {"params": {"kind": ["flagged", "audit"], "limit": 1}}),
        (admin, "GET", "/v1/queue", {}, {"params": {"cursor": "x"}}),
        (admin, "GET", "/v1/queue/counts", {}, {"params": {"reason": "defect"}}),
        (admin, "GET", "/v1/queue/changes", {}, {"params": {"after": 1}}),
        (admin, "GET", "/v1/queue/changes", {}, {"params": {"after": 2**53 - 1}}),
        (admin, "POST", "/v1/queue/claims", {}, {"json": {"code": "none of this code"}}),
        (admin, "POST", "/v1/queue/claims", {}, {"json": {"count": 4}}),
        (admin, "PUT", one, piece, {}),
        (reviewer, "PUT", one, piece, {}),
        (reviewer, "PUT", review, piece, {"json": {"disposition": "accept"}}),
        (reviewer, "DELETE", one, piece, {}),
        (reviewer, "PUT", one, decided, {}),
        (reviewer, "PUT", one, {"inspection_id": uuid.uuid4()}, {}),
        (admin, "GET", "/v1/queue", {}, {}),
    ]


def number_asks(town: Town) -> Asks:
    """Tables as JSON and as CSV, of days that are none, and of no workshop."""
    admin, artisan = town.client("admin"), town.client("artisan")
    tables = ("pass-rates", "defects", "funnel", "over-time", "escape-rate", "bias")
    as_csv = {"headers": {"Accept": KIND}}
    turned = {"params": {"since": "2026-11-02", "until": "2026-11-01"}}
    groupings = ("microfactory", "design", "material", "release", "reviewer", "defect", "week")
    return [
        *((admin, "GET", f"/v1/numbers/{table}", {}, as_csv) for table in tables),
        *((admin, "GET", f"/v1/numbers/{table}", {}, turned) for table in tables),
        *((artisan, "GET", f"/v1/numbers/{table}", {}, {}) for table in tables),
        *((admin, "GET", "/v1/numbers/pass-rates", {}, {"params": {"by": by}}) for by in groupings),
        (admin, "GET", "/v1/numbers/pass-rates", {}, {"params": {"by": "rank"}}),
        (admin, "GET", "/v1/numbers/bias", {}, {"params": {"format": "parquet"}}),
        (admin, "GET", "/v1/network", {}, {}),
        (admin, "GET", "/v1/designs/{design_id}/defect-places", {"design_id": "disc"}, as_csv),
        (admin, "GET", "/v1/designs/{design_id}/defect-places", {"design_id": "none"}, {}),
        (admin, "GET", "/v1/designs/{design_id}/defect-places/heat.png", {"design_id": "disc"}, {}),
        (admin, "GET", "/v1/reports/{month}", {"month": "2026-11"}, {}),
        (admin, "GET", "/v1/reports/{month}", {"month": "2026-13"}, {}),
        (admin, "GET", "/v1/numbers/defects", {}, {"params": {"microfactory": "none"}}),
        (admin, "GET", "/v1/numbers/over-time", {}, {"params": {"microfactory": OWN, "every": "day"}}),
        (admin, "GET", "/v1/numbers/over-time/chart.svg", {}, {"params": {"microfactory": "none"}}),
        (admin, "GET", "/v1/inspections", {}, {"params": {"counted": True, "defect": "tarnish"}}),
        (admin, "GET", "/v1/inspections", {}, {"params": {"defect": "tarnish"}}),
    ]


def sampling_asks(town: Town) -> Asks:
    """A lot of one piece: sampled, looked at, decided; and each of the ways in which that is refused."""
    admin = town.client("admin")
    lot = {"microfactory": OWN, "design": "disc", "pieces": 1, "views": ["front"]}
    admin.put("/v1/lots/PO-60", json=lot)
    piece = town.send(clean(60), lot="PO-60", piece="1").json()["id"]
    checks, plan = "/v1/lots/{lot_id}/checks", "/v1/designs/{design_id}/lot-plan"
    check, decision = checks + "/{check_id}", checks + "/{check_id}/decision"
    one, none = {"lot_id": "PO-60", "check_id": uuid.uuid4()}, {"lot_id": "none", "check_id": uuid.uuid4()}
    accept = {"json": {"outcome": "accept"}}
    review = {"inspection_id": piece, "review_id": uuid.uuid4()}
    return [
        (admin, "GET", checks, none, {}),
        (admin, "GET", checks, one, {}),
        (admin, "GET", "/v1/lots/{lot_id}/isolated-plan", one, {"params": {"procedure": "B"}}),
        (admin, "GET", "/v1/lots/{lot_id}/isolated-plan", one, {"params": {"limiting_major": 7}}),
        (admin, "PUT", check, none, {"json": {}}),
        (admin, "PUT", check, one, {"json": {}}),
        (admin, "PUT", check, one, {"json": {}}),
        (admin, "PUT", check, {**one, "check_id": uuid.uuid4()}, {"json": {}}),
        (admin, "PUT", decision, none, accept),
        (admin, "PUT", decision, one, accept),
        (
            admin,
            "PUT",
            "/v1/inspections/{inspection_id}/reviews/{review_id}",
            review,
            {"json": {"disposition": "accept"}},
        ),
        (admin, "PUT", decision, one, accept),
        (admin, "GET", checks, one, {}),
        (admin, "GET", "/v1/lots/{lot_id}/sampling.svg", one, {}),
        (admin, "GET", plan, {"design_id": "disc"}, {}),
        (admin, "GET", plan, {"design_id": "none"}, {}),
        (admin, "PUT", plan, {"design_id": "disc"}, {"json": {"aql_major": 1.5}}),
        (admin, "PUT", plan, {"design_id": "disc"}, {"json": {"aql_major": 1.7}}),
        (admin, "PUT", plan, {"design_id": "none"}, {"json": {}}),
    ]
