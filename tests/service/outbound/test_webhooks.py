"""Webhooks: added, signed as a second reader verifies, tried again, dead, re-keyed, and never sent by two."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.parts.clocks import SteppedClock
from tests.parts.served import Town, serve
from tests.service.outbound.receiving import Received, authority, receiver
from ubora.service.outbound.loop import send_due
from ubora.service.outbound.outbox import AGAIN, claim, enqueue
from ubora.service.outbound.signing import new_secret, signed


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def town(tmp_path: Path, releases: Path, clock: SteppedClock) -> Iterator[Town]:
    """Sends nothing by itself: each test says when."""
    more: dict[str, Any] = {"webhooks_http": True, "webhooks_private": True, "delivery_seconds": 3600.0}
    with serve(tmp_path, releases, clock=clock, **more) as running:
        yield running


@pytest.fixture
def received() -> Iterator[Received]:
    with receiver() as running:
        yield running


def added(town: Town, url: str) -> dict[str, Any]:
    answer = town.client("admin").post("/v1/webhooks", json={"label": "shop", "url": url})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def tried(town: Town, webhook: str) -> int:
    """A test is asked for, and all that is due is sent."""
    town.client("admin").post(f"/v1/webhooks/{webhook}/test")
    return asyncio.run(send_due(town.state))


def deliveries(town: Town, receiver: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        town.client("admin").get("/v1/deliveries", params={"receiver": receiver}).json()["items"]
    )
    return items


def test_a_signature_is_what_the_standard_says() -> None:
    """The example of the specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_verified_by_its_receiver(town: Town, received: Received) -> None:
    made = added(town, received.url)
    assert tried(town, made["id"]) == 1
    ((headers, body),) = received.messages
    told = Webhook(made["secret"]).verify(body, headers)
    assert (told["type"], told["data"]) == ("webhook.test", {"label": "shop"})
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    (one,) = deliveries(town, made["id"])
    assert (one["id"], one["state"], one["tries"], one["status"]) == (
        headers["webhook-id"],
        "delivered",
        1,
        204,
    )
    assert town.client("admin").get("/v1/webhooks").json()["items"][0]["last_at"] is not None


