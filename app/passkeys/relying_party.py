"""What browsers know this site by, as the standard calls it: the relying party.

A passkey belongs to one host name, and opens nothing elsewhere, whatever a forged page looks like.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app

DEFAULT_PORTS = {"http": 80, "https": 443}


def get_id() -> str:
    """Return the host name that passkeys are bound to: PUBLIC_URL's.

    An address of numbers cannot be one. On a developer's machine, `localhost` is the name.
    """
    host = urlsplit(current_app.config["PUBLIC_URL"]).hostname or ""
    return "localhost" if _is_this_machine(host) else host


def get_origin() -> str:
    """Return the address of the pages that may ask for a passkey, as a browser writes it."""
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    is_default = parts.port in {None, DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{get_id()}{'' if is_default else f':{parts.port}'}"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
