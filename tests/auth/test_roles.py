"""Roles are what their names mean, whoever made them, from the next login or account on."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from app import db
from app.models import Role, User
from tests.auth.people import add_account, administers, log_in
from tests.auth.races import at_once
from tests.conftest import application

MEANT = dict(Role.PERMISSIONS)
PIN = 1 << 30  # what a release to come may allow
INSERT_ROLES = "INSERT INTO roles (name) VALUES ('Administrator'), ('User'), ('Admin')"


def upgrade_an_empty_one() -> None:
    upgrade()


def adopt_one_with_roles() -> None:
    db.create_all()
    insert_roles()
    upgrade()


def upgrade_an_older_one_with_roles() -> None:
    upgrade(revision="f179896e32a8")  # before roles had permissions
    insert_roles()
    upgrade()


def insert_roles() -> None:
    db.session.execute(text(INSERT_ROLES))
    db.session.commit()


def permissions(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {role.name: role.permissions for role in db.session.scalars(select(Role))}


@pytest.mark.parametrize(
    "prepare", [upgrade_an_empty_one, adopt_one_with_roles, upgrade_an_older_one_with_roles]
)
def test_the_administrator_administers(
    database_url: str, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[], None]
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application(has_tables=False) as app:
        with app.app_context():
            prepare()
        known = {} if prepare is upgrade_an_empty_one else {"Admin": 0}
        assert permissions(app).keys() - MEANT.keys() == known.keys()
        assert not any(permissions(app).values())
        assert administers(app, "anna")
        assert permissions(app) == MEANT | known


def test_who_has_the_highest_role_without_its_permissions_has_them_after_the_next_login(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    add_account(app, "admin", role="Administrator")
    with app.app_context():
        db.session.execute(text("UPDATE roles SET permissions = 0"))
        db.session.commit()
    log_in(app, "admin")
    assert permissions(app) == MEANT
    told = [record.getMessage() for record in caplog.records if record.name == "app.models.role"]
    assert told == [f"The role {name} gets the permissions that its name means." for name in MEANT]


def test_what_a_release_adds_to_a_role_it_has_after_the_next_login_of_anybody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "david", role="Moderator")
    add_account(app, "susan")
    monkeypatch.setitem(Role.PERMISSIONS, "Moderator", Role.PERMISSIONS["Moderator"] | PIN)
    log_in(app, "susan")
    with app.app_context():
        david = db.session.scalars(select(User).filter_by(username="david")).one()
        assert david.can(PIN)
    assert permissions(app) == MEANT | {"Moderator": MEANT["Moderator"] + PIN}


def test_what_a_role_has_beyond_its_name_stays_and_so_do_other_roles(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        Role.get_or_insert("User").add_permission(PIN)
        db.session.add(Role(name="Reader"))
        db.session.commit()
    log_in(app, "susan")
    assert permissions(app) == MEANT | {"User": MEANT["User"] + PIN, "Reader": 0}


def test_logins_at_once_complete_the_roles_together(app: Flask) -> None:
    names = ["admin", "susan", "david"]
    for name in names:
        add_account(app, name)
    with app.app_context():
        db.session.execute(text("DELETE FROM roles WHERE name <> 'User'"))
        db.session.execute(text("UPDATE roles SET permissions = 0"))
        db.session.commit()

    def begin(name: str) -> Callable[[], int]:
        return lambda: log_in(app, name).get("/auth/settings").status_code

    assert at_once(*map(begin, names)) == {200}
    assert permissions(app) == MEANT