def test_a_secret_is_shown_once_and_a_new_one_signs_beside_the_old_one_for_a_day(
    town: Town, clock: SteppedClock, received: Received
) -> None:
    made = added(town, received.url)
    client = town.client("admin")
    assert made["secret"] not in client.get("/v1/webhooks").text
    renewed = client.post(f"/v1/webhooks/{made['id']}/secret").json()
    tried(town, made["id"])
    headers, body = received.messages[-1]
    for secret in (made["secret"], renewed["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    clock.ahead = timedelta(days=1, minutes=1)
    tried(town, made["id"])
    headers, body = received.messages[-1]
    Webhook(renewed["secret"]).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(body, headers)
    actions = [one["action"] for one in client.get("/v1/audit").json()["items"]]
    assert actions[:2] == ["webhook-secret", "webhook-added"]


def test_a_receiver_that_fails_is_tried_again_later_under_the_same_id(
    town: Town, clock: SteppedClock, received: Received
) -> None:
    received.answers = [500, 302, 204]
    made = added(town, received.url)
    tried(town, made["id"])
    assert asyncio.run(send_due(town.state)) == 0
    (one,) = deliveries(town, made["id"])
    assert (one["state"], one["status"], one["fault"]) == ("waiting", 500, "refused")
    for wait in AGAIN[:2]:
        clock.ahead += wait + timedelta(seconds=1)
        assert asyncio.run(send_due(town.state)) == 1
    (one,) = deliveries(town, made["id"])
    # Where it is sent elsewhere (302) nobody follows.
    assert (one["state"], one["tries"], len(received.messages)) == ("delivered", 3, 3)
    assert len({headers["webhook-id"] for headers, _ in received.messages}) == 1


def test_a_message_that_is_never_had_is_dead_after_days_and_may_be_sent_again(
    town: Town, clock: SteppedClock, received: Received
) -> None:
    received.answers = [500] * (len(AGAIN) + 1)
    made = added(town, received.url)
    tried(town, made["id"])
    for wait in AGAIN:
        clock.ahead += wait + timedelta(seconds=1)
        asyncio.run(send_due(town.state))
    (one,) = deliveries(town, made["id"])
    assert (one["state"], one["tries"]) == ("dead", len(AGAIN) + 1)
    assert town.client("admin").get("/v1/webhooks").json()["items"][0]["dead"] == 1
    assert town.client("admin").post(f"/v1/deliveries/{one['id']}/again").status_code == 200
    asyncio.run(send_due(town.state))
    assert deliveries(town, made["id"])[0]["state"] == "delivered"
    assert town.client("admin").post(f"/v1/deliveries/{one['id']}/again").status_code == 409


@pytest.mark.parametrize(
    ("status", "expected"), [(410, ("dead", 410, "gone")), (400, ("waiting", 400, "refused"))]
)
def test_who_says_that_nobody_is_there_any_more_is_believed(
    town: Town, received: Received, status: int, expected: tuple[str, int, str]
) -> None:
    received.answers = [status]
    made = added(town, received.url)
    tried(town, made["id"])
    (one,) = deliveries(town, made["id"])
    assert (one["state"], one["status"], one["fault"]) == expected


def test_a_removed_webhook_is_told_nothing_more_and_keeps_no_secret(town: Town, received: Received) -> None:
    made = added(town, received.url)
    client = town.client("admin")
    client.post(f"/v1/webhooks/{made['id']}/test")
    assert client.delete(f"/v1/webhooks/{made['id']}").status_code == 204
    assert asyncio.run(send_due(town.state)) == 0
    (one,) = deliveries(town, made["id"])
    assert (one["state"], one["fault"], received.messages) == ("dead", "removed", [])
    assert client.post(f"/v1/webhooks/{made['id']}/test").status_code == 404
    assert client.get("/v1/webhooks").json()["items"] == []
    with town.state.ledger.write() as session:
        enqueue(session, "alert.raised", {})
    assert len(deliveries(town, made["id"])) == 1


def test_of_two_services_one_has_a_message_until_its_claim_ends(town: Town, received: Received) -> None:
    added(town, received.url)
    with town.state.ledger.write() as session:
        enqueue(session, "alert.raised", {"id": "1"})
    at = town.state.ledger.clock()
    with town.state.ledger.write() as session:
        first = claim(session, at, 8)
    with town.state.ledger.write() as session:
        second = claim(session, at + timedelta(seconds=60), 8)
    with town.state.ledger.write() as session:
        third = claim(session, at + timedelta(minutes=4), 8)
    assert ([len(one) for one in (first, second, third)], first[0].id) == ([1, 0, 1], third[0].id)


def test_https_is_believed_by_its_certificate_alone(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    believed, context = authority(tmp_path)
    with receiver(context) as received:
        made = added(town, received.url)
        tried(town, made["id"])
        assert deliveries(town, made["id"])[0]["fault"] == "no-encryption"
        monkeypatch.setenv("SSL_CERT_FILE", str(believed))
        tried(town, made["id"])
        assert deliveries(town, made["id"])[0]["state"] == "delivered"
        assert json.loads(received.messages[0][1])["type"] == "webhook.test"


def test_nobody_there_is_a_fault_and_no_error(town: Town) -> None:
    made = added(town, "http://localhost:9/")
    tried(town, made["id"])
    assert deliveries(town, made["id"])[0]["fault"] == "no-connection"


def test_an_address_that_is_not_called_is_refused_when_it_is_added(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases) as strict:
        client = strict.client("admin")
        answers: list[httpx.Response] = [
            client.post("/v1/webhooks", json={"label": "x", "url": url})
            for url in ("http://hooks.example/", "https://127.0.0.1/", "https://[fd00::1]/")
        ]
        assert {(one.status_code, one.json()["type"]) for one in answers} == {(422, "/problems/bad-address")}
        # A name is looked up when it is called: it may stand for another address by then.
        made = client.post("/v1/webhooks", json={"label": "x", "url": "https://localhost/"}).json()
        tried(strict, made["id"])
        assert deliveries(strict, made["id"])[0]["fault"] == "not-allowed"
