"""The code on a bag, and what is decided on the piece itself: it outranks what was said of its photos."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.served import Town, clean, dark, seen, serve, tarnished
from tests.service.inspections.test_appeals import contest, rate
from tests.service.queue.asking import decide, flagged, kind, listed
from ubora.datasets.manifest import read_manifest
from ubora.service.goods_in.bags import begins_with, code_of
from ubora.service.harvests.harvest import harvest
from ubora.service.http.errors import Problem
from ubora.service.ledger.tables import SecondDraw


def in_hand(client: httpx.Client, inspection: str, disposition: str, **body: Any) -> httpx.Response:
    """After a look at what was said before."""
    path = f"/v1/inspections/{inspection}"
    sent = {**seen(client.get(path).json()), "disposition": disposition, "in_hand": "goods_in", **body}
    return client.put(f"{path}/reviews/{uuid.uuid4()}", json=sent)


@given(st.uuids())
def test_a_code_leads_back_to_its_inspection_however_it_is_typed(inspection: uuid.UUID) -> None:
    name = str(inspection)
    code = code_of(name)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert [begins_with(code), begins_with(typed)] == [name[:11], name[:11]]


@pytest.mark.parametrize("code", ["", "K7Q2-9MX", "K7Q2-9MXAA", "K7Q2-9MX!", "UUUU-UUUU"])
def test_what_is_no_code_is_refused_with_an_example(code: str) -> None:
    with pytest.raises(Problem, match="expected eight letters and digits as on a bag: K7Q2-9MXA"):
        begins_with(code)


def test_a_bag_leads_to_its_piece_and_an_unknown_one_to_none(town: Town) -> None:
    sent = town.send(clean(1), piece="7", lot="L").json()
    client = town.client("reviewer")
    found = client.get(f"/v1/bags/{code_of(sent['id']).lower()}").json()
    assert (found["code"], [one["id"] for one in found["items"]]) == (code_of(sent["id"]), [sent["id"]])
    other = client.get(f"/v1/bags/{code_of(str(uuid.uuid4()))}").json()
    assert other["items"] == []
    assert kind(client.get("/v1/bags/nothing")) == (422, "bag-code")


def test_a_label_shows_the_code_and_escapes_what_is_written_on_the_piece(town: Town) -> None:
    sent = town.send(clean(1), piece="<b>7</b>", lot="L").json()
    page = town.client("artisan").get(f"/v1/inspections/{sent['id']}/label").text
    assert code_of(sent["id"]) in page
    # It is drawn whole at whatever size the sheet gives it.
    assert re.search(
        r'<svg[^>]* viewBox="0 0 29 29"', page
    )  # 21 modules, the smallest that every scanner reads, and its margin
    assert "&lt;b&gt;7&lt;/b&gt;" in page
    assert town.client("other").get(f"/v1/inspections/{sent['id']}/label").status_code == 404


def test_what_passed_and_is_rejected_in_hand_counts_as_rejected_and_escaped(town: Town) -> None:
    passed, kept = (town.send(clean(seed), piece=str(seed), lot="L").json()["id"] for seed in (1, 2))
    client = town.client("reviewer")
    answer = in_hand(client, passed, "reject", defects=[{"defect": "crack", "severity": "critical"}])
    assert (answer.status_code, answer.json()["status"]) == (201, "rejected")
    assert answer.json()["review"]["in_hand"] == "goods_in"
    assert in_hand(client, kept, "accept", defects=[]).json()["status"] == "accepted"
    assert rate(town)[:2] == (2, 1)
    escapes = client.get("/v1/numbers/escape-rate").json()
    assert (escapes["goods_in"], escapes["goods_in_escaped"], escapes["returns_escaped"]) == (2, 1, 0)
    in_hand(client, kept, "rework", in_hand="return")
    assert client.get("/v1/numbers/escape-rate").json()["returns_escaped"] == 1


def test_its_photos_do_not_change_what_was_decided_in_hand(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    assert in_hand(wanjiku, name, "accept").status_code == 201
    refused = decide(njeri, name, "reject")
    assert kind(refused) == (409, "decided-in-hand")
    assert refused.json()["review"]["reviewer"] == "Wanjiku"
    assert in_hand(njeri, name, "rework").json()["status"] == "rework"


def test_an_appeal_against_it_is_decided_in_hand_by_another_person(town: Town) -> None:
    name = flagged(town, "1")
    wanjiku, njeri = town.log_in("Wanjiku"), town.log_in("Njeri")
    in_hand(wanjiku, name, "reject")
    assert contest(town, name, note="Look again").status_code == 201
    assert kind(in_hand(wanjiku, name, "accept")) == (409, "own-decision")
    assert kind(decide(njeri, name, "accept")) == (409, "decided-in-hand")
    answer = in_hand(njeri, name, "accept")
    assert (answer.json()["status"], answer.json()["appeal"]["outcome"]) == ("accepted", "overturned")


def test_a_piece_whose_photo_did_not_come_out_is_decided_in_hand(town: Town) -> None:
    sent = town.send(dark(1), piece="1", lot="L").json()
    assert sent["status"] == "retake"
    assert in_hand(town.client("reviewer"), sent["id"], "accept").json()["status"] == "accepted"


@pytest.fixture
def seconds(tmp_path: Path, releases: Path) -> Iterator[Town]:
    """Everything that is decided goes to a second person."""
    with serve(tmp_path, releases, second_review_share=1.0) as running:
        yield running


def test_who_holds_the_piece_is_no_second_reader_of_its_photos(seconds: Town) -> None:
    name = flagged(seconds, "1")
    wanjiku, njeri = seconds.log_in("Wanjiku"), seconds.log_in("Njeri")
    decide(wanjiku, name, "accept")
    assert [item["kinds"] for item in listed(njeri)] == [["second"]]
    # What the first said is kept from her, so that she names nothing; and it is decided.
    assert in_hand(njeri, name, "reject").json()["status"] == "rejected"
    assert listed(njeri) == []
    with seconds.state.ledger.read() as session:
        draw = session.get_one(SecondDraw, name)
        assert draw.outcome == "void"


def test_nobody_is_asked_to_confirm_a_decision_in_hand_by_photos(seconds: Town) -> None:
    name = flagged(seconds, "1")
    in_hand(seconds.log_in("Wanjiku"), name, "accept")
    with seconds.state.ledger.read() as session:
        assert session.get(SecondDraw, name) is None


def test_a_harvest_takes_what_was_said_in_hand(town: Town, tmp_path: Path) -> None:
    name = town.send(tarnished(1), piece="1", lot="L").json()["id"]
    client = town.client("reviewer")
    decide(client, name, "reject")
    in_hand(client, name, "accept", defects=[])
    harvest(town.settings, tmp_path / "harvest")
    samples = [one for one in read_manifest(tmp_path / "harvest") if not one.approved_sample]
    assert [(one.defects, one.reviewed_by) for one in samples] == [((), "reviewer")]
