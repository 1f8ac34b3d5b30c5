"""Who may do what: every route × every role × own, other and no token; and the same by log-in and cookie."""

import json
import uuid

import httpx
import pytest

from tests.parts.served import OTHER, OWN, Town, clean, context_of, parts, seen, tarnished
from tests.service.auth.access_table import ASKS, LOGGED_IN, REVIEW, WHO, Ask
from ubora.service.app import create_app


@pytest.fixture(scope="module")
def known(shared_town: Town) -> str:
    """A flagged inspection of the first workshop."""
    return str(shared_town.send(tarnished(), lot="L", piece="1").json()["id"])


@pytest.fixture(scope="module")
def approved(shared_town: Town) -> str:
    """SHA-256 of the photo that stands for the design; the table sends the same again."""
    path = "/v1/designs/disc/approved"
    shown = shared_town.client("admin").put(path, files=[("photo", ("photo.jpg", clean()))]).json()
    return str(shown["approved_photos"][0].rsplit("/", 1)[1])


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: f"{ask.method} {ask.path}")
def test_each_role_is_answered_as_the_table_says(
    shared_town: Town, known: str, approved: str, ask: Ask
) -> None:
    found = [_ask(shared_town.client(who), ask, known, approved) for who in WHO]
    assert tuple(answer.status_code for answer in found) == ask.expected
    refused = [answer for answer in found if answer.status_code >= 400]
    assert {answer.headers["content-type"] for answer in refused} <= {"application/problem+json"}


BY_COOKIE = {  # what a session has and a token has not
    ("GET", "/v1/session"): (200, 200, 200),
    ("DELETE", "/v1/session"): (204, 204, 204),
    ("DELETE", "/v1/sessions"): (204, 204, 204),
    ("PUT", "/v1/session/password"): (403, 403, 403),  # the present password is wrong
}
ANYBODY = {("POST", "/v1/session"), ("POST", "/v1/enrol")}


@pytest.fixture
def browsers(shared_town: Town, logged_in: dict[str, httpx.Client]) -> dict[str, httpx.Client]:
    """Somebody of each role, logged in; anew where a test before logged them out."""
    for name, client in logged_in.items():
        if client.get("/v1/session").status_code == 401:
            logged_in[name] = shared_town.log_in(name)
    return logged_in


@pytest.fixture(scope="module")
def logged_in(shared_town: Town) -> dict[str, httpx.Client]:
    return {name: shared_town.log_in(name) for name in LOGGED_IN}


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: f"{ask.method} {ask.path}")
def test_a_log_in_may_what_a_token_of_its_role_may(
    shared_town: Town, browsers: dict[str, httpx.Client], known: str, approved: str, ask: Ask
) -> None:
    expected = BY_COOKIE.get((ask.method, ask.path), ask.expected[2:5])
    ends = ask.method == "DELETE" and ask.path.startswith("/v1/session")
    clients = [shared_town.log_in(name) if ends else browsers[name] for name in LOGGED_IN]
    found = [_ask(client, ask, known, approved).status_code for client in clients]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    "ask", [ask for ask in ASKS if ask.method not in ("GET", "HEAD")], ids=lambda ask: ask.path
)
def test_nothing_is_changed_by_a_cookie_without_its_csrf_token(
    browsers: dict[str, httpx.Client], known: str, approved: str, ask: Ask
) -> None:
    admin, right = browsers["Njeri"], browsers["Njeri"].headers["X-CSRF-Token"]
    found = []
    for sent in (None, "", browsers["Wanjiku"].headers["X-CSRF-Token"]):
        del admin.headers["X-CSRF-Token"]
        admin.headers.update({} if sent is None else {"X-CSRF-Token": sent})
        found.append(_ask(admin, ask, known, approved))
        admin.headers["X-CSRF-Token"] = right
    if (ask.method, ask.path) in ANYBODY:
        assert {answer.status_code for answer in found} <= {401, 404}
    else:
        assert {(answer.status_code, answer.json()["type"]) for answer in found} == {(403, "/problems/csrf")}


