"""Which addresses the service may call: whoever may add one must not reach what only this machine can.

check_url("https://hooks.example/ubora", settings)         # its form; what it stands for is asked when sent
where = await resolved("hooks.example", 443, settings)     # an IP address that may be called

A name is asked for anew with each message, and the message goes to the very address that was looked at: a
name that stands for another address a moment later leads nowhere else. Redirects are not followed.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from ubora.service.settings import Settings

MOST_CHARACTERS = 1000
_WRAPS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""IPv6 addresses whose last 32 bits are an IPv4 address: NAT64, and the old compatible ones."""


class AddressError(ValueError):
    """An address that is not called: what was found, and what was expected."""


class UnknownHostError(AddressError):
    """A name that stands for no address now."""


def check_url(url: str, settings: Settings) -> None:
    """
    Raises:
        AddressError: no URL of a web server, without encryption, with a password in it, or too long.
    """
    schemes = ("https", "http") if settings.webhooks_http else ("https",)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError(f"{url[:80]!r}, expected an address such as https://example.org/ubora") from None
    if parts.scheme not in schemes or not host or port == 0:
        raise AddressError(f"{url[:80]!r}, expected an address that begins with {' or '.join(schemes)}://")
    if len(url) > MOST_CHARACTERS or not url.isascii() or any(one.isspace() for one in url):
        raise AddressError(
            f"an address of {len(url)} characters, expected {MOST_CHARACTERS} plain ones at most"
        )
    if "@" in parts.netloc or parts.fragment:
        raise AddressError("an address with a user or a fragment, expected neither: the message is signed")
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not may_be_called(literal, settings):
        raise AddressError(f"{host}, expected an address of the public internet")


def may_be_called(address: IPv4Address | IPv6Address, settings: Settings) -> bool:
    """Public ones; with `webhooks_private` also this machine's and a private network's, but never link-local
    ones, where clouds keep their keys."""
    network = _within(address)
    if network.is_multicast or network.is_unspecified or network.is_link_local:
        return False
    if network.is_global:
        return True
    return settings.webhooks_private and (network.is_private or network.is_loopback)


async def resolved(host: str, port: int, settings: Settings) -> str:
    """The first address that a host stands for.

    Raises:
        UnknownHostError: for none.
        AddressError: for one that may not be called: then none of it is.
    """
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHostError(f"{host}: no such host") from None
    addresses = [str(one[4][0]) for one in infos]
    for one in addresses:
        if not may_be_called(ip_address(one.partition("%")[0]), settings):
            raise AddressError(f"{host} stands for {one}, expected an address of the public internet")
    return addresses[0]


def _within(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """What an IPv6 address leads to that only wraps an IPv4 one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if not address.is_loopback and any(address in one for one in _WRAPS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
