"""Every setting of Flasky, by configuration.

`create_app` picks one of the classes in `config`. A setting is read when the application is built,
never when this module is imported; one that cannot be read stops the application with a
`ConfigError` that names the variable and says what to write instead.

docs/configuration.md is the list for operators.
"""

import errno
import os
import secrets
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from settings import (
    ConfigError,
    Setting,
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
)

SHORTEST_SECRET_KEY = 16  # characters

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


def all_settings() -> list[Setting[Any]]:
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
