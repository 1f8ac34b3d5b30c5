"""Mail: over TLS to a real server, or not at all; and what an alert tells by mail and webhook."""

import asyncio
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.served import OWN, Town, serve
from tests.service.alerts.making import count_workshop
from tests.service.numbers.making import NOW, make_work
from tests.service.outbound.receiving import Mailbox, authority, mail_server, receiver
from ubora.service.alerts.loop import look
from ubora.service.outbound.loop import send_due
from ubora.service.settings import Settings, SettingsError


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    believed, context = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(believed))
    with mail_server(context) as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, releases: Path, box: Mailbox) -> Iterator[Town]:
    with serve(tmp_path, releases, clock=lambda: NOW, **mailed(box.port)) as running:
        yield running


def mailed(port: int, password: str = "br%40ss") -> dict[str, Any]:
    return {
        "smtp_url": f"smtp://Ubora:{password}@localhost:{port}",
        "mail_from": "ubora@hub.example",
        "mail_to": ("njeri@hub.example", "otieno@hub.example"),
        "public_url": "https://ubora.example",
        "delivery_seconds": 3600.0,
        "webhooks_http": True,
        "webhooks_private": True,
    }


def test_a_test_mail_goes_to_everybody_who_is_set(town: Town, box: Mailbox) -> None:
    client = town.client("admin")
    assert client.post("/v1/mail/test").json()["to"] == ["njeri@hub.example", "otieno@hub.example"]
    assert asyncio.run(send_due(town.state)) == 1
    ((to, content),) = box.mails
    mail = email.message_from_bytes(content, policy=email.policy.default)
    (one,) = client.get("/v1/deliveries", params={"receiver": "mail"}).json()["items"]
    assert (to, mail["Subject"], one["state"]) == (
        ["njeri@hub.example", "otieno@hub.example"],
        "Ubora: test",
        "delivered",
    )
    assert mail["Message-ID"] == f"<{one['id']}@hub.example>"


def test_what_changed_is_one_mail_and_one_message_in_both_languages(town: Town, box: Mailbox) -> None:
    with receiver() as received:
        town.client("admin").post("/v1/webhooks", json={"label": "shop", "url": received.url})
        with town.state.ledger.write() as session:
            make_work(session)
            for ago in range(20, 0, -1):
                count_workshop(session, OWN, ago, 4 if ago < 6 else 8, 8)
        look(town.state)
        assert asyncio.run(send_due(town.state)) == 2
        told = json.loads(received.messages[0][1])
    (alert,) = town.client("reviewer").get("/v1/alerts").json()["items"]
    assert (told["type"], told["data"]["id"], told["data"]["text"]) == (
        "alert.raised",
        alert["id"],
        alert["text"],
    )
    assert told["data"]["console"] == f"https://ubora.example/console/#alerts/{alert['id']}"
    mail = email.message_from_bytes(box.mails[0][1], policy=email.policy.default)
    text = str(mail.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    assert mail["Subject"] == "Ubora: 1 × alert / tahadhari"
    assert [alert["text"][one] in text for one in ("en", "sw")] == [True, True]


def test_a_wrong_password_and_a_server_without_encryption_are_faults(
    tmp_path: Path, releases: Path, box: Mailbox
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    _, context = authority(other)
    with mail_server(context, tls=False) as bare:
        for port, password, fault in (
            (box.port, "wrong", "refused"),
            (bare.port, "br%40ss", "no-encryption"),
        ):
            folder = tmp_path / fault
            folder.mkdir()
            with serve(folder, releases, **mailed(port, password)) as running:
                client = running.client("admin")
                client.post("/v1/mail/test")
                asyncio.run(send_due(running.state))
                (one,) = client.get("/v1/deliveries", params={"receiver": "mail"}).json()["items"]
                assert (one["state"], one["fault"]) == ("waiting", fault)
        assert bare.mails == []


def test_without_mail_nothing_is_mailed_and_half_of_its_settings_are_none(
    tmp_path: Path, releases: Path
) -> None:
    with serve(tmp_path, releases) as running:
        client = running.client("admin")
        assert client.get("/v1/mail").json() == {"set": False, "to": []}
        assert client.post("/v1/mail/test").status_code == 409
    with pytest.raises(SettingsError, match=r"UBORA_MAIL_TO: .*expected mail_from and mail_to"):
        Settings.from_environment({"UBORA_SMTP_URL": "smtps://mail.example"})
    found = Settings.from_environment(
        {
            "UBORA_SMTP_URL": "smtps://mail.example",
            "UBORA_MAIL_FROM": "a@b.example",
            "UBORA_MAIL_TO": "c@d.example, e@f.example",
        }
    )
    assert found.mail_to == ("c@d.example", "e@f.example")
