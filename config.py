"""Every setting of Flasky: read from the environment, typed and checked, here and nowhere else.

`create_app` picks one of the classes in `config`. A setting is read when the application is built,
never when this module is imported; one that cannot be read stops the application with a
`ConfigError` that names the variable and says what to write instead.

docs/configuration.md is the list for operators.
"""

import errno
import importlib
import importlib.util
import inspect
import os
import re
import secrets
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Generic, TypeVar

from flask import Flask
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

BASEDIR = Path(__file__).resolve().parent
SHORTEST_SECRET_KEY = 16  # characters
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
    if not whole or not re.fullmatch(r"[^@\s,<>]+@[^@\s,<>]+", address):
        raise ValueError(f"{text!r} is not a mail address; write one like flasky@example.com")
    return line


def read_list(text: str) -> list[str]:
    """Return the parts of a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_host(text: str) -> str:
    """Return the name of a host, in lower case, or its IPv4 address."""
    host = text.strip().lower()
    if not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError(f"{text!r} is not a host name; write one like flasky.example.com")
    return host


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
        raise ValueError(f"its driver is not installed; run: pip install '{PACKAGES[driver]}'")
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


def database(variable: str, default: str, configuration: str) -> Setting[str]:
    """Return the setting that names a configuration's database."""
    doc, default = f"The database of the {configuration} configuration.", read_database_url(default)
    return Setting(read_database_url, default, kind="database URL", doc=doc, variable=variable)


class Config:
    """What all configurations share."""

    SECRET_KEY: Setting[str | None] = Setting(
        str,
        None,
        kind="text",
        doc="Signs the session cookie and the forms. Required in production, with 16 characters "
        "or more; development makes its own and keeps it in `instance/secret_key`.",
    )
    SECRET_KEY_FILE: Setting[str | None] = Setting(
        str, None, kind="path", doc="A file that holds the secret key, in place of `SECRET_KEY`."
    )
    SECRET_KEY_FALLBACKS: Setting[list[str]] = Setting(
        read_list,
        [],
        kind="list",
        doc="Former secret keys, separated by commas: sessions signed with them stay valid.",
    )
    TRUSTED_HOSTS: Setting[list[str] | None] = Setting(
        read_hosts,
        None,
        kind="list of host names",
        doc="The names under which the site may be called, separated by commas; `.example.com` "
        "includes all subdomains. Required in production.",
    )

    MAIL_SERVER: Setting[str | None] = Setting(
        read_host,
        None,
        kind="host name",
        doc="The mail server. Without one, mails are written to the log and not sent.",
    )
    MAIL_PORT = Setting(read_port, 587, kind="port", doc="The mail server's port.")
    MAIL_USE_TLS = Setting(
        read_boolean, True, kind="boolean", doc="Whether to encrypt the connection by STARTTLS."
    )
    MAIL_USE_SSL = Setting(
        read_boolean,
        False,
        kind="boolean",
        doc="Whether to encrypt from the first byte on, as port 465 does, instead.",
    )
    MAIL_USERNAME: Setting[str | None] = Setting(
        read_line, None, kind="text", doc="The login at the mail server."
    )
    MAIL_PASSWORD: Setting[str | None] = Setting(
        str, None, kind="text", doc="The password at the mail server."
    )
    FLASKY_ADMIN: Setting[str | None] = Setting(
        read_address,
        None,
        kind="mail address",
        doc="Who is told by mail of every new visitor. Nobody, if unset.",
    )
    FLASKY_MAIL_SENDER = Setting(
        read_address,
        "Flasky Admin <flasky@example.com>",
        kind="mail address",
        doc="The sender of Flasky's mails.",
    )
    FLASKY_MAIL_SUBJECT_PREFIX = Setting(
        read_line, "[Flasky]", kind="text", doc="How the subjects of Flasky's mails begin."
    )

    # Nothing that Flasky reads is larger. Beyond these, Flask answers 413.
    MAX_CONTENT_LENGTH = 64 * 1024  # bytes of a request's body
    MAX_FORM_MEMORY_SIZE = 32 * 1024  # bytes of a field of a multipart form
    MAX_FORM_PARTS = 100  # fields of a multipart form

    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"

    BOOTSTRAP_SERVE_LOCAL = True  # no visitor's browser is sent to a third party
    WTF_CSRF_TIME_LIMIT = None  # a form lives as long as its session: an old tab is no attack

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Settle what follows from other settings. Raise ConfigError where they do not fit."""
        settings = app.config
        if settings["SECRET_KEY_FILE"]:
            if settings["SECRET_KEY"]:
                raise ConfigError("SECRET_KEY and SECRET_KEY_FILE are both set; keep one of them")
            settings["SECRET_KEY"] = read_secret_key(Path(settings["SECRET_KEY_FILE"]))
        if settings["MAIL_USE_SSL"]:
            if os.environ.get("MAIL_USE_TLS") and settings["MAIL_USE_TLS"]:
                raise ConfigError("MAIL_USE_SSL and MAIL_USE_TLS are both true; keep one of them")
            settings["MAIL_USE_TLS"] = False
        settings["MAIL_DEFAULT_SENDER"] = settings["FLASKY_MAIL_SENDER"]
        settings["MAIL_SUPPRESS_SEND"] = settings["MAIL_SERVER"] is None


class DevelopmentConfig(Config):
    """A developer's machine."""

    CONFIGURATION = "development"
    SQLALCHEMY_DATABASE_URI = database(
        "DEV_DATABASE_URL", "sqlite:///data-dev.sqlite", CONFIGURATION
    )

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Give the application a secret key of this checkout's own."""
        super().init_app(app)
        if not app.config["SECRET_KEY"]:
            app.config["SECRET_KEY"] = local_secret_key(Path(app.instance_path, "secret_key"))


