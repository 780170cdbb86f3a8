"""Every setting of Flasky, by configuration.

`create_app` picks one of the classes in `config`. A setting is read when the application is built,
never when this module is imported; one that cannot be read stops the application with a
`ConfigError` that names the variable and says what to write instead.

docs/configuration.md is the list for operators.
"""

import os
import secrets
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted

from settings import (
    ConfigError,
    Setting,
    local_secret_key,
    read_address,
    read_boolean,
    read_choice,
    read_count,
    read_database_url,
    read_host,
    read_hosts,
    read_line,
    read_list,
    read_port,
    read_secret_key,
    read_url,
)

SHORTEST_SECRET_KEY = 16  # characters
LONGEST_LOG = 100 * 365  # days

SECOND_FACTOR_FOR = ("nobody", "administrators", "everybody")

# What the pages are written in, as Babel names it and as its speakers do.
LANGUAGES = {"en": "English", "zh_Hans": "简体中文"}


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
        doc="Signs the session cookie, the forms and the links in mails, and encrypts second "
        "factors, which nobody can read without it. Required in production, with 16 characters or "
        "more; development makes its own and keeps it in `instance/secret_key`.",
    )
    SECRET_KEY_FILE: Setting[str | None] = Setting(
        str, None, kind="path", doc="A file that holds the secret key, in place of `SECRET_KEY`."
    )
    SECRET_KEY_FALLBACKS: Setting[list[str]] = Setting(
        read_list,
        [],
        kind="list",
        doc="Former secret keys, separated by commas: what was signed or encrypted with them "
        "stays good.",
    )
    TRUSTED_HOSTS: Setting[list[str] | None] = Setting(
        read_hosts,
        None,
        kind="list of host names",
        doc="The names under which the site may be called, separated by commas; `.example.com` "
        "includes all subdomains. Required in production.",
    )
    PUBLIC_URL: Setting[str | None] = Setting(
        read_url,
        None,
        kind="URL",
        doc="Where the site is, for the links in mails, as `https://flasky.example.com`. By "
        "default `https://` and the first of `TRUSTED_HOSTS`; in development the own machine.",
    )
    TRUSTED_PROXIES = Setting(
        read_count,
        0,
        kind="number",
        doc="How many proxies stand before Flasky, one behind the other. As many entries of "
        "`X-Forwarded-For` and `X-Forwarded-Proto` are believed; visitors could write more.",
    )
    BABEL_DEFAULT_LOCALE = Setting(
        partial(read_choice, choices=LANGUAGES),
        "en",
        kind="language",
        doc="The language of visitors whose browsers name none that Flasky speaks, and of mails "
        "to the admin: `en`, or `zh_Hans` for Simplified Chinese.",
    )

    LIMITS_STORAGE = Setting(
        read_line,
        "memory://",
        kind="URL",
        doc="Where it is counted how often somebody tries to log in. In memory, each process "
        "counts by itself; `redis://localhost:6379` counts for all (`pip install 'redis<8'`).",
    )
    BREACHED_PASSWORDS: Setting[str | None] = Setting(
        str,
        None,
        kind="path",
        doc="The list of passwords that are known from breaches, which are refused: a file as "
        "Have I Been Pwned's downloader makes it. docs/security.md says how to get one. Without "
        "it, the 10,000 commonest are refused.",
    )

    MAIL_SERVER: Setting[str | None] = Setting(
        read_host,
        None,
        kind="host name",
        doc="The mail server. Without one, mails wait in production; elsewhere they are written to "
        "the log, and, in development, to the page `/dev/mailbox`.",
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
    MAIL_THREAD: Setting[bool | None] = Setting(
        read_boolean,
        None,
        kind="boolean",
        doc="Whether the processes that serve the site send its mails, too, so that it needs no "
        "`flask mail worker`. By default true in development, and false in production.",
    )
    FLASKY_ADMIN: Setting[str | None] = Setting(
        read_address,
        None,
        kind="mail address",
        doc="Who is told by mail of every new visitor, and of every mistake of Flasky's; nobody, "
        "if unset. The account with this address becomes an administrator whenever it logs in.",
    )
    NEW_USER_MAIL_INTERVAL = Setting(
        read_count,
        60,
        kind="number",
        doc="The seconds between two mails about new visitors, at least. Each mail names all of "
        "them since the last one.",
    )
    SERVER_ERROR_MAIL_INTERVAL = 60 * 60  # seconds, for each kind of mistake
    FLASKY_MAIL_SENDER = Setting(
        read_address,
        "Flasky Admin <flasky@example.com>",
        kind="mail address",
        doc="The sender of Flasky's mails. Required in production, if there is a `MAIL_SERVER`.",
    )
    FLASKY_MAIL_SUBJECT_PREFIX = Setting(
        read_line, "[Flasky]", kind="text", doc="How the subjects of Flasky's mails begin."
    )

    AUDIT_LOG_DAYS = Setting(
        partial(read_count, most=LONGEST_LOG),
        365,
        kind="number",
        doc="The days that the log of logins, refusals and administration is kept. The mail "
        "worker deletes what is older, or `flask clean` does.",
    )

    SECOND_FACTOR: Setting[str | None] = Setting(
        partial(read_choice, choices=SECOND_FACTOR_FOR),
        None,
        kind="choice",
        doc="Who needs a second factor: `administrators`, to administer, which is the default in "
        "production; `everybody` who logs in; or `nobody`, to whom it is open all the same.",
    )

    # Links in mails, in seconds.
    REGISTER_LINK_LIFETIME = 2 * 24 * 60 * 60
    RESET_LINK_LIFETIME = 60 * 60
    CHANGE_EMAIL_LINK_LIFETIME = 2 * 60 * 60

    # A login ends after that long without a request, and after that long in all.
    LOGIN_IDLE_LIMIT = timedelta(hours=12)
    LOGIN_LIMIT = timedelta(days=7)
    KEPT_LOGIN_IDLE_LIMIT = timedelta(days=30)
    KEPT_LOGIN_LIMIT = timedelta(days=180)
    PERMANENT_SESSION_LIFETIME = KEPT_LOGIN_IDLE_LIMIT
    SESSION_REFRESH_EACH_REQUEST = False  # app.auth.logins does so, now and then: never with a file

    # Nothing that Flasky reads is larger. Beyond these, Flask answers 413.
    MAX_CONTENT_LENGTH = 64 * 1024  # bytes of a request's body
    MAX_FORM_MEMORY_SIZE = 32 * 1024  # bytes of a field of a multipart form
    MAX_FORM_PARTS = 100  # fields of a multipart form

    COOKIE_PREFIX = ""
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"

    BOOTSTRAP_SERVE_LOCAL = True  # no visitor's browser is sent to a third party
    WTF_I18N_ENABLED = False  # the forms' messages are Flasky's own, in its own catalogues
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
        if bool(settings["MAIL_USERNAME"]) != bool(settings["MAIL_PASSWORD"]):
            raise ConfigError(
                "Of MAIL_USERNAME and MAIL_PASSWORD one is set; write both, or none of them"
            )
        settings["PUBLIC_URL"] = public_url(settings["PUBLIC_URL"], settings["TRUSTED_HOSTS"])
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
        """Give the application a secret key of this checkout's own, and a worker for its mails."""
        super().init_app(app)
        if not app.config["SECRET_KEY"]:
            app.config["SECRET_KEY"] = local_secret_key(Path(app.instance_path, "secret_key"))
        if app.config["MAIL_THREAD"] is None:
            app.config["MAIL_THREAD"] = True


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
    COOKIE_PREFIX = "__Host-"  # browsers keep such cookies to this one host, over https
    SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
    SESSION_COOKIE_SECURE = True

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Refuse to start without what keeps the site safe."""
        super().init_app(app)
        app.config["SECOND_FACTOR"] = app.config["SECOND_FACTOR"] or "administrators"
        secret_key = app.config["SECRET_KEY"] or ""
        if len(secret_key) < SHORTEST_SECRET_KEY:
            name = "SECRET_KEY_FILE" if app.config["SECRET_KEY_FILE"] else "SECRET_KEY"
            fault = (
                f"has fewer than {SHORTEST_SECRET_KEY} characters" if secret_key else "is not set"
            )
            raise ConfigError(
                f"{name} {fault}; make a key with: "
                "python -c 'import secrets; print(secrets.token_hex())'"
            )
        if not app.config["TRUSTED_HOSTS"]:
            raise ConfigError(
                "TRUSTED_HOSTS is not set; write the names under which the site is called, "
                "as in TRUSTED_HOSTS=flasky.example.com"
            )
        if not app.config["PUBLIC_URL"].startswith("https://"):
            raise ConfigError("PUBLIC_URL: the site is used over https only; write https://")
        if app.config["MAIL_SERVER"] and not os.environ.get("FLASKY_MAIL_SENDER"):
            raise ConfigError(
                "FLASKY_MAIL_SENDER is not set; write the address from which the site's mails "
                "come, as in FLASKY_MAIL_SENDER='Flasky <flasky@example.com>'"
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
        choices = ", ".join(choice for choice in config if choice != "default")
        raise ConfigError(f"FLASK_CONFIG: {name!r} is not a configuration; write one of {choices}")
    return config[name]


def all_settings() -> list[Setting[Any]]:
    """Return every setting that the environment can change, in the order of this file."""
    classes = (Config, DevelopmentConfig, TestingConfig, ProductionConfig)
    return [value for cls in classes for value in vars(cls).values() if isinstance(value, Setting)]


def public_url(url: str | None, trusted_hosts: list[str] | None) -> str:
    """Return where the site is. Raise ConfigError if it would not answer to that name."""
    if url is None:
        if not trusted_hosts:
            return f"http://127.0.0.1:{os.environ.get('FLASK_RUN_PORT') or 5000}"
        return f"https://{trusted_hosts[0].removeprefix('.')}"
    host = urlsplit(url).hostname or ""
    if trusted_hosts and not host_is_trusted(host, trusted_hosts):
        raise ConfigError(f"PUBLIC_URL: {host!r} is not one of TRUSTED_HOSTS; write the same name")
    return url
