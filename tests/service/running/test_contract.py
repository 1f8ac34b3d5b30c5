"""The document that clients are promised: it is OpenAPI, it matches live answers, it knows every method."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.parts.served import DESIGN, OWN, Town, clean, context_of, parts, tarnished
from tests.service.running.contract_asks import (
    Asks,
    access_asks,
    number_asks,
    queue_asks,
    sampling_asks,
    whose_asks,
)
from ubora.service.workshops.spreadsheet import KIND, PARQUET


@pytest.fixture(scope="module")
def document(shared_town: Town) -> dict[str, Any]:
    found: dict[str, Any] = shared_town.client(None).get("/openapi.json").json()
    return found


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """Where a JSON value breaks a schema of the document, whose references lead within it."""
    whole = {"components": document["components"], **schema}
    check = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in check.iter_errors(value)]


def answer_faults(response: httpx.Response, method: str, path: str, document: dict[str, Any]) -> list[str]:
    declared = document["paths"][path][method.lower()]["responses"].get(str(response.status_code))
    if declared is None:
        return [f"{method} {path}: {response.status_code} is not declared"]
    kind = response.headers["content-type"].split(";")[0]
    content = declared["content"]
    # A table may be asked for as JSON or CSV, and a chart is a drawing: only JSON has a schema to fit.
    if set(content) not in ({kind}, {"application/json", KIND, PARQUET}) or kind not in content:
        return [f"{method} {path} {response.status_code}: {kind}, declared {sorted(content)}"]
    if not kind.endswith("json"):
        return []
    return [
        f"{method} {path} {fault}" for fault in faults(response.json(), content[kind]["schema"], document)
    ]


def test_a_stream_of_events_is_what_the_document_says(shared_town: Town, document: dict[str, Any]) -> None:
    answer = shared_town.client("engineer").get("/v1/queue/events?seconds=0.01")
    declared = document["paths"]["/v1/queue/events"]["get"]["responses"]["200"]["content"]
    assert [answer.headers["content-type"].split(";")[0]] == list(declared)


def test_live_answers_fit_the_document(shared_town: Town, document: dict[str, Any]) -> None:
    admin, reviewer, nobody = (shared_town.client(who) for who in ("admin", "reviewer", None))
    known = shared_town.send(tarnished(), lot="L", piece="1").json()["id"]
    one = "/v1/inspections/{inspection_id}"
    review = "/v1/inspections/{inspection_id}/reviews/{review_id}"
    design, workshop = "/v1/designs/{design_id}", "/v1/microfactories/{microfactory_id}"
    rate, summary = workshop + "/pass-rate", workshop + "/summary"
    wrong = {"inspection_id": "x", "review_id": uuid.uuid4(), "design_id": "-", "microfactory_id": "-"}
    right = {
        "inspection_id": known,
        "review_id": uuid.uuid4(),
        "design_id": "disc",
        "microfactory_id": OWN,
    }
    files = parts(context_of(), clean())
    body = {"disposition": "rework", "defects": [{"defect": "dent", "box": [1, 2, 3, 4]}], "variance": 3}
    place = {"name": "a", "place": "b"}
    lot = {"microfactory": OWN, "design": "disc", "pieces": 50, "views": ["front"]}
    contest = {"inspection_id": known, "appeal_id": uuid.uuid4()}
    said = [("context", (None, '{"note": "no"}'))]
    asks: Asks = [
        (admin, "PUT", one, {**right, "inspection_id": uuid.uuid4()}, {"files": files}),
        (admin, "PUT", one, right, {"files": files}),
        (admin, "PUT", one, wrong, {"files": files}),
        (admin, "PUT", one, {"inspection_id": uuid.uuid4()}, {"files": parts(context_of(), b"text")}),
        (nobody, "PUT", one, right, {"files": files}),
        (admin, "GET", one, right, {}),
        (admin, "GET", one, wrong, {}),
        (admin, "GET", one, {"inspection_id": uuid.uuid4()}, {}),
        (reviewer, "PUT", review, right, {"json": body}),
        (reviewer, "PUT", review, right, {"json": body}),
        (reviewer, "PUT", review, right, {"json": {**body, "variance": 9}}),
        (reviewer, "PUT", review, {**right, "review_id": uuid.uuid4()}, {"json": body}),
        (admin, "GET", one, right, {}),
        *(
            (admin, "GET", path, {}, {})
            for path, methods in document["paths"].items()
            if "get" in methods and "{" not in path and path not in ("/metrics", "/v1/queue/events")
        ),
        (admin, "GET", "/v1/inspections", {}, {"params": {"cursor": "x"}}),
        *number_asks(shared_town),
        *sampling_asks(shared_town),
        (admin, "GET", rate, right, {}),
        (admin, "GET", rate, {"microfactory_id": "nowhere"}, {}),
        (admin, "PUT", design, right, {"json": DESIGN.model_dump()}),
        (admin, "PUT", design, {"design_id": "new"}, {"json": DESIGN.model_dump()}),
        (admin, "PUT", design, wrong, {"json": {}}),
        (reviewer, "PUT", design, right, {"json": DESIGN.model_dump()}),
        (admin, "PUT", design + "/approved", right, {"files": [("photo", ("p.jpg", clean()))]}),
        (admin, "PUT", design + "/approved", right, {"files": parts({"views": ["side"]}, clean())}),
        (admin, "PUT", design + "/approved", right, {"files": parts({"views": ["top"]}, clean())}),
        (admin, "PUT", design + "/approved", right, {"files": [("photo", ("p.jpg", b"text"))]}),
        (
            admin,
            "PUT",
            design + "/approved",
            {"design_id": "none"},
            {"files": [("photo", ("p.jpg", clean()))]},
        ),
        (admin, "GET", design + "/accepted", right, {}),
        (admin, "GET", design + "/accepted", {"design_id": "none"}, {}),
        (admin, "GET", design + "/accepted/{inspection_id}", right, {}),
        (admin, "GET", design + "/accepted/{inspection_id}/verdicts", right, {}),
        (admin, "PUT", design + "/accepted/{inspection_id}", right, {}),
        (admin, "PUT", design + "/accepted/{inspection_id}", {**right, "inspection_id": uuid.uuid4()}, {}),
        (admin, "DELETE", design + "/accepted/{inspection_id}", right, {}),
        (reviewer, "PUT", design + "/accepted/{inspection_id}", right, {}),
        (admin, "GET", design + "/approved/{sha256}", {**right, "sha256": "0" * 64}, {}),
        (admin, "GET", summary, right, {}),
        (admin, "PUT", "/v1/lots/{lot_id}", {"lot_id": "PO-48"}, {"json": lot}),
        (admin, "PUT", "/v1/lots/{lot_id}", {"lot_id": "PO-48"}, {"json": lot}),
        (admin, "PUT", "/v1/lots/{lot_id}", {"lot_id": "PO-48"}, {"json": {**lot, "pieces": 0}}),
        (admin, "PUT", "/v1/lots/{lot_id}", {"lot_id": "PO-48"}, {"json": {**lot, "pieces": 9}}),
        (admin, "PUT", "/v1/lots/{lot_id}", {"lot_id": "PO-49"}, {"json": {**lot, "after": "x"}}),
        (admin, "GET", "/v1/lots", {}, {}),
        (admin, "PUT", one + "/appeals/{appeal_id}", contest, {"files": said}),
        (admin, "PUT", one + "/appeals/{appeal_id}", contest, {"files": said}),
        (admin, "PUT", one + "/appeals/{appeal_id}", {**contest, "appeal_id": uuid.uuid4()}, {"files": said}),
        (admin, "PUT", one, {"inspection_id": uuid.uuid4()}, {"json": {"context": {}, "uploads": []}}),
        (admin, "GET", one, right, {}),
        (admin, "PUT", workshop, {"microfactory_id": "mf-third"}, {"json": place}),
        (admin, "PUT", workshop, {"microfactory_id": "mf-third"}, {"json": place}),
        *whose_asks(shared_town),
        *queue_asks(shared_town),
        (admin, "POST", "/v1/tokens", {}, {"json": {"role": "engineer", "label": "x"}}),
        (admin, "DELETE", "/v1/tokens/{token_id}", {"token_id": "x"}, {}),
        *access_asks(shared_town),
    ]
    found = []
    for client, method, path, names, options in asks:
        response = client.request(method, path.format(**names), **options)
        found += answer_faults(response, method, path, document)
    assert found == []


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        yield from (found for inner in value.values() for found in references(inner))
    elif isinstance(value, list):
        yield from (found for inner in value for found in references(inner))


def test_the_document_is_openapi_and_every_reference_in_it_leads_somewhere(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    named = set(references(document))
    assert named - schemas == set()
    # Bodies that routes read by themselves are described like any other.
    own = {
        f"#/components/schemas/{name}"
        for name in ("InspectionContext", "UploadedInspection", "AppealContext", "ApprovedContext")
    }
    assert own <= named
    assert "uploads" in document["components"]["schemas"]["UploadedInspection"]["properties"]


def test_every_operation_documents_400_and_405_with_allow(document: dict[str, Any]) -> None:
    bare = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not {"400", "405"} <= set(operation["responses"])
        or "Allow" not in operation["responses"]["405"]["headers"]
    ]
    assert bare == []


def test_a_method_that_a_path_has_not_is_answered_with_those_that_it_has(
    shared_town: Town, document: dict[str, Any]
) -> None:
    client = shared_town.client("admin")
    found, expected = {}, {}
    for path, methods in document["paths"].items():
        for method in {"get", "put", "patch", "delete"} - set(methods):
            answer = client.request(method, re.sub(r"\{\w+\}", "x", path))
            assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
            found[path] = answer.headers["allow"]
            expected[path] = ", ".join(sorted(method.upper() for method in methods))
    assert found == expected
    pages = {
        path: client.post(path).headers["allow"] for path in ("/phone/", "/phone/worker.js", "/openapi.json")
    }
    assert pages == {"/phone/": "GET, HEAD", "/phone/worker.js": "GET, HEAD", "/openapi.json": "GET, HEAD"}


def test_the_document_knows_one_error_shape_only(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            errors = {k: v for k, v in operation["responses"].items() if k >= "400" and k != "503"}
            kinds = {kind for answer in errors.values() for kind in answer["content"]}
            assert kinds <= {"application/problem+json"}