class TestingConfig(Config):
    """The test suite: a database in memory, unless told otherwise, and a secret key for one run."""

    __test__ = False  # pytest takes a class of this name for tests

    CONFIGURATION = "testing"
    TESTING = True
    SQLALCHEMY_DATABASE_URI = database("TEST_DATABASE_URL", "sqlite://", CONFIGURATION)

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Give the application a secret key for one run."""
        super().init_app(app)
        app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secrets.token_hex()


class ProductionConfig(Config):
    """A site on the web: over https, under names that are known."""

    CONFIGURATION = "production"
    SQLALCHEMY_DATABASE_URI = database("DATABASE_URL", "sqlite:///data.sqlite", CONFIGURATION)
    SESSION_COOKIE_NAME = "__Host-session"  # browsers keep it to this one host, over https
    SESSION_COOKIE_SECURE = True

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Refuse to start without what keeps the site safe."""
        super().init_app(app)
        secret_key = app.config["SECRET_KEY"] or ""
        if len(secret_key) < SHORTEST_SECRET_KEY:
            name = "SECRET_KEY_FILE" if app.config["SECRET_KEY_FILE"] else "SECRET_KEY"
            fault = "is too short" if secret_key else "is not set"
            raise ConfigError(
                f"{name} {fault}; make a key with: "
                "python -c 'import secrets; print(secrets.token_hex())'"
            )
        if not app.config["TRUSTED_HOSTS"]:
            raise ConfigError(
                "TRUSTED_HOSTS is not set; write the names under which the site is called, "
                "as in TRUSTED_HOSTS=flasky.example.com"
            )


config: dict[str, type[Config]] = {
    "development": DevelopmentConfig,
    "testing": TestingConfig,
    "production": ProductionConfig,
    "default": DevelopmentConfig,
}


def choose_config(name: str | None = None) -> type[Config]:
    """Return the configuration of that name, or else the one that FLASK_CONFIG names."""
    name = name or os.environ.get("FLASK_CONFIG") or "default"
    if name not in config:
        choices = ", ".join(config)
        raise ConfigError(f"FLASK_CONFIG: {name!r} is not a configuration; write one of {choices}")
    return config[name]


def settings() -> list[Setting[Any]]:
    """Return every setting that the environment can change, in the order of this file."""
    classes = (Config, DevelopmentConfig, TestingConfig, ProductionConfig)
    return [value for cls in classes for value in vars(cls).values() if isinstance(value, Setting)]


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
