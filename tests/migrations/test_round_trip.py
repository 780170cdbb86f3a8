"""Every revision, up, down and up again, with rows in every table. A new one is covered too."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, select, text
from sqlalchemy.pool import NullPool
from sqlalchemy.types import (
    JSON,
    VARBINARY,
    Boolean,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    Numeric,
)

from app import create_app, db
from safe_schema.protection import fingerprint
from tests.commands import ROOT

HIDDEN = {"alembic_version"}
IDS = count(1000, 1000)  # far apart: revisions may add rows of their own
MOMENT = datetime(2026, 11, 20, 12, 0, 0)  # noqa: DTZ001  # SQLite and MariaDB keep no zone

EXAMPLES: dict[type, object] = {
    Boolean: True,
    Integer: 1,
    Numeric: 1,
    DateTime: MOMENT,
    Date: MOMENT.date(),
    JSON: {"a": 1},
}


@pytest.fixture
def empty_app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application on a database without tables."""
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    app = create_app("testing")
    app.extensions["migrate"].directory = str(ROOT / "migrations")
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Engine:
    return create_engine(database_url, poolclass=NullPool)


def schema(engine: Engine) -> fingerprint.Fingerprint:
    with engine.connect() as connection:
        return fingerprint.take(connection, HIDDEN)


def reflected(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in HIDDEN]


def value(column: Any, number: int) -> object:
    """Return a value that a column takes."""
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return number
    if isinstance(column.type, LargeBinary | VARBINARY):
        return str(number).encode()
    for kind, example in EXAMPLES.items():
        if isinstance(column.type, kind):
            return example
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    return str(number)[-(column.type.length or 20) :]  # which MariaDB's JSON takes as well


def fill(engine: Engine, number: int) -> None:
    """Put a row into every table that has none of that number yet."""
    with engine.begin() as connection:
        for table in reflected(connection):
            row = {column.name: value(column, number) for column in table.columns}
            connection.execute(table.insert().values(row))


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in reflected(connection)
        }


def kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> bool:
    """Return whether no row was lost, nor a value of a column that is still there."""
    for table in before.keys() & after.keys():
        common = {*before[table][0]} & {*after[table][0]} if after[table] else set()
        still_there = [[row[name] for name in sorted(common)] for row in after[table]]
        if any([row[name] for name in sorted(common)] not in still_there for row in before[table]):
            return False
    return True


def test_every_revision_goes_up_down_and_up_with_rows(empty_app: Flask, engine: Engine) -> None:
    script = ScriptDirectory.from_config(empty_app.extensions["migrate"].migrate.get_config())
    assert len(script.get_heads()) == 1, "run: flask db merge heads"
    revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    for number, revision in zip(IDS, revisions, strict=False):
        before, held = schema(engine), rows(engine)
        upgrade(revision=revision)
        assert kept(held, rows(engine))
        there = schema(engine)
        downgrade(revision="-1", x_arg="deletes=all")
        assert schema(engine) == before
        upgrade(revision=revision)
        assert schema(engine) == there
        fill(engine, number)
    assert len(rows(engine)) == len(schema(engine))


def test_the_upgraded_database_is_the_one_that_the_models_make(
    empty_app: Flask, engine: Engine
) -> None:
    upgrade()
    upgraded = schema(engine)
    downgrade(revision="base", x_arg="deletes=all")
    db.create_all()
    assert schema(engine) == upgraded
    assert empty_app


def test_an_event_whose_address_is_gone_goes_down_and_up(empty_app: Flask, engine: Engine) -> None:
    assert empty_app
    upgrade(revision="a3e80c56d1f2")
    fill(engine, 1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET ip_address = NULL"))
    downgrade(revision="-1")
    [event] = rows(engine)["audit_events"]
    assert event["ip_address"] == "unknown"  # an empty one would be an operator's
    upgrade(revision="a3e80c56d1f2")
    assert rows(engine)["audit_events"] == [event]
