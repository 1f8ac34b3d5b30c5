"""The first steps of a hub: each ticks itself off, and nobody is shown them once all is there."""

from pathlib import Path
from typing import Any

import httpx

from tests.parts.served import Town, clean, parts, serve
from ubora.service.auth.tokens import add_token
from ubora.service.ledger.tables import ApprovedPhoto, Consent, Design, Microfactory, Token

DESIGN = {"name": "Disc", "category": "pendant", "material": "brass", "stage": "raw"}


def emptied(town: Town) -> httpx.Client:
    """The hub as it is before anything was entered; an admin of it."""
    with town.state.ledger.write() as session:
        for table in (Consent, Token, ApprovedPhoto, Design, Microfactory):
            session.query(table).delete()
        made = add_token(session, "admin", None, "first")
    client = town.client(None)
    client.headers["Authorization"] = f"Bearer {made.token}"
    return client


def done(client: httpx.Client) -> list[str]:
    told: dict[str, Any] = client.get("/v1/first-steps").json()
    return [name for name, is_done in told.items() if is_done]


def test_each_step_ticks_itself_off_up_to_the_first_inspection(town: Town) -> None:
    admin = emptied(town)
    assert done(admin) == ["open"]
    admin.put("/v1/microfactories/mf-1", json={"name": "Kibera 1", "place": "Kibera"})
    assert done(admin) == ["workshop", "open"]
    admin.put("/v1/designs/disc", json=DESIGN | {"approved_low": 1, "approved_high": 5})
    admin.put("/v1/designs/disc/approved", files=[("photo", ("p.jpg", clean()))])
    assert done(admin) == ["workshop", "design", "approved_photo", "open"]
    invited = admin.post("/v1/enrolments", json={"microfactory": "mf-1", "label": "Akinyi"}).json()
    phone = town.client(None)
    token = phone.post("/v1/enrol", json={"code": invited["code"]}).json()["token"]
    phone.headers["Authorization"] = f"Bearer {token}"
    assert done(admin) == ["workshop", "design", "approved_photo", "phone", "open"]
    context = {"microfactory": "mf-1", "design": "disc"}
    path = "/v1/inspections/00000000-0000-4000-8000-000000000001"
    assert phone.put(path, files=parts(context, clean(1))).status_code == 201
    assert done(admin) == ["workshop", "design", "approved_photo", "phone", "inspection"]


def test_an_admin_waves_them_off_for_good_and_it_stands_in_the_record(town: Town) -> None:
    reviewer, admin = town.client("reviewer"), town.client("admin")
    assert reviewer.get("/v1/first-steps").json()["open"]
    assert reviewer.post("/v1/first-steps/dismissal").status_code == 403
    for _ in range(2):
        assert not admin.post("/v1/first-steps/dismissal").json()["open"]
    assert not reviewer.get("/v1/first-steps").json()["open"]
    actions = [line["action"] for line in admin.get("/v1/audit").json()["items"]]
    assert actions.count("first-steps-dismissed") == 1


def test_a_hub_that_runs_has_none(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases) as town:
        town.client("admin").put("/v1/designs/disc/approved", files=[("photo", ("p.jpg", clean()))])
        town.send(clean(1))
        assert not town.client("admin").get("/v1/first-steps").json()["open"]
