"""Every setting of Flasky, by configuration.

`create_app` picks one of the classes in `config`. A setting is read when the application is built,
never when this module is imported; what cannot be read is a `ConfigError`. docs/configuration.md,
the list for operators, has the text below each setting.
"""

import os
import secrets
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

import config_checks as checks
from settings import (
    ConfigError,
    Setting,
    read_address,
    read_boolean,
    read_choice,
    read_contact,
    read_database_url,
    read_host,
    read_hosts,
    read_line,
    read_list,
    read_number,
    read_origins,
    read_port,
    read_rates,
    read_url,
)

LONGEST_LOG = 100 * 365  # days

SECOND_FACTOR_FOR = ("nobody", "administrators", "everybody")

# What the pages are written in, as Babel names it and as its speakers do.
LANGUAGES = {"en": "English", "zh_Hans": "简体中文"}


class Config:
    """What all configurations share."""

    SECRET_KEY = Setting(str)
    """Signs the session cookie, the forms and the links in mails, and encrypts second factors,
    which nobody can read without it. Required in production, with at least 16 characters;
    development makes its own and keeps it in `instance/secret_key`."""

    SECRET_KEY_FILE = Setting(Path)
    """A file that holds the secret key, instead of `SECRET_KEY`."""

    SECRET_KEY_FALLBACKS = Setting(read_list)
    """Former secret keys, separated by commas. What they signed or encrypted stays valid."""

    TRUSTED_HOSTS = Setting(read_hosts)
    """The host names that the site answers to, separated by commas; `.example.com` includes all
    subdomains. Required in production."""

    SITE_NAME = Setting(read_line, "Flasky")
    """What the site is called: in its titles and texts, and before the subjects of its mails."""

    PUBLIC_URL = Setting(read_url)
    """The site's address, for the links in mails, such as `https://flasky.example.com`. By default
    `https://` and the first of `TRUSTED_HOSTS`, or this machine if there are none."""

    TRUSTED_PROXIES = Setting(read_number, "0")
    """The number of proxies in front of Flasky. It believes that many entries of `X-Forwarded-For`
    and `X-Forwarded-Proto`; visitors can forge any others. The settings for nginx, Caddy and
    HAProxy are in `deploy/`."""

    PROXY_HEADER = Setting(
        partial(read_choice, choices=["X-Forwarded-For", "Forwarded"]), "X-Forwarded-For"
    )
    """The header in which the proxies say where a request comes from: `X-Forwarded-For`, with
    `X-Forwarded-Proto` beside it, or RFC 7239's `Forwarded`, which nobody can forge through a proxy
    that passes on what visitors call `X_Forwarded_For`."""

    SECURITY_CONTACT = Setting(read_contact)
    """Where to report a weakness of the site, such as `security@example.com` or
    `https://example.com/security`. It is in `/.well-known/security.txt` (RFC 9116), which there is
    not without it."""

    BABEL_DEFAULT_LOCALE = Setting(partial(read_choice, choices=LANGUAGES), "en")
    """The language of mails to the admin, and of visitors whose browsers ask for none that Flasky
    speaks: `en`, or `zh_Hans` for Simplified Chinese."""

    LIMITS_STORAGE = Setting(read_line, "memory://")
    """Where Flasky counts logins and whatever else has a limit. In memory, each process counts by
    itself; in Redis, at `redis://localhost:6379`, all count together. Its driver is one of those in
    `requirements-production.txt`."""

    NEW_NAMES_LIMIT = Setting(read_rates, "60 per minute; 600 per day")
    """How many new names Flasky learns from one address, or from one household's IPv6 network.
    Names that it knows have no limit."""

    MESSAGES_LIMIT = Setting(read_rates, "10 per minute; 100 per day")
    """How many messages an account may write on the board."""

    FIRST_MESSAGES_LIMIT = Setting(read_rates, "3 per minute; 10 per day")
    """How many messages an account may write on its first day."""

    SEARCHES_LIMIT = Setting(read_rates, "60 per minute")
    """How many searches of the board, each page of one counted, come from one address, or from one
    household's IPv6 network."""

    ADDRESS_MESSAGES_LIMIT = Setting(read_rates, "30 per minute; 500 per day")
    """How many messages may come from one address, or from one household's IPv6 network, whoever
    writes them. A school or an office that shares an address may want more."""

    ADDRESS_FIRST_MESSAGES_LIMIT = Setting(read_rates, "10 per minute; 50 per day")
    """How many of those may be of accounts on their first day."""

    REPORTS_LIMIT = Setting(read_rates, "5 per minute; 50 per day")
    """How many messages an account may report to the moderators."""

    API_LIMIT = Setting(read_rates, "600 per minute")
    """How many requests a token may send to the JSON API, or one address that shows none."""

    API_CORS_ORIGINS = Setting(read_origins)
    """Sites whose pages may use the JSON API from their visitors' browsers, separated by commas,
    such as `https://app.example.com`. By default none; programs that are no pages need not be
    named."""

    BREACHED_PASSWORDS = Setting(Path)
    """A file of passwords from breaches, as Have I Been Pwned's downloader writes it (see
    docs/security.md). Flasky refuses all of them; without a file, the 10,000 most common ones."""

    PASSWORD_HASHES_AT_ONCE = Setting(partial(read_number, least=1), "2")
    """How many passwords each process hashes at once, each with 19 MiB and a core. As many again
    wait for their turn, for two seconds at most; others are asked to try again. Keep twice this
    number below the threads of a process: the rest serve all other pages meanwhile."""

    FAILED_LOGINS_LIMIT = Setting(read_rates, "1000 per 5 minutes")
    """How many logins may fail on the whole site before only browsers that have logged in before
    may try. `FLASKY_ADMIN` is told once an hour."""

    UNASKED_MAILS_LIMIT = Setting(read_rates, "500 per hour")
    """How many mails may leave the whole site because somebody who is not logged in typed an
    address: so many to sign up, and as many to reset passwords. `FLASKY_ADMIN` is told once an
    hour."""

    MAIL_SERVER = Setting(read_host)
    """The mail server. Without one, mails wait in production; elsewhere they go to the log and, in
    development, to the page `/dev/mailbox`."""

    MAIL_PORT = Setting(read_port, "587")
    """The mail server's port."""

    MAIL_USE_TLS = Setting(read_boolean, "true")
    """Whether to encrypt the connection with STARTTLS."""

    MAIL_USE_SSL = Setting(read_boolean, "false")
    """Whether to encrypt from the first byte instead, as on port 465."""

    MAIL_USERNAME = Setting(read_line)
    """The user name for the mail server."""

    MAIL_PASSWORD = Setting(str)
    """The password for the mail server."""

    MAIL_THREAD = Setting(read_boolean)
    """Whether the processes that serve the site also send its mails, so that it needs no
    `flask mail worker`. By default true in development, and false in production."""

    FLASKY_ADMIN = Setting(read_address)
    """Who gets mails about new visitors and server errors; nobody, if unset. The account with this
    address becomes an administrator whenever it logs in."""

    NEW_USER_MAIL_INTERVAL = Setting(read_number, "60")
    """The minimum number of seconds between two mails about new visitors. Each mail names everybody
    since the last one."""

    FLASKY_MAIL_SENDER = Setting(read_address, "Flasky Admin <flasky@example.com>")
    """The sender of Flasky's mails. Required in production if there is a `MAIL_SERVER`."""

    FLASKY_MAIL_SUBJECT_PREFIX = Setting(read_line)
    """How the subjects of Flasky's mails begin. By default with the site's name in brackets."""

    AUDIT_LOG_DAYS = Setting(partial(read_number, most=LONGEST_LOG), "365")
    """How many days to keep the log of logins, refusals and administration. The mail worker, or
    `flask clean`, deletes what is older."""

    AUDIT_ADDRESS_DAYS = Setting(partial(read_number, most=LONGEST_LOG), "90")
    """How many days to keep the IP addresses in that log. The mail worker, or `flask clean`, takes
    older ones out; the rest of an event stays as long as the log does."""

    VISITORS_KEPT_DAYS = Setting(partial(read_number, most=LONGEST_LOG), "0")
    """How many days after their last visit to keep the names of visitors who have no account. The
    mail worker, or `flask clean`, deletes what is older, unless a row refers to it. By default 0:
    for ever, as Flasky loses no row that nobody asked it to."""

    LOG_FORMAT = Setting(partial(read_choice, choices=["text", "json"]))
    """How the log is written: `json`, a line of JSON for each, for programs that gather logs; or
    `text`. By default `json` in production, unless it goes to a terminal, and `text` elsewhere."""

    LOG_REQUESTS = Setting(read_boolean)
    """Whether each request has a line in the log. By default true in production."""

    SLOW_QUERY_MS = Setting(read_number, "200")
    """After how many milliseconds a statement is slow: the log has it, without its values, and with
    its place in the code."""

    METRICS_FOLDER = Setting(Path)
    """A folder in which the processes of one server count for Prometheus: the first of them empties
    it. `flask metrics` serves the figures. Without a folder, nothing is counted."""

    SECOND_FACTOR = Setting(partial(read_choice, choices=SECOND_FACTOR_FOR))
    """Who needs a second factor: `administrators`, to administer (the default in production);
    `everybody`, to log in; or `nobody`. Every user may set one up."""

    SERVER_ERROR_MAIL_INTERVAL = 60 * 60  # seconds, for each kind of error
    FLOOD_MAIL_INTERVAL = 60 * 60  # seconds, for each kind of flood

    # Links in mails, in seconds.
    REGISTER_LINK_LIFETIME = 2 * 24 * 60 * 60
    RESET_LINK_LIFETIME = 60 * 60
    CHANGE_EMAIL_LINK_LIFETIME = 2 * 60 * 60
    NOT_ME_LINK_LIFETIME = 7 * 24 * 60 * 60

    # A login ends after that long without a request, and after that long in all.
    LOGIN_IDLE_LIMIT = timedelta(hours=12)
    LOGIN_LIMIT = timedelta(days=7)
    KEPT_LOGIN_IDLE_LIMIT = timedelta(days=30)
    KEPT_LOGIN_LIMIT = timedelta(days=180)
    PROOF_LIFETIME = timedelta(minutes=15)  # of a login, or a proof, until another one is asked for
    PERMANENT_SESSION_LIFETIME = KEPT_LOGIN_IDLE_LIMIT
    SESSION_REFRESH_EACH_REQUEST = False  # app.auth.browser does it, never with a file

    # Nothing that Flasky reads is larger. Beyond these, Flask answers 413.
    MAX_CONTENT_LENGTH = 16 * 1024  # bytes of a request's body
    MAX_FORM_PARTS = 100  # fields of a multipart form

    COOKIE_PREFIX = ""
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"

    BOOTSTRAP_SERVE_LOCAL = True  # no visitor's browser is sent to a third party
    WTF_I18N_ENABLED = False  # the forms' messages are Flasky's own, in its own catalogues
    WTF_CSRF_TIME_LIMIT = None  # a form lives as long as its session: an old tab is no attack
    WTF_CSRF_SSL_STRICT = False  # some browsers send no Referer: app.web.cross_origin needs none

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Settle what follows from other settings. Raise ConfigError where they do not fit."""
        settings = app.config
        checks.use_secret_key_file(settings)
        checks.choose_mail_encryption(settings)
        checks.check_mail_login(settings)
        checks.settle_public_url(settings)
        settings["FLASKY_MAIL_SUBJECT_PREFIX"] = (
            settings["FLASKY_MAIL_SUBJECT_PREFIX"] or f"[{settings['SITE_NAME']}]"
        )
        settings["MAIL_DEFAULT_SENDER"] = settings["FLASKY_MAIL_SENDER"]
        settings["MAIL_SUPPRESS_SEND"] = settings["MAIL_SERVER"] is None


class DevelopmentConfig(Config):
    """A developer's machine. Nobody else is to reach it: its mailbox opens every account."""

    CONFIGURATION = "development"
    SQLALCHEMY_DATABASE_URI = Setting(
        read_database_url, "sqlite:///data-dev.sqlite", "DEV_DATABASE_URL"
    )
    """The database of the development configuration."""

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Give the application a secret key of this checkout's own, and a worker for its mails."""
        super().init_app(app)
        settings = app.config
        checks.trust_this_machine(settings)
        checks.warn_of_a_site(settings)
        if not checks.is_development_server():
            checks.refuse_settings_of_a_site(settings)
        if not settings["SECRET_KEY"]:
            settings["SECRET_KEY"] = checks.load_local_key(Path(app.instance_path, "secret_key"))
        if settings["MAIL_THREAD"] is None:
            settings["MAIL_THREAD"] = True