def _ask(client: httpx.Client, ask: Ask, known: str, approved: str) -> httpx.Response:
    new = str(uuid.uuid4())
    path = ask.path.format(new=new, known=known, approved=approved, bag="EM3F-B0DZ", number=999)
    files = parts(context_of(), clean()) if ask.sends else None
    files = [("photo", ("photo.jpg", clean()))] if ask.shows else files
    body = json.loads(json.dumps(ask.json).replace("{new}", new))
    if ask.json is REVIEW:
        # Each decides after the one before, knowingly; who may not look has nothing to name.
        body |= seen(client.get(f"/v1/inspections/{known}").json())
    return client.request(ask.method, path, json=body, files=files)


def test_the_table_has_every_route(shared_town: Town) -> None:
    documented = {
        (method.upper(), path.count("/"), path.split("/{")[0])
        for path, methods in create_app(shared_town.settings).openapi()["paths"].items()
        for method in methods
    }
    tabled = set()
    for ask in ASKS:
        path = (
            ask.path.split("?")[0]
            .replace(OWN, "{id}")
            .replace("disc", "{id}")
            .replace("tiny-1", "{id}")
            .replace("2026-11", "{id}")
        )
        path = path.replace("policies/1", "policies/{id}")
        tabled.add((ask.method, path.count("/"), path.split("/{")[0]))
    assert tabled == documented


def test_an_artisan_sees_nothing_of_another_workshop_in_any_list(town: Town) -> None:
    own = town.send(clean()).json()["id"]
    others = town.send(clean(1), who="other", microfactory=OTHER).json()["id"]
    client = town.client("artisan")
    assert [item["id"] for item in client.get("/v1/inspections").json()["items"]] == [own]
    assert [item["id"] for item in client.get("/v1/microfactories").json()["items"]] == [OWN]
    assert client.get(f"/v1/inspections?microfactory={OTHER}").status_code == 404
    # A stranger's UUID and one that nobody uses are answered alike.
    unknown, foreign = (client.get(f"/v1/inspections/{name}") for name in (uuid.uuid4(), others))
    assert {**unknown.json(), "instance": ""} == {**foreign.json(), "instance": ""}


def test_an_artisan_cannot_take_over_the_uuid_of_another_workshop(town: Town) -> None:
    name = town.send(clean(), who="other", microfactory=OTHER).json()["id"]
    response = town.send(clean(), name=name)
    assert response.status_code == 409
    assert OTHER not in response.text


def test_a_token_works_until_it_is_revoked_and_is_shown_once(town: Town) -> None:
    admin = town.client("admin")
    made = admin.post("/v1/tokens", json={"role": "artisan", "microfactory": OWN, "label": "phone 2"}).json()
    header = {"Authorization": f"Bearer {made['token']}"}
    me = httpx.get(f"{town.url}/v1/me", headers=header)
    assert me.json() == {
        "role": "artisan",
        "microfactory": OWN,
        "label": "phone 2",
        "zone": "Africa/Nairobi",
    }
    assert made["token"] not in admin.get("/v1/tokens").text
    assert admin.delete(f"/v1/tokens/{made['id']}").status_code == 204
    after = httpx.get(f"{town.url}/v1/me", headers=header)
    assert (after.status_code, after.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ub_wrong", "Basic YTpi", "ub_", "Bearer \u00e9\u00ff"])
def test_a_token_that_is_none_is_401(shared_town: Town, header: str) -> None:
    response = httpx.get(f"{shared_town.url}/v1/me", headers=[(b"Authorization", header.encode("latin-1"))])
    assert response.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"role": "artisan", "label": "no workshop"},
        {"role": "reviewer", "microfactory": OWN, "label": "one too many"},
        {"role": "king", "label": "x"},
        {"role": "admin", "label": ""},
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(shared_town: Town, body: dict[str, str]) -> None:
    assert shared_town.client("admin").post("/v1/tokens", json=body).status_code == 422


def test_no_token_is_kept_as_it_is(town: Town) -> None:
    kept = b"".join(path.read_bytes() for path in town.settings.data.glob("ledger.sqlite*"))
    assert [who for who, token in town.tokens.items() if token.encode() in kept] == []


def test_a_token_for_an_unknown_workshop_is_404(shared_town: Town) -> None:
    body = {"role": "artisan", "microfactory": "mf-nowhere", "label": "x"}
    assert shared_town.client("admin").post("/v1/tokens", json=body).status_code == 404
