"""How a setting is read from its environment variable, typed and checked.

A text that has no meaning is a `ConfigError`, which names the variable and says what to write.
"""

import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from dotenv import load_dotenv
from email_validator import SPECIAL_USE_DOMAIN_NAMES, validate_email
from limits import parse_many
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

BASEDIR = Path(__file__).resolve().parent

# What hosting companies hand out, and the driver that Flasky uses for it.
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
WITH_DRIVERS = BASEDIR / "requirements-production.txt"
KINDS = "sqlite://, postgresql://, mysql:// or mariadb://"

SITE = re.compile(r"https?://(?P<host>[^/:?#@\s]+)(:(?P<port>\d+))?(/[^?#\s]*)?")
DEFAULT_PORTS = {"http": 80, "https": 443}  # which browsers leave out
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")  # a part of a host's name

# The mail server of a house delivers to root@localhost, too.
SPECIAL_USE_DOMAIN_NAMES.clear()

Value = TypeVar("Value")


class ConfigError(ValueError):
    """A setting is missing or cannot be read; the message names it and says what to do."""


@dataclass
class Setting(Generic[Value]):
    """A class attribute that reads its environment variable whenever it is looked up.

    `read` turns a text into a value, and raises ValueError with the reason when it cannot.
    `default` is the text of a variable that is unset or empty; without one, the value is None.
    """

    read: Callable[[str], Value]
    default: str = ""
    variable: str = ""  # by default, the attribute's name

    def __set_name__(self, owner: type, name: str) -> None:
        """Name the variable like the attribute, unless it has a name."""
        self.variable = self.variable or name

    def __get__(self, instance: object, owner: type) -> Value | None:
        """Read the variable. Raise ConfigError if its text has no meaning."""
        text = os.environ.get(self.variable) or self.default
        try:
            return self.read(text) if text else None
        except ValueError as error:
            raise ConfigError(f"{self.variable}: {error}") from None


def read_env_file(path: Path) -> None:
    """Add what a file says to the environment, which comes first; there need be no file.

    Raises ConfigError if there is one that cannot be read: whoever may not read the settings of a
    site would work on a new database for development, where all accounts seem to be gone.
    """
    try:
        with path.open(encoding="utf-8") as file:
            load_dotenv(stream=file)
    except OSError as error:
        if os.path.lexists(path):
            raise ConfigError(
                f"the settings in {path} cannot be read: {error.strerror}; "
                "run this as a user who may read them"
            ) from None


def read_boolean(text: str) -> bool:
    """Return what a yes or a no in any usual spelling means."""
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"{text!r} is neither true nor false; write true or false")


def read_number(text: str, least: int = 0, most: int = 2**31 - 1) -> int:
    """Return a whole number between those two."""
    number = text.strip()
    if re.fullmatch("[0-9]{1,10}", number) and least <= int(number) <= most:
        return int(number)
    raise ValueError(f"{text!r} is not valid; write a number from {least} to {most}")


def read_port(text: str) -> int:
    """Return the number of a TCP port."""
    return read_number(text, 1, 65535)


def read_rates(text: str) -> str:
    """Return how often something may be done: rates, which all hold, separated by semicolons."""
    try:
        parse_many(text)
    except ValueError:
        example = "60 per minute; 600 per day"
        raise ValueError(f"{text!r} is no rate; write one or more, as in {example}") from None
    return text


def read_choice(text: str, choices: Collection[str]) -> str:
    """Return one of the choices, which differ by more than their case."""
    by_lower_case = {choice.lower(): choice for choice in choices}
    try:
        return by_lower_case[text.strip().lower()]
    except KeyError:
        raise ValueError(f"{text!r} is not known; write one of {', '.join(choices)}") from None


def read_line(text: str) -> str:
    """Return one line of text. A line break in it could smuggle a header into a mail."""
    if not text.isprintable():
        raise ValueError("it holds a line break or another control character; write one plain line")
    return text.strip()


def read_address(text: str) -> str:
    """Return an email address, with or without a name before it."""
    line = read_line(text)
    parse_address(line)
    return line


def parse_address(line: str) -> Address:
    """Return the one email address in a line, as a header wants it, with the name before it.

    The domain stands there as the DNS has it. Raises ValueError for anything else.
    """
    name, plain = parseaddr(line)
    try:
        found = validate_email(plain, check_deliverability=False, globally_deliverable=False)
        if line == plain or line.endswith(f"<{plain}>"):
            return Address(name, found.local_part, found.ascii_domain)
    except ValueError:
        pass
    raise ValueError(f"{line!r} is not an email address; write one like flasky@example.com")


