"""Databases with Flasky's tables, which tests use in turn."""

from contextlib import ExitStack
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from app import db
from safe_schema.tests.databases import create_database


class KeptDatabases:
    """Databases of servers, with Flasky's tables, which the tests of a process use in turn.

    To create and drop one for each test takes a hundred times as long as to empty it.
    """

    def __init__(self) -> None:
        self.engines: dict[str, Engine] = {}
        self.created = ExitStack()

    def lend(self, kind: str) -> str:
        """Return the address of one that is as new: tables without rows, whose ids begin at 1."""
        engine = self.engines.get(kind)
        if engine is None or not _emptied(engine):
            engine = self.engines[kind] = self._create(kind)
        return engine.url.render_as_string(hide_password=False)

    def _create(self, kind: str) -> Engine:
        """Create one, and return what stays connected to it: that takes as long as to empty it."""
        url = self.created.enter_context(create_database(kind, Path()))
        engine = create_engine(url, pool_pre_ping=True)
        self.created.callback(engine.dispose)
        with engine.begin() as connection:
            db.metadata.create_all(connection)
        return engine


def _emptied(engine: Engine) -> bool:
    """Empty a database, unless a test has dropped or added tables."""
    with engine.begin() as connection:
        if set(inspect(connection).get_table_names()) != set(db.metadata.tables):
            return False
        if engine.dialect.name in {"mysql", "mariadb"}:
            _empty_mariadb(connection)
        else:
            connection.exec_driver_sql(_how_to_empty())
    return True


@cache
def _how_to_empty() -> str:
    """Return the SQL that PostgreSQL empties all tables with, in one go."""
    lines = []
    for table in reversed(db.metadata.sorted_tables):
        lines.append(f"DELETE FROM {table.name}")  # noqa: S608  # our own names
        if (ids := table.autoincrement_column) is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{ids.name}')"
            lines.append(f"SELECT setval({sequence}, 1, false)")
    return "; ".join(lines)


def _empty_mariadb(connection: Connection) -> None:
    """Delete all rows, and truncate only tables that have had an id: that takes longer."""
    had_ids = "SELECT table_name FROM information_schema.tables WHERE auto_increment > 1"
    truncated = set(connection.scalars(text(f"{had_ids} AND table_schema = DATABASE()")))
    connection.exec_driver_sql("SET foreign_key_checks = 0")
    for table in db.metadata.sorted_tables:
        if table.name in truncated:
            connection.exec_driver_sql(f"TRUNCATE {table.name}")
        else:
            connection.execute(table.delete())


def create_tables() -> None:
    """Create Flasky's tables as `db.create_all()` does, unless they are there."""
    with db.engine.connect() as connection:
        if inspect(connection).get_table_names():
            return
        if db.engine.name != "sqlite":
            db.metadata.create_all(connection)
            connection.commit()
        else:
            sqlite = connection.connection.driver_connection
            assert sqlite
            sqlite.executescript(_sqlite_tables())


@cache
def _sqlite_tables() -> str:
    """Return the SQL that SQLite keeps of its tables: in one go, it takes a tenth of the time."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        db.metadata.create_all(connection)
        kept = connection.scalars(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        script = ";\n".join(["BEGIN", *kept, "COMMIT"])
    engine.dispose()
    return script
