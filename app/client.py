"""Where a request comes from."""

import ipaddress
import re

from flask import request

PREFIX_LENGTHS = (64, 56, 48)  # bits of an IPv6 address that are the network's
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


def client_network() -> str:
    """Return the address that a request came from, or, of IPv6, the network that one house has."""
    return client_networks()[0]


def client_networks() -> list[str]:
    """Return the networks that a request came from, the narrowest first.

    Of IPv6, that is the network of one house, and those two that whoever rents a network, or a
    tunnel, may have all of; of IPv4, the address alone.
    """
    address = client_address()
    if ":" not in address:
        return [address]
    parsed = ipaddress.IPv6Address(address)
    if parsed.ipv4_mapped:
        return [str(parsed.ipv4_mapped)]
    return [str(ipaddress.ip_network((parsed, length), strict=False)) for length in PREFIX_LENGTHS]
