"""Flasky, a reference Flask application: it greets you, and knows you when you come back."""

import logging

from flask import Flask

from app import admin, auth, database, mail, retention, schema, shell
from app.extensions import bootstrap, csrf, db, migrate, moment
from app.main import main
from app.models import breaches
from app.web import (
    access,
    health,
    languages,
    limits,
    preferences,
    proxies,
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
    config.init_app(app)
    database.init_app(app)
    templates.init_app(app)
    limits.init_app(app)
    breaches.init_app(app)
    access.init_app(app)

    bootstrap.init_app(app)
    csrf.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db)
    moment.init_app(app)

    app.logger.setLevel(logging.INFO)
    app.register_blueprint(main)
    app.register_blueprint(admin.admin)
    auth.init_app(app)
    health.init_app(app)
    languages.init_app(app)
    mail.init_app(app)
    preferences.init_app(app)
    retention.init_app(app)
    schema.init_app(app)
    security.init_app(app)
    sessions.init_app(app)
    shell.init_app(app)
    static.init_app(app)
    times.init_app(app)
    proxies.init_app(app)
    return app
