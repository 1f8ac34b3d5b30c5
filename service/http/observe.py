"""Seen from outside: metrics in base units, one JSON log line an event, strict headers on every answer.

No metric carries a workshop: a graph of who is flagged is not for everyone who may see `/metrics`.
"""

import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ubora.service.http.errors import Problem, problem_response
from ubora.service.http.tracing import HEADER, request_of, told_of_request

LOGGER = logging.getLogger("ubora.service")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
"""Where the service is reached by https: for a year browsers do not even try http. Other names of the
operator's domain are not ours to promise for, so nothing is said of subdomains."""


class Metrics:
    """A registry of this app's own, so that two apps in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.request_seconds = Histogram(
            "ubora_http_request_seconds",
            "Time from a request's headers to the end of its answer.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.inspections = Counter(
            "ubora_inspections", "Inspections stored, by verdict.", ("verdict",), registry=self.registry
        )
        self.reviews = Counter(
            "ubora_reviews", "Reviews stored, by disposition.", ("disposition",), registry=self.registry
        )
        self.logins = Counter(
            "ubora_logins", "Log-ins of staff, by outcome.", ("outcome",), registry=self.registry
        )
        self.inference_seconds = Histogram(
            "ubora_inference_seconds", "Decode to verdict of one photo.", registry=self.registry
        )
        self.queue_depth = Gauge(
            "ubora_queue_depth", "Inspections that wait for a worker or are in one.", registry=self.registry
        )
        self.release = Gauge(
            "ubora_release", "1 for the release that serves.", ("name",), registry=self.registry
        )
        self.releases_refused = Counter(
            "ubora_releases_refused", "Champions that were not loaded.", registry=self.registry
        )


def log_event(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """One line: what happened, with its facts. Never a token, a photo or a name of a person."""
    LOGGER.log(level, event, extra={"facts": facts})


class JsonLines(logging.Formatter):
    """Any log record as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
            **told_of_request(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Edge:
    """The outermost layer: headers, request ids and metrics, and a bug's answer without its trace."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: Tracer, *, https: bool = False) -> None:
        self.app = app
        self.metrics = metrics
        self.tracer = tracer
        self.headers = HEADERS | (HTTPS_HEADERS if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with request_of(Headers(scope=scope).get(HEADER), self.tracer) as request_id:
            await self._answer(scope, receive, send, self.headers | {HEADER: request_id})

    async def _answer(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), headers)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            LOGGER.exception("bug", extra={"facts": {"path": scope["path"]}})
            if status:
                raise  # the answer has begun; uvicorn closes the connection
            problem = Problem(500, "bug", "The service failed", "it was logged; try again later")
            await problem_response(problem, scope["path"])(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            self._count(scope, status, seconds)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "none"
        self.metrics.request_seconds.labels(scope["method"], route, status).observe(seconds)
        if route not in ("/metrics", "/health/live", "/health/ready"):
            facts = {"method": scope["method"], "path": scope["path"], "status": status}
            log_event("request", **facts, seconds=round(seconds, 4))


def _add_headers(headers: MutableHeaders, own: Mapping[str, str]) -> None:
    for name, value in own.items():
        headers.setdefault(name, value)
    # A shared phone must not keep answers; what may be kept says so itself.
    headers.setdefault("Cache-Control", "no-store")
