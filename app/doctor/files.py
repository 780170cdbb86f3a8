"""Who may read the files that hold secrets."""

import stat
from pathlib import Path

from flask import current_app

from app.doctor.checks import Finding, check, fail, ok
from settings import BASEDIR

OTHERS = stat.S_IRWXO  # besides its owner and the group


def show_mode(path: Path) -> str:
    """Return a file's rights, as chmod takes them."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


def look_at(path: Path, what: str) -> Finding:
    """Tell whether everybody on this machine may read, or change, a file."""
    if path.stat().st_mode & OTHERS:
        seen = f"everybody on this machine may read {what} {path} ({show_mode(path)})"
        return fail(seen, f"run: chmod o= {path}; if others use the machine, change what is in it")
    return ok(f"{what} {path} is not for everybody ({show_mode(path)})")


@check("F012", needs=())
def environment_file_is_private() -> Finding | None:
    """Look at .env, if there is one."""
    path = BASEDIR / ".env"
    return look_at(path, "the settings in") if path.exists() else None


@check("F013")
def key_file_is_private() -> Finding | None:
    """Look at the file of the secret key, or the one that development has made."""
    path = current_app.config["SECRET_KEY_FILE"]
    if path is None and current_app.config["CONFIGURATION"] == "development":
        path = Path(current_app.instance_path, "secret_key")
    return look_at(path, "the secret key in") if path and path.exists() else None
