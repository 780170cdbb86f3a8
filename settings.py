"""How a setting is read from its environment variable, typed and checked.

A text that has no meaning is a `ConfigError`, which names the variable and says what to write.
"""

import errno
import importlib
import importlib.util
import inspect
import os
import re
import secrets
import sys
from collections.abc import Callable, Collection
from email.utils import parseaddr
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

BASEDIR = Path(__file__).resolve().parent
HIGHEST_PORT = 65535

# What hosting companies hand out, and the driver that Flasky uses for it.
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
PACKAGES = {"psycopg": "psycopg[binary]", "pymysql": "pymysql"}
KINDS = "sqlite://, postgresql://, mysql:// or mariadb://"

SITE = re.compile(r"https?://(?P<host>[^/:?#@\s]+)(:(?P<port>\d+))?(/[^?#\s]*)?")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")  # a part of a host's name

Value = TypeVar("Value")


class ConfigError(ValueError):
    """A setting is missing or cannot be read; the message names it and says what to do."""


class Setting(Generic[Value]):
    """A class attribute that reads its environment variable whenever it is looked up.

    `read` turns the text into a value, and raises ValueError with the reason when it cannot.
    An empty variable counts as unset. `kind` and `doc` are for docs/configuration.md.
    """

    def __init__(
        self,
        read: Callable[[str], Value],
        default: Value,
        *,
        kind: str,
        doc: str,
        variable: str = "",
    ) -> None:
        self.read = read
        self.default = default
        self.kind = kind
        self.doc = doc
        self.variable = variable

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the attribute's name for the variable's, unless another one was given."""
        self.variable = self.variable or name

    def __get__(self, instance: object, owner: type) -> Value:
        """Read the variable. Raise ConfigError if its text has no meaning."""
        text = os.environ.get(self.variable)
        if not text:
            return self.default
        try:
            return self.read(text)
        except ValueError as error:
            raise ConfigError(f"{self.variable}: {error}") from None


def read_boolean(text: str) -> bool:
    """Return what a yes or a no in any usual spelling means."""
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"{text!r} is neither true nor false; write true or false")


def read_port(text: str) -> int:
    """Return the number of a TCP port."""
    number = text.strip()
    if number.isascii() and number.isdigit() and 0 < int(number) <= HIGHEST_PORT:
        return int(number)
    raise ValueError(f"{text!r} is not a port; write a number from 1 to {HIGHEST_PORT}")


def read_count(text: str, most: int = 2**31 - 1) -> int:
    """Return a number from zero to `most`."""
    number = text.strip()
    if number.isascii() and number.isdigit():
        if len(number) <= len(str(most)) and int(number) <= most:
            return int(number)
        raise ValueError(f"{text!r} is too much; write at most {most}")
    raise ValueError(f"{text!r} is not a count; write a number like 0 or 1")


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
    """Return a mail address, with or without a name before it."""
    line = read_line(text)
    _, address = parseaddr(line)
    whole = line == address or line.endswith(f"<{address}>")
    parts = re.fullmatch(r"[^@\s,<>]+@([^@\s,<>]+)", address)
    if not whole or not parts or not all(map(_is_label, parts[1].split("."))):
        raise ValueError(f"{text!r} is not a mail address; write one like flasky@example.com")
    return line


def _is_label(label: str) -> bool:
    """Return whether a text, in any script, can be a part of a host's name."""
    try:
        return bool(label.encode("idna"))
    except UnicodeError:
        return False


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


def read_hosts(text: str) -> list[str]:
    """Return the host names in a comma-separated list. `.example.com` includes all subdomains."""
    hosts = []
    for part in read_list(text):
        host = read_host(part.removeprefix("."))
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
    if url.drivername == "sqlite":
        return _sqlite_url(url).render_as_string()
    if "@" in (url.host or "") or {"password", "passwd"} & url.query.keys():
        raise ValueError("it has a password in the wrong place; write %40 for an @ in it")
    if not url.database:
        raise ValueError("it names no database; write its name last, as in ...@hostname/database")
    driver = url.get_driver_name()
    if importlib.util.find_spec(driver) is None:
        pip = f"{sys.executable} -m pip"
        raise ValueError(f"its driver is not installed; run: {pip} install '{PACKAGES[driver]}'")
    if driver == "pymysql":
        url = _mysql_url(url)
    _check_options(url)
    return url.render_as_string(hide_password=False)


def _sqlite_url(url: URL) -> URL:
    """Return the address of an SQLite file with an absolute path."""
    if url.host:
        raise ValueError("it has two slashes; write three, as in sqlite:///data.sqlite, or four")
    if not url.database or url.database.startswith((":", "file:")):
        return url
    return url.set(database=str(BASEDIR / url.database))


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


def read_secret_key(path: Path) -> str:
    """Return the secret key that a file holds. Raise ConfigError if there is none."""
    try:
        secret_key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise ConfigError(f"the secret key in {path} cannot be read: {reason}") from None
    if not secret_key:
        raise ConfigError(f"the secret key in {path} is empty; remove the file, or write a key")
    return secret_key


def local_secret_key(path: Path) -> str:
    """Return the key in that file; make the file, for its owner's eyes only, if there is none.

    Several processes may start at once: the file appears whole under its name, and only once.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(secrets.token_hex(), encoding="ascii")
            try:
                os.link(draft, path)
            except OSError as error:
                if error.errno != errno.EEXIST:  # which says that another process was faster
                    draft.replace(path)  # on a file system without links
            finally:
                draft.unlink(missing_ok=True)
    except OSError as error:
        reason = f"{path} cannot be made: {error.strerror}"
        raise ConfigError(f"SECRET_KEY is not set, and {reason}") from None
    return read_secret_key(path)
