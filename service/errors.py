"""Every error answer, in one shape: RFC 9457 `application/problem+json`.

raise Problem(404, "not-found", "No such inspection", detail="…")

Exception
└── Problem            a refusal with its status, type and detail
"""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

MEDIA_TYPE = "application/problem+json"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})


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


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route, for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def first_faults(faults: list[Any]) -> list[dict[str, str]]:
    """pydantic's faults as `{where, what}`; the input is left out, it may be a secret or a photo."""
    return [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": str(fault["msg"])}
        for fault in faults[:20]
    ]


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
