"""Which addresses are called: the public internet's, unless the operator says otherwise."""

import asyncio
from ipaddress import ip_address

import pytest

from ubora.service.outbound.addresses import (
    AddressError,
    UnknownHostError,
    check_url,
    may_be_called,
    resolved,
)
from ubora.service.settings import Settings

USUAL, PRIVATE = Settings(), Settings(webhooks_private=True)
OPEN = Settings(webhooks_private=True, webhooks_http=True)


@pytest.mark.parametrize("url", ["https://hooks.example/ubora", "https://93.184.215.14:8443/a?b=c"])
def test_a_public_address_with_encryption_is_taken(url: str) -> None:
    check_url(url, USUAL)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "hooks.example",
        "https://",
        "https://user:secret@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://hooks.example/" + "a" * 1000,
    ],
)
def test_any_other_is_refused(url: str) -> None:
    with pytest.raises(AddressError, match="expected"):
        check_url(url, USUAL)


@pytest.mark.parametrize(
    ("address", "usual", "private"),
    [
        ("93.184.215.14", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.1.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("2002:7f00:1::", False, True),
        ("64:ff9b::a00:1", False, True),
        # Where clouds keep their keys, and what is nobody's.
        ("169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("100.64.0.1", False, False),
    ],
)
def test_an_address_is_looked_at_for_where_it_leads(address: str, usual: bool, private: bool) -> None:
    found = ip_address(address)
    assert (may_be_called(found, USUAL), may_be_called(found, PRIVATE)) == (usual, private)


def test_a_name_that_stands_for_this_machine_is_called_only_where_that_is_set() -> None:
    with pytest.raises(AddressError, match="public internet"):
        asyncio.run(resolved("localhost", 443, USUAL))
    assert ip_address(asyncio.run(resolved("localhost", 443, OPEN))).is_loopback
    with pytest.raises(UnknownHostError):
        asyncio.run(resolved("no-such-host.invalid", 443, OPEN))
