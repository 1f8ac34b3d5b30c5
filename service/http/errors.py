"""Every error answer, in one shape: RFC 9457 `application/problem+json`.

raise Problem(404, "not-found", "No such inspection", detail="…")

Exception
└── Problem            a refusal with its status, type and detail

A ledger that somebody else holds and a disk that takes nothing are no fault of the request: 503 everywhere,
`busy` and `storage`, and whatever of it was acknowledged before is kept.
"""

import errno
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from ubora.service.http.database_faults import LedgerBusyError, LedgerError

MEDIA_TYPE = "application/problem+json"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
BUSY_SECONDS, STORAGE_SECONDS = 3, 60
"""When to ask again: somebody else writes; somebody must make room, or put a disk back."""
_DISK_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EFBIG: "the disk is full",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "the disk is not the service's to write",
    errno.EPERM: "the disk is not the service's to write",
    errno.ENOENT: "a file or folder of the service is gone",
    errno.ENOTDIR: "a file or folder of the service is gone",
}


class ProblemBody(BaseModel):
    """What is sent. Further members may stand beside these (RFC 9457, 3.2)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Problem(Exception):  # noqa: N818 (RFC 9457's own word)
    """A refusal.

    Args:
        status: HTTP status.
        slug: names the kind of problem; the type is `/problems/<slug>`.
        title: the same for every problem of this type.
        detail: what was found and what was expected, this time.
        headers: sent with the answer.
        members: further members of the body, as JSON values.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str = "",
        *,
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {slug}: {detail or title}")
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail or title
        self.headers = headers or {}
        self.members = members or {}


def not_found(what: str) -> Problem:
    """404, also for what belongs to another workshop: a 403 would say that it exists."""
    return Problem(404, "not-found", "Not found", f"no such {what}")


def problem_response(problem: Problem, instance: str) -> JSONResponse:
    body = {
        **problem.members,
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the framework the same shape. Bugs (500) are caught by `observe.Edge`."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(LedgerError, _on_storage)
    app.add_exception_handler(OSError, _on_storage)
    app.add_exception_handler(DataError, _on_unkept)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route, for the OpenAPI document; 503 is one of every route's."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    every = sorted({*statuses, 503})
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in every}


def first_faults(faults: list[Any]) -> list[dict[str, str]]:
    """pydantic's faults as `{where, what}`; the input is left out, it may be a secret or a photo."""
    return [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": str(fault["msg"])}
        for fault in faults[:20]
    ]


def storage_problem(error: Exception) -> Problem | None:
    """What is said where ledger or disk cannot be used now; None where the error is another's.

    In a request nothing but the disk raises an OSError with a number, except for connections and time-outs.
    """
    if isinstance(error, LedgerBusyError):
        return Problem(503, "busy", "Too busy", error.fault, headers={"Retry-After": str(BUSY_SECONDS)})
    if isinstance(error, LedgerError):
        what = error.fault
    elif isinstance(error, OSError) and error.errno is not None:
        if isinstance(error, (ConnectionError, TimeoutError)):
            return None
        what = _DISK_WORDS.get(error.errno, "the disk failed")
    else:
        return None
    headers = {"Retry-After": str(STORAGE_SECONDS)}
    detail = f"{what}; it was logged, try again later"
    return Problem(503, "storage", "Ledger or disk cannot be used", detail, headers=headers)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error, request.url.path)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = first_faults(list(error.errors()))
    detail = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:3])
    problem = Problem(
        422, "invalid", "The request is not what is expected", detail, members={"faults": faults}
    )
    return problem_response(problem, request.url.path)


async def _on_unkept(request: Request, error: Exception) -> JSONResponse:
    """A value that a database refuses though its shape is right: PostgreSQL keeps no NUL in a text."""
    detail = "a text with the character NUL, or a number too large; expected what the ledger can keep"
    return problem_response(
        Problem(422, "invalid", "The request is not what is expected", detail), request.url.path
    )


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request, headers.pop("Allow", ""))
    detail = f"{request.method} {request.url.path}: {phrase.lower()}"
    return problem_response(
        Problem(error.status_code, slug, phrase, detail, headers=headers), request.url.path
    )


def _allowed(request: Request, known: str) -> str:
    """Every method of this path: the framework names those of the first route that has it alone.

    Args:
        known: what the framework names; below a mounted folder it is all there is.
    """
    methods = {method for method in known.split(", ") if method}
    # As it came: what is mounted has made the path its own.
    scope = {**request.scope, "root_path": request.scope.get("app_root_path", "")}
    routes = [route for route in request.app.router.routes if not isinstance(route, Mount)]
    for method in _METHODS - methods:
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes):
            methods.add(method)
    return ", ".join(sorted(methods))


async def _on_storage(request: Request, error: Exception) -> JSONResponse:
    problem = storage_problem(error)
    if problem is None:
        raise error
    if problem.slug == "storage":
        facts = {"path": request.url.path, "fault": str(error)}
        logging.getLogger("ubora.service").error("storage", extra={"facts": facts})
    return problem_response(problem, request.url.path)
