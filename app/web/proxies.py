"""What the proxies before Flasky say about a request."""

import ipaddress
import re

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

WITH_PORT = re.compile(r"(?P<v4>[\d.]+):\d+|\[(?P<v6>[^]]+)](:\d+)?")


def init_app(app: Flask) -> None:
    """Believe as many proxies as TRUSTED_PROXIES says, and nobody else."""
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0
        )


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
