"""Where a request comes from."""

import ipaddress
import re

from flask import request

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


def client_agent() -> str:
    """Return what the browser, or the program, that sends a request calls itself."""
    return request.user_agent.string


def client_network() -> str:
    """Return the address that a request came from, or, of IPv6, the network that one house has."""
    return network_of(client_address())


def network_of(address: str) -> str:
    """Return an address, or, of IPv6, the network that one house has."""
    if ":" not in address:
        return address
    parsed = ipaddress.IPv6Address(address)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
