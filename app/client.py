"""Where a request comes from."""

import ipaddress
import re

from flask import request

FORWARDED = ["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"]  # which proxies send
NETWORK_LENGTHS = (8, 7, 6)  # bytes of an IPv6 address: /64, /56, /48
WITH_PORT = re.compile(r"(?P<v4>[\d.]+):\d+|\[(?P<v6>[^]]+)](:\d+)?")


def client_address() -> str:
    """Return the IP address that a request came from, without a port, or `unknown`.

    There is none behind a socket file without proxies, and a proxy may write what it likes.
    """
    return address_of(request.remote_addr or "")


def address_of(text: str) -> str:
    """Return the IP address in what a server or a proxy says, or `unknown`."""
    return str(_parse(text) or "unknown")


def is_from_this_machine() -> bool:
    """Return whether a request was sent here, and not handed on by a proxy from elsewhere."""
    address = client_address()
    is_here = address != "unknown" and ipaddress.ip_address(address).is_loopback
    return is_here and not any(name in request.headers for name in FORWARDED)


def client_agent() -> str:
    """Return what the browser, or the program, that sends a request calls itself."""
    return request.user_agent.string


def client_network() -> str:
    """Return the address that a request came from, or, of IPv6, the network that one house has."""
    return client_networks()[0]


def client_networks() -> list[str]:
    """Return the networks that a request came from, the narrowest first, to compare by."""
    return networks_of(client_address())


def networks_of(text: str) -> list[str]:
    """Return the networks of an address, the narrowest first, to compare by.

    Of IPv6, that is the network of one house, and those two that whoever rents a network, or a
    tunnel, may have all of; of IPv4, and of what is no address, it is alone.
    """
    address = _parse(text)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, ipaddress.IPv6Address):
        return [address.packed[:length].hex() for length in NETWORK_LENGTHS]
    return [str(address or text)]


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if found := WITH_PORT.fullmatch(text):
        text = found["v4"] or found["v6"]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
