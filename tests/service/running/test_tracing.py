"""What a request is called, and its trace, taken by a collector of OTLP that the tests keep."""

import logging
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.parts.served import Town, clean, serve
from ubora.service.http.observe import JsonLines


class Collector:
    """What was sent to it: spans, by name."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        kept = self.spans

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    for scope in resource.scope_spans:
                        kept.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing on standard error."""

        self._server = HTTPServer(("127.0.0.1", 0), Taking)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


def _said(span: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def test_a_trace_shows_what_took_the_time_and_is_found_by_the_id_of_the_answer(
    collector: Collector, tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases, traces_url=collector.url) as town:
        sent = town.send(clean())
        assert sent.status_code == 201
        town.client("reviewer").get("/v1/pieces?q=secret")
        town.client(None).get("/health/ready")
    whole = {span.name: span for span in collector.spans if span.parent_span_id == b""}
    taken = whole["PUT /v1/inspections/{inspection_id}"]
    assert _said(taken)["ubora.request_id"] == sent.headers["X-Request-Id"]
    stages = {span.name for span in collector.spans if span.trace_id == taken.trace_id}
    assert {"check photo", "look", "draw heat", "store files", "write ledger"} <= stages
    assert not any("health" in name for name in whole)
    assert not any("secret" in value for span in collector.spans for value in _said(span).values())


def test_the_log_says_to_which_request_and_trace_a_line_belongs(
    collector: Collector, tmp_path: Path, releases: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("ubora.service")
    logger.addHandler(handler)
    try:
        level = caplog.at_level(logging.INFO, "ubora.service")
        with level, serve(tmp_path, releases, traces_url=collector.url) as town:
            one = town.send(clean()).headers["X-Request-Id"]
    finally:
        logger.removeHandler(handler)
    told = [line for line in lines if '"event": "inspection"' in line or '"event": "request"' in line]
    assert len(told) == 2  # by a worker's thread, and by the loop
    assert all(f'"request_id": "{one}"' in line for line in told)
    traces = {found.group(1) for line in told if (found := re.search(r'"trace_id": "([0-9a-f]{32})"', line))}
    assert traces == {span.trace_id.hex() for span in collector.spans if span.name == "look"}


def test_without_the_setting_nothing_is_sent_whatever_the_environment_says(
    collector: Collector, tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url)
    with serve(tmp_path, releases) as town:
        assert town.send(clean()).status_code == 201
    assert collector.spans == []


def test_a_collector_that_is_not_there_stops_nobody(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, traces_url="http://127.0.0.1:9/v1/traces") as town:
        assert town.send(clean()).status_code == 201


@pytest.mark.parametrize(
    ("given", "taken"),
    [("0f3c9a.hub-7", True), ("short", False), ("two words of it", False), ("x" * 65, False)],
)
def test_a_proxys_id_is_taken_where_it_is_one(shared_town: Town, given: str, taken: bool) -> None:
    answer = shared_town.client(None).get("/health/live", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is taken


def test_each_request_has_an_id_of_its_own_also_where_it_is_refused(shared_town: Town) -> None:
    client = shared_town.client(None)
    ids = [client.get(path).headers["X-Request-Id"] for path in ("/v1/me", "/v1/me", "/nothing", "/console/")]
    assert len(set(ids)) == 4
