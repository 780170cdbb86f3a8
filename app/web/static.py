"""Addresses of static files that change with their content, so that browsers may keep them."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, request

SECONDS_IN_A_YEAR = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    """Let browsers keep what they got."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = SECONDS_IN_A_YEAR


def static_url(filename: str, blueprint: str | None = None) -> str:
    """Return the address of a file in the static folder of the site, or of a blueprint.

    Raises FileNotFoundError if there is none: a page must not link to nothing.
    """
    find = _versioned_path.__wrapped__ if current_app.debug else _versioned_path
    return request.script_root + find(blueprint, filename)


@cache
def _versioned_path(blueprint: str | None, filename: str) -> str:
    owner = current_app.blueprints[blueprint] if blueprint else current_app
    content = Path(str(owner.static_folder), filename).read_bytes()
    endpoint = f"{blueprint}.static" if blueprint else "static"
    path = current_app.url_map.bind("localhost").build(endpoint, {"filename": filename})
    return f"{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
