"""The running site, for the first page of the administration."""

import tomllib
from functools import cache
from typing import Any

from flask import current_app

from app.extensions import db
from app.watching import watching
from app.watching.recent import MINUTES, Recent
from app.watching.revision import is_behind, read_revision
from settings import BASEDIR


@watching.app_template_global("running_site")
def describe_site() -> dict[str, Any]:
    """Return what runs, on what, and how it does: of requests and queries, in this process."""
    recent: Recent = current_app.extensions["recent_requests"]
    dialect, revision = db.engine.dialect, read_revision()
    version = ".".join(map(str, getattr(dialect, "server_version_info", None) or ()))
    return {
        "version": read_version(),
        "revision": revision,
        "is_behind": is_behind(revision),
        "database": f"{dialect.name} {version}".strip(),
        "minutes": MINUTES,
        "recent": recent.get_figures(),
        "slow_queries": list(current_app.extensions["slow_queries"])[::-1],
    }


@cache
def read_version() -> str:
    """Return Flasky's version, as pyproject.toml says it, or nothing where that was left out."""
    try:
        with (BASEDIR / "pyproject.toml").open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])
    except OSError:
        return ""
