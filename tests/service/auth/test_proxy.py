"""Behind a proxy: whose word counts for where a request came from, and what the operator is told of it."""

import re
from pathlib import Path

import httpx
import pytest

from tests import ROOT
from tests.parts.served import PASSWORD, Town, serve
from ubora.service.http.bodies import MAX_JSON_BYTES
from ubora.service.http.server import make_server
from ubora.service.serve import exposed
from ubora.service.settings import Settings, SettingsError

OPERATOR = (ROOT / "docs/guide/operator.md").read_text(encoding="utf-8")


def _guess(town: Town, address: str, **headers: str) -> int:
    """A wrong password from that address, as the sender or a proxy says."""
    body = {"name": "Wanjiku", "password": "not the one at all"}
    told = {"X-Forwarded-For": address, **headers}
    return town.client(None).post("/v1/session", json=body, headers=told).status_code


def _log_in(town: Town, **headers: str) -> httpx.Response:
    body = {"name": "Wanjiku", "password": PASSWORD}
    return town.client(None).post("/v1/session", json=body, headers=headers)


def test_nobody_escapes_the_throttle_by_saying_that_he_is_somebody_else(town: Town) -> None:
    guesses = [_guess(town, f"203.0.113.{number}") for number in range(11)]
    assert guesses == [401] * 10 + [429]


def test_a_named_proxy_is_believed_and_what_was_said_to_it_is_not(tmp_path: Path, releases: Path) -> None:
    with serve(tmp_path, releases, trusted_proxies="127.0.0.1, 192.0.2.0/24") as town:
        assert [_guess(town, f"203.0.113.{number}") for number in range(11)] == [401] * 11
        # The sender said the first address to the proxy, and that wrote behind it what it saw.
        behind = [_guess(town, f"198.51.100.{number}, 203.0.113.99") for number in range(11)]
        assert behind == [401] * 10 + [429]
        # A proxy before the proxy is named too, so the one before it is the sender.
        behind = [_guess(town, f"203.0.113.98, 192.0.2.{number}") for number in range(11)]
        assert behind == [401] * 10 + [429]


def test_the_log_tells_where_a_wrong_password_came_from(
    tmp_path: Path, releases: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ubora.service")
    with serve(tmp_path, releases, trusted_proxies="127.0.0.1") as town:
        _guess(town, "203.0.113.7")
    refused = [record for record in caplog.records if record.getMessage() == "log-in-refused"]
    assert [record.__dict__["facts"] for record in refused] == [{"why": "password", "address": "203.0.113.7"}]


def test_only_a_named_proxy_makes_a_request_one_that_came_encrypted(tmp_path: Path, releases: Path) -> None:
    https = {"X-Forwarded-Proto": "https"}
    with serve(tmp_path / "named", releases, trusted_proxies="127.0.0.0/8") as town:
        cookie = _log_in(town, **https).headers["set-cookie"]
        assert cookie.startswith("__Host-ubora=")
        assert "; Secure" in cookie
    with serve(tmp_path / "none", releases) as town:
        cookie = _log_in(town, **https).headers["set-cookie"]
        assert cookie.startswith("ubora=")


def test_a_proxy_is_known_however_a_socket_writes_its_address(tmp_path: Path) -> None:
    async def app(*_: object) -> None: ...

    settings = Settings(data=tmp_path, trusted_proxies=("10.0.0.5", "10.1.0.0/16", "2001:db8::1"))
    config = make_server(app, settings).config
    assert (config.proxy_headers, config.forwarded_allow_ips) == (
        True,
        [
            "10.0.0.5/32",
            "::ffff:a00:5/128",
            "10.1.0.0/16",
            "::ffff:a01:0/112",
            "2001:db8::1/128",
        ],
    )
    assert make_server(app, Settings(data=tmp_path)).config.proxy_headers is False


@pytest.mark.parametrize("wrong", ["localhost", "10.0.0.5/8", "*", "10.0.0.5;10.0.0.6", "1.2.3"])
def test_what_is_no_address_is_no_proxy(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"UBORA_TRUSTED_PROXIES: .*found"):
        Settings.from_environment({"UBORA_TRUSTED_PROXIES": wrong})


@pytest.mark.parametrize(
    ("host", "proxies", "warned"),
    [
        ("127.0.0.1", "", False),
        ("::1", "", False),
        ("localhost", "", False),
        ("0.0.0.0", "", True),
        ("::", "", True),
        ("192.0.2.7", "", True),
        ("hub.example", "", True),
        ("0.0.0.0", "192.0.2.1", False),
    ],
)
def test_a_service_that_others_reach_without_a_proxy_warns_in_one_line(
    host: str, proxies: str, warned: bool
) -> None:
    said = exposed(Settings(host=host, trusted_proxies=proxies))
    assert (said is not None) is warned
    assert "\n" not in (said or "")


def test_the_operator_is_told_of_settings_and_limits_as_they_are() -> None:
    settings = Settings()
    assert f"{MAX_JSON_BYTES:,} bytes" in OPERATOR
    named = {name.lower() for name in re.findall(r"UBORA_([A-Z_]+)", OPERATOR)}
    assert named <= set(Settings.model_fields)
    assert named >= {"trusted_proxies", "public_url", "max_connections", "header_seconds", "quiet_seconds"}
    for name, told in re.findall(r"`UBORA_([A-Z_]+)` \(([\d,.]+)\)", OPERATOR):
        assert float(told.replace(",", "")) == float(getattr(settings, name.lower())), name


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_proxy_as_it_is_shown_lets_through_what_the_service_takes(proxy: str) -> None:
    (shown,) = re.findall(rf"```{proxy}\n(.*?)```", OPERATOR, re.DOTALL)
    settings = Settings()
    megabytes = int(re.findall(r"(?:client_max_body_size|max_size) (\d+)(?:m|MB);?", shown)[0])
    assert megabytes * 1_000_000 >= settings.max_request_bytes
    patience = [
        int(seconds)
        for seconds in re.findall(r"(?:proxy_read_timeout|response_header_timeout) (\d+)s", shown)
    ]
    assert min(patience) >= 60
    assert f"127.0.0.1:{settings.port}" in shown
