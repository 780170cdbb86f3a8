"""Flasky, a reference Flask application: it greets you, and knows you when you come back."""

import logging

from flask import Flask

import safe_schema
from app import (
    admin,
    api,
    auth,
    board,
    commands,
    database,
    doctor,
    mail,
    main,
    passkeys,
    retention,
    shell,
    two_factor,
    watching,
)
from app.extensions import bootstrap, csrf, db, migrate, moment
from app.models import breaches, passwords
from app.revisions import OTHER_HISTORIES, render_item
from app.web import (
    access,
    compression,
    converters,
    cross_origin,
    languages,
    limits,
    log_format,
    preferences,
    proxies,
    request_bodies,
    request_ids,
    security,
    sessions,
    static,
    templates,
    times,
)
from config import choose_config

__all__ = ["bootstrap", "create_app", "db", "mail", "moment"]


def create_app(config_name: str | None = None) -> Flask:
    """Return an application with the configuration of that name.

    The names are the keys of `config.config`; without one FLASK_CONFIG decides.
    Raises `settings.ConfigError` if a setting is missing or cannot be read.
    """
    config = choose_config(config_name)
    app = Flask(__name__)
    app.config.from_object(config)
    app.logger.setLevel(logging.INFO)

    # What all that follows builds upon, so it comes first.
    config.init_app(app)
    commands.init_app(app)
    database.init_app(app)
    converters.init_app(app)

    # The extensions.
    bootstrap.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, render_item=render_item)
    moment.init_app(app)

    # What looks at every request, in this order: who it is and may do what, from where, the token.
    access.init_app(app)
    cross_origin.init_app(app)
    csrf.init_app(app)

    # What pages share, in the order of the alphabet. Some of it replaces what an extension has set.
    breaches.init_app(app)
    compression.init_app(app)
    languages.init_app(app)
    limits.init_app(app)
    log_format.init_app(app)
    passwords.init_app(app)
    preferences.init_app(app)
    proxies.init_app(app)
    request_bodies.init_app(app)
    request_ids.init_app(app)
    security.init_app(app)
    sessions.init_app(app)
    static.init_app(app)
    templates.init_app(app)
    times.init_app(app)

    # The rooms, with their pages and commands, in the order of the alphabet: add yours here.
    admin.init_app(app)
    api.init_app(app)
    auth.init_app(app)
    board.init_app(app)
    doctor.init_app(app)
    mail.init_app(app)
    main.init_app(app)
    passkeys.init_app(app)
    retention.init_app(app)
    safe_schema.init_app(app, other_histories=OTHER_HISTORIES)
    shell.init_app(app)
    two_factor.init_app(app)
    watching.init_app(app)
    return app