class TestingConfig(Config):
    """The test suite: a database in memory, unless told otherwise, and a secret key for one run."""

    __test__ = False  # pytest takes a class of this name for tests

    CONFIGURATION = "testing"
    TESTING = True
    SQLALCHEMY_DATABASE_URI = Setting(read_database_url, "sqlite://", "TEST_DATABASE_URL")
    """The database of the testing configuration."""

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Give the application a secret key for one run."""
        super().init_app(app)
        app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secrets.token_hex()


class ProductionConfig(Config):
    """A site on the web: over https, under names that are known."""

    CONFIGURATION = "production"
    SQLALCHEMY_DATABASE_URI = Setting(read_database_url, "sqlite:///data.sqlite", "DATABASE_URL")
    """The database of the production configuration."""

    COOKIE_PREFIX = "__Host-"  # browsers keep such cookies to this one host, over https
    SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
    SESSION_COOKIE_SECURE = True

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """Refuse to start without what keeps the site safe."""
        super().init_app(app)
        settings = app.config
        settings["SECOND_FACTOR"] = settings["SECOND_FACTOR"] or "administrators"
        checks.require_secret_key(settings)
        checks.require("TRUSTED_HOSTS", "the site's host names", "flasky.example.com")
        checks.require_https(settings)
        settings["LOG_FORMAT"] = settings["LOG_FORMAT"] or checks.choose_log_format()
        if settings["LOG_REQUESTS"] is None:
            settings["LOG_REQUESTS"] = True
        if settings["MAIL_SERVER"]:
            sender = "the sender of the site's mails"
            checks.require("FLASKY_MAIL_SENDER", sender, "'Flasky <flasky@example.com>'")


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


def list_settings() -> list[Setting[Any]]:
    """Return every setting that the environment can change, in the order of this file."""
    classes = (Config, DevelopmentConfig, TestingConfig, ProductionConfig)
    return [value for cls in classes for value in vars(cls).values() if isinstance(value, Setting)]
