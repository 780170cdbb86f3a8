"""One database for thousands of pairs of models: it is emptied between them."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from safe_schema.protection import fingerprint
from safe_schema.runs.journal import QUESTION, strip_comments
from safe_schema.tests import drawn_models
from safe_schema.tests.drawn_models import Model, Pair
from safe_schema.tests.engines import engine_options
from safe_schema.tests.kept import HIDDEN, State, look
from safe_schema.tests.small import Small, hearing

FIRST = "0001"


class Answer(NamedTuple):
    """What a command said, and whether it failed."""

    failed: bool
    said: str
    error: str


class Ground:
    """A database, and beside it another one that the models are made in at once, to compare."""

    def __init__(self, small: Small, other_url: str) -> None:
        self.small = small
        self.kind = small.engine().dialect.name
        self.versions = small.folder / "versions"
        # One for all applications: to connect and to compile SQL would take most of the time.
        self.engine = create_engine(small.url, **engine_options(small.url))
        if self.kind == "sqlite":
            self.other = create_engine("sqlite://", poolclass=StaticPool)
        else:
            self.other = create_engine(other_url)

    def close(self) -> None:
        for engine in (self.engine, self.other):
            engine.dispose()

    def begin(self, pair: Pair) -> None:
        """Empty the database, and make the first model in it, at a first revision, with rows."""
        shutil.rmtree(self.versions)
        self.versions.mkdir()
        self.small.revision(1, "pass")
        if self.kind == "sqlite":
            self.engine.dispose()
            file = Path(str(self.engine.url.database))
            for each in file.parent.glob(f"{file.name}*"):
                each.unlink()
        else:
            empty(self.engine)
        self.use(pair.before)
        with self.engine.begin() as connection:
            self.metadata.create_all(connection)
            connection.exec_driver_sql(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
            )
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ({FIRST!r})")  # noqa: S608
            for table in pair.before:
                self.insert(connection, table, pair.rows[table.key])

    def use(self, model: Model) -> MetaData:
        """Let the application have a model."""
        app = self.small.build(lambda db: drawn_models.define(db, model))
        app.extensions["sqlalchemy"]._app_engines[app] = {None: self.engine}  # noqa: SLF001
        metadata: MetaData = app.extensions["sqlalchemy"].metadata
        self.metadata = metadata
        return metadata

    def insert(
        self, connection: Connection, table: drawn_models.DrawnTable, rows: list[drawn_models.Row]
    ) -> None:
        """Insert rows, but those that their own model refuses."""
        into = self.metadata.tables[table.name]
        for number, row in enumerate(rows, 1):
            values = {
                column.name: without_nul(row[column.key])
                if self.kind == "postgresql"
                else row[column.key]
                for column in table.columns
            }
            with suppress(SQLAlchemyError), connection.begin_nested():
                connection.execute(into.insert().values(id=number, **values))

    def look(self, metadata: MetaData) -> State:
        """Return what the database holds, as a model reads it."""
        with self.engine.connect() as connection:
            return look(connection, metadata)

    def wanted(self) -> tuple[fingerprint.Fingerprint, fingerprint.Columns]:
        """Return what `db.create_all()` makes of the present model."""
        empty(self.other)
        with self.other.begin() as connection:
            self.metadata.create_all(connection)
            schema = fingerprint.take(connection, set())
            columns = fingerprint.columns(connection)
        return schema, columns

    def has_journal(self) -> bool:
        with self.engine.connect() as connection:
            return inspect(connection).has_table("alembic_progress")

    def delete_rows(self) -> None:
        """Delete all rows, so that nothing stands against a migration."""
        with self.engine.begin() as connection:
            without_keys = self.kind != "postgresql"
            if without_keys:
                connection.exec_driver_sql("SET foreign_key_checks = 0")
            for name in inspect(connection).get_table_names():
                if name not in HIDDEN:
                    connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608

    def run(self, *arguments: str) -> Answer:
        """Run a `flask db` command in this process. Raise what it does not tell in one line."""
        with hearing("alembic", "flask_migrate") as messages, redirect_stdout(StringIO()):
            result = self.small.app.test_cli_runner().invoke(args=["db", *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        said = result.output + "\n".join(messages)
        return Answer(result.exit_code != 0, said, messages[-1] if messages else "")

    def upgrade_and_be_killed(self, number: int) -> bool:
        """Upgrade in a process that dies at a statement. Return whether it came that far."""
        child = os.fork()
        if not child:
            try:
                devnull = os.open(os.devnull, os.O_RDWR)
                os.dup2(devnull, 1)
                os.dup2(devnull, 2)
                self.engine.dispose(close=False)
                with dying(number):
                    self.run("upgrade")
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)


@contextmanager
def dying(number: int) -> Iterator[None]:
    """End this process, as `kill -9` does, at the statement of that number that changes a thing."""
    left = number

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal left
        if QUESTION.match(strip_comments(statement)) or statement.startswith("PRAGMA"):
            return
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    moment = "before_cursor_execute" if number % 2 else "after_cursor_execute"
    event.listen(Engine, moment, count)
    try:
        yield
    finally:
        event.remove(Engine, moment, count)


def without_nul(value: Any) -> Any:
    """Return a value as PostgreSQL takes it."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def empty(engine: Engine) -> None:
    """Drop all that is in a database."""
    with engine.begin() as connection:
        EMPTY[engine.dialect.name](connection)


def empty_sqlite(connection: Connection) -> None:
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    for name in names.scalars().all():
        if not name.startswith("sqlite_"):
            connection.exec_driver_sql(f"DROP TABLE {name}")


def empty_postgresql(connection: Connection) -> None:
    connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def empty_mariadb(connection: Connection) -> None:
    names = connection.exec_driver_sql("SHOW TABLES").scalars().all()
    if names:
        connection.exec_driver_sql("SET foreign_key_checks = 0")
        connection.exec_driver_sql(f"DROP TABLE {', '.join(names)}")
        connection.exec_driver_sql("SET foreign_key_checks = 1")


EMPTY: dict[str, Callable[[Connection], None]] = {
    "sqlite": empty_sqlite,
    "postgresql": empty_postgresql,
    "mysql": empty_mariadb,
    "mariadb": empty_mariadb,
}
