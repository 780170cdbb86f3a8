"""A small application with tables and migrations of its own, to try `app.schema` on."""

import logging
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from app.database import Base, engine_options
from app.schema import fingerprint
from tests.commands import ROOT

Models = Callable[[SQLAlchemy], None]  # defines the tables

ENVIRONMENT = "from app import schema\n\nschema.run()\n"
STOCK_ENVIRONMENT = "flask_migrate/templates/flask/env.py"


class Small:
    """An application on a database. Its migrations stay when its models change."""

    def __init__(self, url: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.url = url
        self.folder = folder / "migrations"
        self.caplog = caplog
        (self.folder / "versions").mkdir(parents=True)
        (self.folder / "alembic.ini").write_text((ROOT / "migrations/alembic.ini").read_text())
        (self.folder / "env.py").write_text(ENVIRONMENT)
        template = ROOT / "migrations/script.py.mako"
        (self.folder / "script.py.mako").write_text(template.read_text())
        self.app = self.build(lambda _db: None)

    def build(self, models: Models, **settings: Any) -> Flask:
        """Make the application anew, with these models."""
        app = Flask("small")
        app.config["SQLALCHEMY_DATABASE_URI"] = self.url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(self.url)
        app.config.update(settings)
        convention = Base.metadata.naming_convention
        db = SQLAlchemy(app, metadata=MetaData(naming_convention=convention))
        models(db)
        self.migrate = Migrate(app, db, directory=str(self.folder))
        self.app = app
        return app

    def db(self, *arguments: str, models: Models | None = None, fails: bool = False) -> str:
        """Run a `flask db` command, and return what it printed and logged."""
        if models:
            self.build(models)
        self.caplog.clear()
        with self.caplog.at_level(logging.INFO):
            result = self.app.test_cli_runner().invoke(args=["db", *arguments])
        with self.app.app_context():
            for engine in self.app.extensions["sqlalchemy"].engines.values():
                engine.dispose()
        said = result.output + "\n".join(self.caplog.messages)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert (result.exit_code != 0) == fails, said
        return said

    def create_all(self, models: Models) -> None:
        """Make the tables as `db.create_all()` does."""
        app = self.build(models)
        with app.app_context():
            db = app.extensions["sqlalchemy"]
            db.create_all()
            db.engine.dispose()

    def revision(self, number: int, upgrade: str, downgrade: str = "pass", more: str = "") -> None:
        """Write a revision by hand. Its number is its name; the one before comes before it."""
        before = f"{number - 1:04}" if number > 1 else None
        body = textwrap.indent(textwrap.dedent(upgrade).strip(), "    ")
        back = textwrap.indent(textwrap.dedent(downgrade).strip(), "    ")
        (self.folder / f"versions/{number:04}.py").write_text(
            f'"""Revision {number}."""\n'
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = '{number:04}'\ndown_revision = {before!r}\n{more}\n\n"
            f"def upgrade():\n{body}\n\ndef downgrade():\n{back}\n"
        )

    def revisions(self) -> list[str]:
        """Return the texts of the revision files, from the oldest to the newest."""
        files = sorted(
            (self.folder / "versions").glob("*.py"), key=lambda file: file.stat().st_mtime_ns
        )
        return [file.read_text() for file in files]

    def engine(self) -> Engine:
        """Return an engine of the test's own."""
        return create_engine(self.url, poolclass=NullPool)

    def run(self, *statements: str) -> None:
        """Run SQL."""
        with self.engine().begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, in order."""
        with self.engine().connect() as connection:
            return sorted((tuple(row) for row in connection.execute(text(query))), key=str)

    def schema(self) -> fingerprint.Fingerprint:
        """Return the fingerprint of the schema, without the version."""
        with self.engine().connect() as connection:
            return fingerprint.take(connection, {"alembic_version"})

    def version(self) -> str | None:
        """Return the revision that the database is at."""
        with self.engine().connect() as connection:
            return version_of(connection)


def version_of(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
