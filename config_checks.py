"""What follows from settings, and which of them do not go together.

Whatever a function refuses is a `ConfigError`, which says what to write instead.
"""

import os
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url
from werkzeug.sansio.utils import host_is_trusted

from settings import BASEDIR, ConfigError

SHORTEST_SECRET_KEY = 16  # characters

# The names that only this machine's own browsers call it by.
LOCAL_HOSTS = [".localhost", "127.0.0.1"]

Settings = dict[str, Any]


def use_secret_key_file(settings: Settings) -> None:
    """Take the secret key from a file, if the settings name one."""
    if settings["SECRET_KEY_FILE"]:
        if settings["SECRET_KEY"]:
            raise ConfigError("SECRET_KEY and SECRET_KEY_FILE are both set; keep one of them")
        settings["SECRET_KEY"] = read_key_file(settings["SECRET_KEY_FILE"])


def choose_mail_encryption(settings: Settings) -> None:
    """Let MAIL_USE_SSL replace MAIL_USE_TLS, which is the default."""
    if settings["MAIL_USE_SSL"]:
        if os.environ.get("MAIL_USE_TLS") and settings["MAIL_USE_TLS"]:
            raise ConfigError("MAIL_USE_SSL and MAIL_USE_TLS are both true; keep one of them")
        settings["MAIL_USE_TLS"] = False


def check_mail_login(settings: Settings) -> None:
    """Require a user name and a password for the mail server, or neither."""
    if bool(settings["MAIL_USERNAME"]) != bool(settings["MAIL_PASSWORD"]):
        raise ConfigError("Only one of MAIL_USERNAME and MAIL_PASSWORD is set; write both, or none")


def choose_log_format() -> str:
    """Return how the log of a site is written: for people at a terminal, or for programs."""
    return "text" if sys.stderr.isatty() else "json"


def settle_public_url(settings: Settings) -> None:
    """Find out where the site is, unless PUBLIC_URL says so; it has to answer to that name."""
    hosts = settings["TRUSTED_HOSTS"]
    host = urlsplit(settings["PUBLIC_URL"] or "").hostname
    if not host:
        local = f"http://127.0.0.1:{os.environ.get('FLASK_RUN_PORT') or 5000}"
        settings["PUBLIC_URL"] = f"https://{hosts[0].removeprefix('.')}" if hosts else local
    elif hosts and not host_is_trusted(host, hosts):
        raise ConfigError(f"PUBLIC_URL: {host!r} is not one of TRUSTED_HOSTS; write the same name")


def trust_this_machine(settings: Settings) -> None:
    """Answer to the names of a developer's machine, too."""
    own_hosts = [*LOCAL_HOSTS, urlsplit(settings["PUBLIC_URL"]).hostname]
    settings["TRUSTED_HOSTS"] = [*own_hosts, *(settings["TRUSTED_HOSTS"] or [])]


def refuse_settings_of_a_site(settings: Settings) -> None:
    """Refuse to run a site, whose FLASK_CONFIG somebody forgot, as development."""
    host = make_url(settings["SQLALCHEMY_DATABASE_URI"]).host
    if settings["TRUSTED_PROXIES"]:
        sign = "TRUSTED_PROXIES is set"
    elif host and not host_is_trusted(host, LOCAL_HOSTS):
        sign = f"the database is on {host}"
    else:
        return
    raise ConfigError(
        f"FLASK_CONFIG is development, and {sign}, as for a site; write FLASK_CONFIG=production"
    )


def warn_of_a_site(settings: Settings) -> None:
    """Say on standard error that this is no site, where one may be meant and nobody chose."""
    if os.environ.get("FLASK_CONFIG"):
        return
    if os.environ.get("DATABASE_URL"):
        sign = "DATABASE_URL is set, as for a site"
    elif (BASEDIR / "data.sqlite").exists():
        sign = "the database of a site, data.sqlite, is here"
    else:
        return
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    print(  # noqa: T201
        f"FLASK_CONFIG is not set, so this is development, on {url}; {sign}. "
        "For the site, write FLASK_CONFIG=production, best into .env.",
        file=sys.stderr,
    )


def is_development_server() -> bool:
    """Return whether this is a `flask` command or `make run`, and not another server's process."""
    return "true" in {os.environ.get("FLASK_RUN_FROM_CLI"), os.environ.get("FLASKY_MAKE_RUN")}


def require_secret_key(settings: Settings) -> None:
    """Require a secret key that nobody guesses."""
    secret_key = settings["SECRET_KEY"] or ""
    if len(secret_key) < SHORTEST_SECRET_KEY:
        name = "SECRET_KEY_FILE" if settings["SECRET_KEY_FILE"] else "SECRET_KEY"
        short = f"has fewer than {SHORTEST_SECRET_KEY} characters"
        raise ConfigError(
            f"{name} {short if secret_key else 'is not set'}; make a key with: "
            "python -c 'import secrets; print(secrets.token_hex())'"
        )


def require_https(settings: Settings) -> None:
    """Require an address over https, without which no browser sends the cookies."""
    if not settings["PUBLIC_URL"].startswith("https://"):
        raise ConfigError("PUBLIC_URL: the site is used over https only; write https://")


def require(variable: str, meaning: str, example: str) -> None:
    """Require that a variable is set."""
    if not os.environ.get(variable):
        raise ConfigError(f"{variable} is not set; write {meaning}, as in {variable}={example}")


def read_key_file(path: Path) -> str:
    """Return the secret key that a file holds. Raise ConfigError if there is none."""
    try:
        secret_key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise ConfigError(f"the secret key in {path} cannot be read: {reason}") from None
    if not secret_key:
        raise ConfigError(f"the secret key in {path} is empty; remove the file, or write a key")
    return secret_key


def load_local_key(path: Path) -> str:
    """Return the key in that file; make the file if there is none."""
    try:
        if not path.exists():
            make_key_file(path)
    except OSError as error:
        reason = f"{path} cannot be made: {error.strerror}"
        raise ConfigError(f"SECRET_KEY is not set, and {reason}") from None
    return read_key_file(path)


def make_key_file(path: Path) -> None:
    """Write a new key into a file for its owner's eyes only.

    Several processes may start at once: the file appears whole under its name, and only once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder, path.name)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was faster
        except OSError:
            draft.replace(path)  # on a file system without links
