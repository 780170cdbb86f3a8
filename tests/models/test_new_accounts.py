"""What an account gets that is made as the book makes it, in the shell."""

import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from app import db
from app.models import Role, User

A_DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> object:
    with app.app_context():
        yield


def account(name: str) -> User:
    return User(username=name, email=f"{name}@example.com", password="a long word")


def save(*objects: object) -> None:
    db.session.add_all(objects)
    db.session.commit()


def permissions() -> dict[str, int]:
    return {role.name: role.permissions for role in Role.query}


def test_an_account_without_a_role_gets_that_of_all_new_ones() -> None:
    user = account("susan")
    save(user)
    assert user.role is Role.get_or_insert("User")
    assert user.can(4)
    assert not user.can(8)
    assert user.member_since is not None


@pytest.mark.parametrize("user_first", [True, False])
def test_a_role_that_is_saved_with_the_account_is_the_one_it_gets(*, user_first: bool) -> None:
    user, role = account("susan"), Role(name="User")
    save(*([user, role] if user_first else [role, user]))
    assert user.role is role
    assert permissions() == Role.PERMISSIONS


def test_an_account_keeps_what_it_was_given() -> None:
    moderator = Role.get_or_insert("Moderator")
    by_object, by_id = account("susan"), account("david")
    by_object.role, by_id.role_id = moderator, moderator.id
    by_id.member_since = A_DAY
    save(by_object, by_id)
    assert by_object.role is by_id.role is moderator
    assert by_id.member_since == A_DAY


def test_a_visitor_has_no_role_and_is_no_member() -> None:
    save(User(username="susan"))
    db.session.execute(insert(User).values(username="david"))
    assert db.session.execute(select(User.role_id, User.member_since)).all() == [(None, None)] * 2
    assert permissions() == {}


def test_what_is_inserted_without_an_object_gets_nothing() -> None:
    with pytest.raises(DBAPIError, match="account_role"):
        db.session.execute(insert(User).values(username="david", email_key="d", password_hash="x"))


def test_an_account_is_saved_while_somebody_else_makes_the_roles(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert_them = Role._insert  # noqa: SLF001

    def make_them() -> None:
        with app.app_context():
            Role.insert_roles()

    def insert_them_later(names: list[str]) -> None:
        monkeypatch.setattr(Role, "_insert", insert_them)
        winner = threading.Thread(target=make_them)
        winner.start()
        winner.join()
        insert_them(names)

    save(User(username="david"))
    david = User.query.one()
    monkeypatch.setattr(Role, "_insert", insert_them_later)
    david.about_me, susan = "changed in the same transaction", account("susan")
    save(susan)
    assert susan.role is Role.get_or_insert("User")
    assert david.about_me == "changed in the same transaction"
