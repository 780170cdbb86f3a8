"""A small application with tables and migrations of its own, to try `safe_schema` on."""

import logging
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

import safe_schema
from safe_schema.commands import TEMPLATE
from safe_schema.protection import fingerprint
from safe_schema.tests.commands import ROOT, Command
from safe_schema.tests.engines import NAMES_OF_CONSTRAINTS, engine_options

Models = Callable[[SQLAlchemy], None]  # defines the tables


APP = """
import sys
sys.path.insert(0, {root!r})
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from safe_schema.tests.engines import engine_options
app = Flask("small")
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options({url!r})
db = SQLAlchemy(app)
Migrate(app, db, directory={folder!r})
"""


@contextmanager
def hearing(*names: str) -> Iterator[list[str]]:
    """Give a list of what these loggers say meanwhile."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    for name in names:
        logging.getLogger(name).addHandler(handler)
    yield messages
    for name in names:
        logging.getLogger(name).removeHandler(handler)


class Small:
    """An application on a database. Its migrations stay when its models change."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder / "migrations"
        (self.folder / "versions").mkdir(parents=True)
        (self.folder / "alembic.ini").write_text((TEMPLATE / "alembic.ini.mako").read_text())
        (self.folder / "env.py").write_text((TEMPLATE / "env.py").read_text())
        template = (TEMPLATE / "script.py.mako").read_text()
        (self.folder / "script.py.mako").write_text(template)
        self.file = folder / "small.py"
        self.file.write_text(APP.format(root=str(ROOT), url=url, folder=str(self.folder)))
        self.app = self.build(lambda _db: None)

    def build(self, models: Models, **settings: Any) -> Flask:
        """Make the application anew, with these models."""
        app = Flask("small")
        app.config["SQLALCHEMY_DATABASE_URI"] = self.url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(self.url)
        app.config.update(settings)
        db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMES_OF_CONSTRAINTS))
        models(db)
        self.migrate = Migrate(app, db, directory=str(self.folder))
        safe_schema.init_app(app)
        self.app = app
        return app

    def db(self, *arguments: str, models: Models | None = None, fails: bool = False) -> str:
        """Run a `flask db` command, and return what it printed and logged."""
        if models:
            self.build(models)
        with hearing("alembic", "flask_migrate") as messages:
            result = self.app.test_cli_runner().invoke(args=["db", *arguments])
        with self.app.app_context():
            for engine in self.app.extensions["sqlalchemy"].engines.values():
                engine.dispose()
        said = result.output + "\n".join(messages)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert (result.exit_code != 0) == fails, said
        return said

    def upgrade(self, *options: str, **environment: str) -> Command:
        """Begin `flask db upgrade` in a process of its own."""
        return Command("flask", "--app", self.file, "db", "upgrade", *options, **environment)

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
        file = self.folder / f"versions/{number:04}.py"
        file.write_text(
            f'"""Revision {number}."""\n'
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = '{number:04}'\ndown_revision = {before!r}\n{more}\n\n"
            f"def upgrade():\n{body}\n\ndef downgrade():\n{back}\n"
        )
        # Python takes a file of the same second and size for the one that it has compiled.
        Path(cache_from_source(str(file))).unlink(missing_ok=True)

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

    def columns(self) -> fingerprint.Columns:
        """Return what the columns are, with their collations."""
        with self.engine().connect() as connection:
            return fingerprint.columns(connection)

    def version(self) -> str | None:
        """Return the revision that the database is at."""
        with self.engine().connect() as connection:
            return version_of(connection)


def version_of(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
