"""Roles and users in the database, however their rows were made."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import insert, inspect, literal, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, StatementError
from werkzeug.exceptions import NotFound

from app import db
from app.models import Role, User
from app.models.columns import UtcDateTime
from app.models.nickname import InvalidNameError


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> object:
    with app.app_context():
        yield


def save(*objects: object) -> None:
    db.session.add_all(objects)
    db.session.commit()


def test_a_name_is_brought_into_its_form() -> None:
    user = User(username="  Jose\N{COMBINING ACUTE ACCENT}  ")
    assert repr(user) == "<User 'José'>"
    save(user)
    assert db.session.execute(select(User.username, User.username_key)).one() == ("José", "josé")


def test_a_changed_name_has_a_new_key() -> None:
    user = User(username="john")
    save(user)
    user.username = "Susan"
    db.session.commit()
    assert user.username_key == "susan"
    save(User(username="john"))


@pytest.mark.parametrize("username", ["", "a\0b", "x" * 65, "\u202ejohn", None, 5])
def test_what_is_no_name_is_refused_before_the_database_sees_it(username: object) -> None:
    with pytest.raises(InvalidNameError):
        User(username=username)


@pytest.mark.parametrize("again", ["john", "JOHN", " John "])
def test_one_name_has_one_row(again: str) -> None:
    save(User(username="john"))
    with pytest.raises(IntegrityError):
        save(User(username=again))
    db.session.rollback()
    with pytest.raises(IntegrityError):
        db.session.execute(insert(User).values(username=again.strip()))


def test_other_accents_and_blanks_are_other_users() -> None:
    save(User(username="Jose"), User(username="José"), User(username="Jo se"))
    assert User.query.count() == 3


def test_rows_without_objects_get_their_key_too() -> None:
    db.session.execute(insert(User), [{"username": "John"}, {"username": "Susan"}])
    db.session.commit()
    assert set(db.session.scalars(select(User.username_key))) == {"john", "susan"}
    for username in (" David ", "Jose\N{COMBINING ACUTE ACCENT}"):
        with pytest.raises((InvalidNameError, StatementError), match="is written"):
            db.session.execute(insert(User).values(username=username))
    with pytest.raises((InvalidNameError, StatementError)):
        db.session.execute(insert(User).values(username="a\0b"))


def test_names_are_sorted_by_code_point() -> None:
    save(*[User(username=name) for name in ("b", "a", "C", "é", "z", "_", "王", "😀")])
    usernames = db.session.scalars(select(User.username).order_by(User.username)).all()
    assert usernames == ["C", "_", "a", "b", "z", "é", "王", "😀"]


def test_filters_compare_names_exactly() -> None:
    save(User(username="John"))
    assert User.query.filter_by(username="John").count() == 1
    assert User.query.filter_by(username="john").count() == 0


@pytest.mark.parametrize("name", ["", " Admin", "Admin ", "Ad\0min", "Ad\nmin", "x" * 65, None])
def test_a_role_has_a_plain_name(name: object) -> None:
    with pytest.raises(ValueError, match="role"):
        Role(name=name)


def test_a_role_name_is_unique_to_the_letter() -> None:
    save(Role(name="Admin"), Role(name="admin"), Role(name="x" * 64))
    with pytest.raises(IntegrityError):
        save(Role(name="Admin"))


@pytest.mark.parametrize(
    ("table", "column", "longest"),
    [("roles", "name", 64), ("users", "username", 64), ("users", "username_key", 128)],
)
def test_no_column_is_wider_than_it_says(table: str, column: str, longest: int) -> None:
    others = {
        "roles": {},
        "users": {
            "username": "x", "username_key": "x", "visits": 0,
            "first_seen": "2026-01-01", "last_seen": "2026-01-01",
        },
    }[table]  # fmt: skip
    for value, fits in [("😀" * longest, True), ("😀" * (longest + 1), False)]:
        row = others | {column: value}
        columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        statement = text(f"INSERT INTO {table} ({columns}) VALUES ({values})")  # noqa: S608
        if fits:
            db.session.execute(statement, row)
        else:
            with pytest.raises(DBAPIError):
                db.session.execute(statement, row)
        db.session.rollback()


def test_a_role_has_users() -> None:
    admin, user = Role(name="Admin"), Role(name="User")
    john, susan = User(username="john", role=admin), User(username="susan", role=user)
    save(john, susan, User(username="david", role=user))
    assert john.role is admin
    assert [u.username for u in user.users.order_by(User.username)] == ["david", "susan"]
    assert user.users.count() == 2
    assert user.users.paginate(per_page=1).total == 2  # type: ignore[attr-defined]
    assert user.users.filter_by(username="susan").first_or_404() is susan  # type: ignore[attr-defined]
    assert str(user.users).endswith("WHERE :param_1 = users.role_id")
    assert repr(user) == "<Role 'User'>"


def test_a_role_that_is_deleted_leaves_its_users() -> None:
    role = Role(name="Moderator")
    save(User(username="susan", role=role))
    db.session.delete(role)
    db.session.commit()
    assert User.query.one().role is None


def test_a_user_cannot_have_a_role_that_is_not_there() -> None:
    with pytest.raises(IntegrityError):
        save(User(username="john", role_id=7))


def test_the_query_of_the_book_works() -> None:
    save(*[User(username=f"user {number:02}") for number in range(25)])
    page = User.query.order_by(User.id).paginate(page=2, per_page=10)
    assert (page.total, page.pages, page.items[0].username) == (25, 3, "user 10")
    assert User.query.get_or_404(page.items[0].id) is page.items[0]
    with pytest.raises(NotFound):
        User.query.get_or_404(0)
    with pytest.raises(InvalidRequestError, match="leave out the filter"):
        User.query.filter_by(username="user 01").get(page.items[0].id)
    with pytest.raises(NotFound):
        User.query.filter_by(username="nobody").first_or_404()


def test_times_come_back_as_they_went_in() -> None:
    moment = datetime(2026, 11, 20, 23, 59, 59, 123456, tzinfo=UTC)
    save(User(username="john", first_seen=moment, last_seen=moment.astimezone(east(8))))
    db.session.expire_all()
    john = User.query.one()
    assert (john.first_seen, john.last_seen) == (moment, moment)
    assert john.first_seen.tzinfo is john.last_seen.tzinfo is UTC
    assert User.query.filter(User.last_seen < moment.astimezone(east(-5))).count() == 0
    assert User.query.filter(User.last_seen <= moment.astimezone(east(-5))).count() == 1


def east(hours: int) -> timezone:
    return timezone(timedelta(hours=hours))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="names no time zone"):
        save(User(username="john", first_seen=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_no_time_is_no_time() -> None:
    assert db.session.scalar(select(literal(None, UtcDateTime()))) is None


def test_a_savepoint_that_is_rolled_back_leaves_what_came_before() -> None:
    with db.session.begin_nested():
        db.session.add(User(username="john"))
    db.session.rollback()
    assert User.query.count() == 0
    db.session.add(User(username="susan"))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(User(username="Susan"))
    db.session.commit()
    assert [user.username for user in User.query] == ["susan"]


@pytest.mark.parametrize("visits", [-1, 2**31, 2**40])
def test_no_number_is_longer_than_the_shortest_column(visits: int) -> None:
    with pytest.raises(DBAPIError):
        save(User(username="john", visits=visits))
    db.session.rollback()
    save(User(username="john", visits=2**31 - 1))


def test_every_constraint_has_a_name() -> None:
    inspector = inspect(db.engine)
    names = [
        found["name"]
        for table in db.metadata.tables
        for found in [
            inspector.get_pk_constraint(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_check_constraints(table),
            *inspector.get_indexes(table),
        ]
        # MariaDB calls every primary key by its own name.
        if db.engine.dialect.name == "sqlite" or found["name"] != "PRIMARY"
    ]
    assert names
    for name in filter(None, names):
        assert name.startswith(("pk_", "uq_", "fk_", "ck_", "ix_")), name
    if db.engine.dialect.name == "sqlite":
        assert None not in names
