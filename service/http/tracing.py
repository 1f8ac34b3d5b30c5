"""What one request is called, in its answer, its log lines and its trace; and where traces go, if anywhere.

    UBORA_TRACES_URL=http://127.0.0.1:4318/v1/traces    # OTLP over HTTP; without it nothing is sent
    with stage("look"): …                               # a span of the request that is being answered

A trace holds routes, paths, statuses and times: no body, no header, no query, no address and no name.
"""

import contextvars
import re
import uuid
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import NoOpTracer, Tracer

from ubora.service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

HEADER = "X-Request-Id"
EXTRA = "pip install 'ubora[traces]'"
_TAKEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_NOT_TRACED = ("/metrics", "/health/live", "/health/ready")


@dataclass(frozen=True)
class Tracing:
    """Where the spans of an app go; nowhere unless a setting says so, whatever the environment says."""

    tracer: Tracer
    provider: "TracerProvider | None" = None

    def config(self) -> TelemetryConfig:
        """For FastAPI, which otherwise follows variables of the environment."""
        off: TelemetryConfig = {"metrics": False, "logs": False, "auto_configure": False}
        if self.provider is None:
            return {**off, "tracing": False}
        return {**off, "tracing": True, "tracer_provider": self.provider, "exclude": _is_not_traced}

    def close(self) -> None:
        """Send what is left."""
        if self.provider is not None:
            self.provider.shutdown()


@dataclass(frozen=True)
class _Request:
    id: str
    tracer: Tracer


_CURRENT: contextvars.ContextVar[_Request | None] = contextvars.ContextVar("request", default=None)


def open_tracing(settings: Settings) -> Tracing:
    """
    Raises:
        SettingsError: traces are asked for, and their package is not installed.
    """
    if settings.traces_url is None:
        return Tracing(NoOpTracer())
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(f"UBORA_TRACES_URL: traces need another package: {EXTRA}") from None
    provider = TracerProvider(resource=Resource.create({"service.name": "ubora"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_url)))
    return Tracing(provider.get_tracer("ubora"), provider)


@contextmanager
def request_of(given: str | None, tracer: Tracer) -> Iterator[str]:
    """The request that is being answered, until the block ends; yields its id.

    Args:
        given: what a proxy or a client calls it; another is made where it is none that can be taken.
    """
    one = given if given is not None and _TAKEN.fullmatch(given) else uuid.uuid4().hex
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute("ubora.request_id", one)
        span.set_attribute("url.query", "")  # what people search for; a span keeps what it was begun with
    token = _CURRENT.set(_Request(one, tracer))
    try:
        yield one
    finally:
        _CURRENT.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """A part of the work on the request, as a span below it; nothing where there is none."""
    current = _CURRENT.get()
    if current is None:
        yield
        return
    with current.tracer.start_as_current_span(name):
        yield


def told_of_request() -> dict[str, str]:
    """What a log line says of the request that it belongs to; nothing outside of one."""
    current = _CURRENT.get()
    if current is None:
        return {}
    context = trace.get_current_span().get_span_context()
    traced = {"trace_id": f"{context.trace_id:032x}"} if context.is_valid else {}
    return {"request_id": current.id, **traced}


def _is_not_traced(scope: MutableMapping[str, Any]) -> bool:
    return scope.get("path") in _NOT_TRACED
