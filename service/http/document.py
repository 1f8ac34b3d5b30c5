"""The OpenAPI document: what FastAPI writes of the routes, and what it cannot know.

    app = DocumentedApp(bodies=(InspectionContext,), …)
    openapi_extra={"requestBody": … {"schema": reference(InspectionContext)}}

A body that a route reads by itself is described by its model, which stands among the components like others.
Any operation answers 400 to what is no request, and any path 405 to a method that it has not.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ubora.service.http.errors import ProblemBody, problems

PLACE = "#/components/schemas/{model}"
_FILE = {"type": "string", "format": "binary"}
_ALLOW = {"Allow": {"schema": {"type": "string"}, "description": "The methods that this path has"}}


def reference(model: type[BaseModel]) -> dict[str, str]:
    """The schema of a model that the app was given among `bodies`."""
    return {"$ref": PLACE.format(model=model.__name__)}


def multipart(context: type[BaseModel], *files: str) -> dict[str, Any]:
    """For `openapi_extra`: a form with the JSON part `context`, and files that may be there."""
    parts = {"context": _json_part(context)} | dict.fromkeys(files, _FILE)
    return body(_form(parts, "context"))


def photos_form(context: type[BaseModel], *required: str) -> dict[str, Any]:
    """For `body`: a form with one to six photos as `photo`, and the JSON part `context`."""
    photos = {"type": "array", "minItems": 1, "maxItems": 6, "items": _FILE}
    return _form({"context": _json_part(context), "photo": photos}, *required)


def body(content: dict[str, Any]) -> dict[str, Any]:
    """For `openapi_extra`: a body of one of these kinds, which must be there."""
    return {"requestBody": {"required": True, "content": content}}


def _form(parts: dict[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required), "properties": parts}
    return {"multipart/form-data": {"schema": schema}}


def _json_part(model: type[BaseModel]) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": reference(model)}


class DocumentedApp(FastAPI):
    """FastAPI; its document also has the one error shape, bodies that routes read themselves, 400 and 405."""

    def __init__(self, *, bodies: tuple[type[BaseModel], ...] = (), **options: Any) -> None:
        super().__init__(**options)
        self._bodies = bodies

    def openapi(self) -> dict[str, Any]:
        known = self.openapi_schema is not None
        document = super().openapi()
        if not known:
            self._complete(document)
        return document

    def _complete(self, document: dict[str, Any]) -> None:
        models: list[type[BaseModel]] = [*self._bodies, ProblemBody]
        _, made = models_json_schema([(model, "validation") for model in models], ref_template=PLACE)
        for name, schema in made["$defs"].items():
            document["components"]["schemas"].setdefault(name, schema)
        for operation in _operations(document):
            answers = operation["responses"]
            answers.setdefault("400", problems(400)[400])
            answers.setdefault("405", {**problems(405)[405], "headers": _ALLOW})


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()