def read_contact(text: str) -> str:
    """Return a URI under which somebody can be reached: by https, or by mail."""
    line = read_line(text.strip())
    if line.startswith("https://"):
        return read_url(line)
    return f"mailto:{parse_address(line.removeprefix('mailto:')).addr_spec}"


def read_list(text: str) -> list[str]:
    """Return the parts of a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_host(text: str) -> str:
    """Return the name of a host, in lower case, or its IPv4 address."""
    host = text.strip().lower()
    if not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError(f"{text!r} is not a host name; write one like flasky.example.com")
    return host


def read_url(text: str) -> str:
    """Return the address of a site, without a slash at its end."""
    url = text.strip().rstrip("/")
    parts = SITE.fullmatch(url)
    if not parts:
        example = "write one like https://flasky.example.com"
        raise ValueError(f"{text!r} is not the address of a site; {example}")
    read_host(parts["host"])
    if parts["port"]:
        read_port(parts["port"])
    return url


def read_origins(text: str) -> list[str]:
    """Return the addresses of sites in a comma-separated list, as browsers send them as origins."""
    return [_read_origin(part) for part in read_list(text)]


def _read_origin(text: str) -> str:
    origin = read_url(text).lower()
    parts = urlsplit(origin)
    if parts.path:
        raise ValueError(f"{origin!r} has a path; write one like https://app.example.com")
    if parts.port == DEFAULT_PORTS[parts.scheme]:
        return origin.rpartition(":")[0]
    return origin


def read_hosts(text: str) -> list[str]:
    """Return the host names in a comma-separated list. `.example.com` includes all subdomains."""
    hosts = []
    for part in read_list(text):
        host = read_host(part.removeprefix("."))
        if "_" in host:  # Werkzeug would refuse each request
            raise ValueError(f"{part!r} is not the name of a site; write one without underscores")
        if part.startswith(".") and "." not in host:
            raise ValueError(f"{part!r} would trust too many; write one like .example.com")
        hosts.append(f".{host}" if part.startswith(".") else host)
    if not hosts:
        raise ValueError("it names no host; write one or more, separated by commas")
    return hosts


def read_database_url(text: str) -> str:
    """Return the address of a database as SQLAlchemy writes it, with the driver that Flasky uses.

    The path of an SQLite file counts from the project's folder, unless it is absolute.
    The text may hold a password, so no message repeats it.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise ValueError(
            "it is not a database address; write one like sqlite:////absolute/path/to/data.sqlite "
            "or postgresql://username:password@hostname/database"
        ) from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in DRIVERS.values():
        raise ValueError(f"it begins with an unknown kind of database; write one of {KINDS}")
    url = _sqlite_url(url) if url.drivername == "sqlite" else _server_url(url)
    return url.render_as_string(hide_password=False)


def _sqlite_url(url: URL) -> URL:
    """Return the address of an SQLite file with an absolute path."""
    if url.host:
        raise ValueError("it has two slashes; write three, as in sqlite:///data.sqlite, or four")
    if not url.database or url.database.startswith((":", "file:")):
        return url
    return url.set(database=str(BASEDIR / url.database))


def _server_url(url: URL) -> URL:
    """Return the address of a server's database, in its driver's words."""
    if "@" in (url.host or "") or {"password", "passwd"} & url.query.keys():
        raise ValueError("it has a password in the wrong place; write %40 for an @ in it")
    if not url.database:
        raise ValueError("it names no database; write its name last, as in ...@hostname/database")
    driver = url.get_driver_name()
    if importlib.util.find_spec(driver) is None:
        pip = f"{sys.executable} -m pip install --require-hashes"
        raise ValueError(f"its driver is not installed; run: {pip} -r {WITH_DRIVERS}")
    if driver == "pymysql":
        url = _mysql_url(url)
    _check_options(url)
    return url


def _mysql_url(url: URL) -> URL:
    """Return an address with options of PyMySQL's in the place of those of other drivers."""
    options = {name: value for name, value in url.query.items() if name != "reconnect"}
    if str(options.get("ssl-mode", "")).upper() == "REQUIRED":
        del options["ssl-mode"]
        options["ssl_check_hostname"] = "false"  # encrypted, and no more: that is what it means
    return url.set(query=options | {"charset": "utf8mb4"})


def _check_options(url: URL) -> None:
    """Raise ValueError for an option, after the `?`, that the driver does not have."""
    driver = importlib.import_module(url.get_driver_name())
    if driver.__name__ == "psycopg":
        known = {option.keyword.decode() for option in driver.pq.Conninfo.get_defaults()}
    else:
        known = {*inspect.signature(driver.connect).parameters, "ssl_check_hostname"}
    for name in url.query.keys() - known:
        raise ValueError(f"its option {name!r} is unknown to {driver.__name__}; leave it out")
