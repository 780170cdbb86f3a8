"""Where a request comes from."""

import ipaddress
import re

from flask import request

FORWARDED = ["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"]  # which proxies send
WITH_PORT = re.compile(r"(?P<v4>[\d.]+):\d+|\[(?P<v6>[^]]+)](:\d+)?")


def client_address() -> str:
    """Return the IP address that a request came from, without a port, or `unknown`.

    There is none behind a socket file without proxies, and a proxy may write what it likes.
    """
    address = request.remote_addr or ""
    if found := WITH_PORT.fullmatch(address):
        address = found["v4"] or found["v6"]
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return "unknown"


def is_from_this_machine() -> bool:
    """Return whether a request was sent here, and not handed on by a proxy from elsewhere."""
    address = client_address()
    is_here = address != "unknown" and ipaddress.ip_address(address).is_loopback
    return is_here and not any(name in request.headers for name in FORWARDED)


def client_network() -> str:
    """Return the address that a request came from, or, of IPv6, the network that one house has."""
    address = client_address()
    if ":" not in address:
        return address
    parsed = ipaddress.IPv6Address(address)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
