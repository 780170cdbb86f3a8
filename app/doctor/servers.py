"""PostgreSQL and MariaDB: what the server is, and how it is reached."""

import ipaddress
import time
from contextlib import suppress

from sqlalchemy import text

from app.doctor.checks import Finding, check, fail, ok, warn
from app.doctor.database import IT_ANSWERS
from app.extensions import db
from safe_schema.dialects import is_mariadb

# The oldest versions that docs/migrations.md promises, and the oldest PostgreSQL that is supported.
OLDEST = {"postgresql": (14,), "mariadb": (10, 6), "mysql": (8, 0)}
SECONDS_APART, FAR_APART = 2, 30  # of two clocks; a code of an app holds for 30

NOW = {"postgresql": "extract(epoch from clock_timestamp())", "mysql": "unix_timestamp(now(6))"}
CIPHER = {
    "postgresql": "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl",
    "mysql": "SELECT variable_value FROM information_schema.session_status "
    "WHERE variable_name = 'ssl_cipher'",
}
CHARACTERS = {
    "postgresql": "SHOW server_encoding",
    "mysql": "SELECT default_character_set_name FROM information_schema.schemata "
    "WHERE schema_name = DATABASE()",
}
WANTED = {"postgresql": "UTF8", "mysql": "utf8mb4"}


def get_kind() -> str | None:
    """Return what speaks its SQL, or None for SQLite."""
    if is_mariadb(db.engine.dialect):
        return "mysql"
    return "postgresql" if db.engine.dialect.name == "postgresql" else None


def ask(question: str) -> object:
    """Return what the database answers."""
    with db.engine.connect() as connection:
        return connection.scalar(text(question))


@check("F030", needs=[IT_ANSWERS])
def is_new_enough() -> Finding | None:
    """Compare the server's version with those that Flasky is tested on."""
    kind = get_kind()
    if kind is None:
        return None
    with db.engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
        is_mysql = kind == "mysql" and not getattr(connection.dialect, "is_mariadb", False)
    name = "mysql" if is_mysql else {"mysql": "mariadb"}.get(kind, kind)
    shown = f"{name} {'.'.join(map(str, version[:3]))}"
    if version < OLDEST[name]:
        oldest = ".".join(map(str, OLDEST[name]))
        return fail(f"the server is {shown}", f"it has to be {oldest} or newer")
    return ok(f"the server is {shown}")


@check("F031", needs=[IT_ANSWERS])
def holds_all_characters() -> Finding | None:
    """Look at the character set in which new tables are made."""
    kind = get_kind()
    if kind is None:
        return None
    found = ask(CHARACTERS[kind])
    if found == WANTED[kind]:
        return ok(f"the database holds all characters ({found})")
    if kind == "mysql":
        name = db.engine.url.database
        return warn(
            f"the character set of the database is {found}; tables of your own would get it",
            f"run in it: ALTER DATABASE `{name}` CHARACTER SET utf8mb4",
        )
    return fail(f"the database holds {found} alone", "make one with ENCODING 'UTF8', and move")


@check("F032", needs=[IT_ANSWERS])
def is_encrypted_on_its_way() -> Finding | None:
    """Look whether somebody on the network could read along."""
    kind, host = get_kind(), db.engine.url.host
    if kind is None:
        return None
    if is_local(host):
        return ok("the database is on this machine")
    if cipher := ask(CIPHER[kind]):
        return ok(f"the connection to the database is encrypted ({cipher})")
    option = "sslmode=verify-full" if kind == "postgresql" else "ssl_verify_cert=true&ssl_ca=FILE"
    seen = f"what goes to the database on {host} is not encrypted"
    return fail(seen, f"add ?{option} to DATABASE_URL")


def is_local(host: str | None) -> bool:
    """Return whether that is this machine, as far as its name says."""
    if host in {None, "", "localhost"}:
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(str(host)).is_loopback
    return str(host).startswith("/")  # the folder of a socket


@check("F033", needs=[IT_ANSWERS])
def its_clock_is_right() -> Finding | None:
    """Compare the clock of the server with this machine's."""
    kind = get_kind()
    if kind is None:
        return None
    before = time.time()
    there = float(str(ask(f"SELECT {NOW[kind]}")))
    return compare_clocks("the database", there, before, time.time())


def compare_clocks(
    whose: str, there: float, before: float, after: float, precision: float = 0
) -> Finding:
    """Compare a clock, which was asked between two moments here, with this machine's."""
    apart = max(before - precision - there, there - after, 0.0)
    seen = f"the clock of {whose} and this one are {apart:.1f} s apart"
    if apart > FAR_APART:
        return fail(seen, "set both by NTP: codes of apps and links are refused")
    if apart > SECONDS_APART:
        return warn(seen, "set both by NTP")
    return ok(seen)
