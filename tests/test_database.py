"""What the three databases do differently, and how Flasky makes it alike."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from app import create_app, db
from app.database import engine_options, is_transient_conflict, is_unavailable, lacks_schema
from app.models import Role, User
from app.web.access import everybody

on_a_server = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def two_users(app: Flask) -> list[int]:
    """The ids of two rows."""
    with app.app_context():
        db.session.add_all([User(username="john"), User(username="susan")])
        db.session.commit()
        return list(db.session.scalars(select(User.id).order_by(User.id)))


@on_a_server
def test_a_transaction_that_gave_way_is_told_from_one_that_failed(
    app: Flask, two_users: list[int]
) -> None:
    both_hold_one = threading.Barrier(2)

    def lock(connection: Connection, user_id: int) -> None:
        connection.execute(update(User).where(User.id == user_id).values(visits=User.visits + 1))

    def lock_both(order: list[int]) -> DBAPIError | None:
        with app.app_context(), db.engine.connect() as connection:
            try:
                lock(connection, order[0])
                both_hold_one.wait()
                lock(connection, order[1])
                connection.commit()
            except DBAPIError as error:
                return error
            return None

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lock_both, [two_users, two_users[::-1]]))
    [loser] = [error for error in ends if error]
    assert is_transient_conflict(loser)
    with app.app_context():
        assert db.session.scalars(select(User.visits)).all() == [1, 1]


@pytest.mark.parametrize("statement", ["SELEKT 1", "SELECT nothing_like_that(1)"])
def test_other_failures_are_none_of_these(app: Flask, statement: str) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(text(statement))
    assert not is_transient_conflict(caught.value)
    assert not lacks_schema(caught.value)
    assert not is_unavailable(caught.value)
    assert not is_unavailable(ValueError())


@pytest.mark.parametrize("statement", ["SELECT 1 FROM nowhere", "SELECT shoe_size FROM users"])
def test_a_missing_table_or_column_is_told(app: Flask, statement: str) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(text(statement))
    assert lacks_schema(caught.value)


@on_sqlite
def test_readers_and_a_writer_work_at_once(app: Flask, two_users: list[int]) -> None:
    with app.app_context(), db.engine.connect() as writer, db.engine.connect() as reader:
        writer.execute(update(User).values(visits=1))
        rows = reader.scalars(select(User.visits))
        assert next(rows) == 0
        writer.commit()
        assert next(rows) == 0
        rows.close()
        # A transaction that has read may write: it did not begin before it wrote.
        reader.execute(update(User).where(User.id == two_users[0]).values(visits=2))
        reader.commit()
        assert reader.scalars(select(User.visits).order_by(User.id)).all() == [2, 1]


@on_sqlite
def test_a_new_file_may_be_opened_by_many_at_once(database_url: str) -> None:
    url = make_url(database_url)
    other = sqlite3.connect(url.database or "", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # SQLite refuses a change of the journal, without waiting
    threading.Timer(0.3, other.execute, ["COMMIT"]).start()
    engine = create_engine(url, **engine_options(database_url))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    other.close()
    engine.dispose()


@on_a_server
def test_a_session_sees_what_was_committed_before_each_statement(
    app: Flask, two_users: list[int]
) -> None:
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        assert one.scalars(select(User.visits)).all() == [0, 0]
        other.execute(update(User).where(User.id.in_(two_users)).values(visits=1))
        other.commit()
        assert one.scalars(select(User.visits)).all() == [1, 1]


@pytest.mark.parametrize(("configuration", "hidden"), [("production", True), ("testing", False)])
def test_production_keeps_what_visitors_typed_out_of_its_log(
    monkeypatch: pytest.MonkeyPatch, configuration: str, *, hidden: bool
) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret key for this test only")
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    app = create_app(configuration)
    with app.app_context():
        with pytest.raises(OperationalError) as caught:
            db.session.execute(text("SELECT 1 FROM nowhere WHERE 1 = :name"), {"name": "susan"})
        db.session.remove()
        db.engine.dispose()
    assert ("susan" not in str(caught.value)) is hidden


# What a database refuses, and by which of Flasky's rules: drivers quote the row, or the value.
REFUSED = [
    "UPDATE users SET visits = -1",
    "UPDATE users SET role_id = 77",
    """INSERT INTO users (username, username_key, email_key, first_seen, last_seen, visits)
    SELECT password_hash, password_hash, email_key, first_seen, last_seen, 1 FROM users""",
    """INSERT INTO roles (name, permissions)
    SELECT password_hash, 1 FROM users UNION ALL SELECT password_hash, 2 FROM users""",
    "UPDATE users SET visits = CAST(password_hash AS INTEGER) - 1",
    "UPDATE users SET visits = password_hash",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_whatever_a_driver_says_no_hash_is_in_the_log(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    statement: str,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret key for this test only")
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost")
    monkeypatch.setenv("DATABASE_URL", database_url)
    app = create_app("production")

    @app.route("/refused")
    @everybody
    def _refused() -> str:
        db.session.execute(text(statement))
        return "not refused"

    with app.app_context():
        db.create_all()
        db.session.add(User(username="john", role=Role.get_or_insert("User"), visits=1))
        db.session.flush()
        kept = {"email": "john@example.com", "email_key": "john@example.com"}
        db.session.execute(update(User).values(password_hash="$argon2id$secret", **kept))
        db.session.commit()
    answer = app.test_client().get("/refused", base_url="https://localhost")
    assert answer.status_code == 500
    assert "sqlalchemy.exc." in caplog.text
    assert "argon2" not in caplog.text
    assert "john@example.com" not in caplog.text


def test_a_process_that_ends_leaves_others_their_write_ahead_log(tmp_path: Path) -> None:
    file, link = tmp_path / "data.sqlite", tmp_path / "link"
    link.symlink_to(tmp_path)
    first, again = (create_engine(f"sqlite:///{folder}/data.sqlite") for folder in (tmp_path, link))
    read = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT n FROM t'))"

    def look() -> str:
        command = [sys.executable, "-c", read, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with first.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.commit()
        with again.connect():
            look()  # and end
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        connection.commit()
        assert look() == "(1,)\n"
    first.dispose()
    again.dispose()
