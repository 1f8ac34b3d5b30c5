"""What every answer keeps to: one shape of errors, strict headers, no word of a workshop in the metrics."""

import json
import logging
import re
from pathlib import Path

import pytest

from tests.parts.served import OWN, Town, serve, tarnished
from ubora.service.http.observe import HEADERS, JsonLines


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/../etc/passwd", 404),
        ("DELETE", "/v1/me", 405),
        ("GET", "/v1/inspections?limit=0", 422),
        ("GET", "/v1/inspections?status=nice", 422),
        ("GET", "/v1/inspections/no-uuid", 422),
        ("PUT", "/v1/designs/..%2fx", 404),
        ("POST", "/v1/tokens", 422),
        ("GET", "/docs", 404),
    ],
)
def test_every_error_is_a_problem_with_its_own_status(
    shared_town: Town, method: str, path: str, status: int
) -> None:
    response = shared_town.client("admin").request(method, path)
    body = response.json()
    assert (response.status_code, body["status"]) == (status, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    assert re.fullmatch(r"/problems/[a-z-]+", body["type"])


def test_a_bug_is_a_problem_without_a_trace_and_is_logged_with_one(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    # A query that does not fit the tables: nothing that a client could do about it, and no fault of a disk.
    with town.state.ledger.write() as session:
        session.connection().exec_driver_sql("DROP TABLE lots")
    with caplog.at_level(logging.ERROR, "ubora.service"):
        response = town.client("artisan").get("/v1/lots")
    assert (response.status_code, response.json()["type"]) == (500, "/problems/bug")
    assert "Traceback" not in response.text
    assert str(town.settings.data) not in response.text
    line = json.loads(JsonLines().format(caplog.records[-1]))
    assert (line["event"], line["path"]) == ("bug", "/v1/lots")
    assert "Traceback" in line["trace"]


def test_a_huge_json_body_is_refused_before_anybody_reads_it(shared_town: Town) -> None:
    kind = {"content-type": "application/json"}
    client, nobody = shared_town.client("admin"), shared_town.client(None)
    declared = nobody.post("/v1/tokens", content=b" " * 300_000, headers=kind)
    chunked = client.post("/v1/tokens", content=iter([b" " * 100_000] * 4), headers=kind)
    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert chunked.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/health/live", "/nothing", "/v1/me", "/openapi.json"])
def test_strict_headers_stand_on_every_answer(shared_town: Town, path: str) -> None:
    found = shared_town.client(None).get(path).headers
    assert {name: found.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in found["content-security-policy"]


def test_only_where_the_service_is_reached_by_https_browsers_are_told_to_stay_there(
    tmp_path: Path, releases: Path
) -> None:
    found = {}
    for url in ("https://ubora.example.org", "http://hub.local:8000", None):
        with serve(tmp_path / str(url).split(":")[0], releases, public_url=url) as town:
            answers = [town.client(None).get(path) for path in ("/phone/", "/nothing", "/v1/me")]
            found[url] = {answer.headers.get("Strict-Transport-Security") for answer in answers}
    assert found == {
        "https://ubora.example.org": {"max-age=31536000"},
        "http://hub.local:8000": {None},
        None: {None},
    }


def test_the_root_leads_to_the_phone_app(shared_town: Town) -> None:
    response = shared_town.client(None).get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/phone/")


def test_metrics_count_in_base_units_and_name_no_workshop_and_no_uuid(town: Town) -> None:
    inspection = town.send(tarnished(), lot="L", piece="1").json()["id"]
    town.client("artisan").get(f"/v1/inspections/{inspection}")
    text = town.client(None).get("/metrics").text
    assert 'ubora_inspections_total{verdict="flag"} 1.0' in text
    assert 'route="/v1/inspections/{inspection_id}"' in text
    assert "ubora_inference_seconds_count 1.0" in text
    assert "ubora_queue_depth 0.0" in text
    assert [word for word in (OWN, inspection) if word in text] == []
