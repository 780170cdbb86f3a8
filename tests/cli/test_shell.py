"""The sessions of the users' study notes, typed into a real `flask shell` on a terminal.

The notes follow the book, on packages of their day. Where a name has moved since, its place of
today is typed: `flask.ext.mail` is `flask_mail`, and `hello` is `flasky`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.auth.people import administers
from tests.commands import flask
from tests.conftest import application
from tests.shell import Shell

NAMES = ["john", "susan", "david"]
# The note's SELECT, with the columns that users have since got.
SELECT_OF_TODAY = (
    "'SELECT users.id AS users_id, users.username AS users_username, "
    "users.role_id AS users_role_id, "
    "users.username_key AS users_username_key, users.first_seen AS users_first_seen, "
    "users.last_seen AS users_last_seen, users.visits AS users_visits, "
    "users.email AS users_email, users.email_key AS users_email_key, "
    "users.password_hash AS users_password_hash, users.links_epoch AS users_links_epoch, "
    "users.member_since AS users_member_since, "
    "users.disabled_at AS users_disabled_at, users.let_in_at AS users_let_in_at, "
    "users.warned_at AS users_warned_at, users.breached_state AS users_breached_state, "
    "users.about_me AS users_about_me, "
    "users.locale AS users_locale, users.time_zone AS users_time_zone "
    "\\nFROM users \\nWHERE :param_1 = users.role_id'"
)

SESSION_OF_NOTE_002 = [
    ("from flasky import db", ""),
    ("db.create_all()", ""),
    ("db.drop_all()", ""),
    ("db.create_all()", ""),
    ("from flasky import Role, User", ""),
    ("admin_role = Role(name='Admin')", ""),
    ("mod_role = Role(name='Moderator')", ""),
    ("user_role = Role(name='User')", ""),
    ("user_john = User(username='john', role=admin_role)", ""),
    ("user_susan = User(username='susan', role=user_role)", ""),
    ("user_david = User(username='david', role=user_role)", ""),
    ("print(admin_role.id)", "None"),
    ("print(mod_role.id)", "None"),
    ("print(user_role.id)", "None"),
    ("db.session.add(admin_role)", ""),
    ("db.session.add(mod_role)", ""),
    ("db.session.add(user_role)", ""),
    ("db.session.add(user_john)", ""),
    ("db.session.add(user_susan)", ""),
    ("db.session.add(user_david)", ""),
    ("db.session.add_all([admin_role, mod_role, user_role,", ""),
    ("    user_john, user_susan, user_david])", ""),
    ("db.session.commit()", ""),
    ("print(admin_role.id)", "1"),
    ("print(mod_role.id)", "2"),
    ("print(user_role.id)", "3"),
    ("admin_role.name = 'Administrator'", ""),
    ("db.session.add(admin_role)", ""),
    ("db.session.commit()", ""),
    ("db.session.delete(mod_role)", ""),
    ("db.session.commit()", ""),
    ("Role.query.all()", "[<Role 'Administrator'>, <Role 'User'>]"),
    ("User.query.all()", "[<User 'john'>, <User 'susan'>, <User 'david'>]"),
    ("User.query.filter_by(role=user_role).all()", "[<User 'susan'>, <User 'david'>]"),
    ("str(User.query.filter_by(role=user_role))", SELECT_OF_TODAY),
    ("user_role = Role.query.filter_by(name='User').first()", ""),
    ("user_role", "<Role 'User'>"),
    ("users = user_role.users.all()", ""),
    ("users", "[<User 'susan'>, <User 'david'>]"),
    ("users[0].role", "<Role 'User'>"),
    ("user_role.users.order_by(User.username).all()", "[<User 'david'>, <User 'susan'>]"),
    ("user_role.users.count()", "2"),
    ("app", "<Flask 'app'>"),
    ("User", "<class 'app.models.user.User'>"),
]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh SQLite file, for the shell."""
    path = tmp_path / "data.sqlite"
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def shell() -> Iterator[Shell]:
    shell = Shell("flask", "shell")
    yield shell
    shell.close()


def check(shell: Shell, session: list[tuple[str, str]]) -> None:
    """Type each line, and compare what it prints."""
    for line, printed in session:
        assert (line, shell.type(line)) == (line, printed)


def test_the_banner_names_the_configuration_and_the_database(shell: Shell, database: Path) -> None:
    banner = f"Flasky, development configuration, on sqlite:///{database}"
    assert shell.banner.splitlines()[0] == banner
    assert shell.banner.count("Flasky") == 1


def test_the_prompt_of_a_site_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLASK_CONFIG", "production")
    monkeypatch.setenv("SECRET_KEY", "a secret key for this test only")
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    shell = Shell("flask", "shell")
    assert shell.banner.startswith("Flasky, production configuration, on sqlite:///")
    assert shell.type("1 + 1").endswith("2\nproduction")  # before what is the prompt elsewhere
    shell.close()


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", "postgresql://john:hidden@localhost/flasky")
    shell = Shell("flask", "shell")
    assert "on postgresql+psycopg://john:***@localhost/flasky" in shell.banner
    assert "hidden" not in shell.banner
    assert shell.type("db") == "<SQLAlchemy postgresql+psycopg://john:***@localhost/flasky>"
    shell.close()


@pytest.mark.parametrize("is_upgraded", [False, True], ids=["empty", "upgraded"])
def test_the_session_of_note_002_after_which_the_administrator_administers(
    database_url: str, monkeypatch: pytest.MonkeyPatch, *, is_upgraded: bool
) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)
    session = [*SESSION_OF_NOTE_002, ("db", f"<SQLAlchemy {make_url(database_url)}>")]
    if is_upgraded:
        flask("db", "upgrade")
        session.remove(("db.drop_all()", ""))  # what is typed is tried on the tables of the upgrade
    if database_url.startswith("postgresql"):  # which returns last what was changed last
        place = session.index(("Role.query.all()", "[<Role 'Administrator'>, <Role 'User'>]"))
        session[place] = ("Role.query.all()", "[<Role 'User'>, <Role 'Administrator'>]")
    shell = Shell("flask", "shell")
    check(shell, session)
    shell.close()
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application(has_tables=False) as app:
        assert administers(app, "anna")


def test_a_rollback_gives_back_what_the_database_has(shell: Shell) -> None:
    check(
        shell,
        [
            ("db.create_all()", ""),
            ("role = Role(name='User')", ""),
            ("db.session.add(role)", ""),
            ("db.session.commit()", ""),
            ("role.name = 'Nobody'", ""),
            ("db.session.add(User(username='john'))", ""),
            ("db.session.rollback()", ""),
            ("role", "<Role 'User'>"),
            ("User.query.all()", "[]"),
        ],
    )


def test_every_filter_and_every_way_to_run_a_query_in_the_tables_of_note_002(
    shell: Shell,
) -> None:
    check(
        shell,
        [
            ("db.create_all()", ""),
            ("names = ['john', 'susan', 'david']", ""),
            ("db.session.add_all([User(username=name) for name in names])", ""),
            ("db.session.commit()", ""),
            ("User.query.filter(User.username != 'john').count()", "2"),
            ("User.query.filter_by(username='john').count()", "1"),
            ("User.query.order_by(User.username).limit(1).all()", "[<User 'david'>]"),
            ("User.query.order_by(User.username).offset(2).all()", "[<User 'susan'>]"),
            ("User.query.group_by(User.id).count()", "3"),
            ("User.query.order_by(User.id).first()", "<User 'john'>"),
            ("User.query.get(2)", "<User 'susan'>"),
            ("User.query.get(9)", ""),
            ("User.query.get_or_404(3)", "<User 'david'>"),
            ("User.query.filter_by(username='john').first_or_404()", "<User 'john'>"),
            ("User.query.order_by(User.id).paginate(per_page=2).items[1]", "<User 'susan'>"),
            ("db.session.scalars(select(User.username).order_by(User.id)).all()", str(NAMES)),
        ],
    )


def test_the_context_of_notes_000_and_003(shell: Shell, database: Path) -> None:
    check(
        shell,
        [
            ("app", "<Flask 'app'>"),
            ("db", f"<SQLAlchemy sqlite:///{database}>"),
            ("User", "<class 'app.models.user.User'>"),
            ("Role", "<class 'app.models.role.Role'>"),
            ("from flask import current_app", ""),
            ("app_ctx = app.app_context()", ""),
            ("app_ctx.push()", ""),
            ("current_app.name", "'app'"),
            ("app_ctx.pop()", ""),
            ('"static" in {rule.endpoint for rule in app.url_map.iter_rules()}', "True"),
        ],
    )


def test_the_mail_of_note_003(shell: Shell) -> None:
    check(
        shell,
        [
            ("from flask_mail import Message", ""),
            ("from flasky import mail", ""),
            ("msg = Message('test subject', sender='you@example.com',", ""),
            ("recipients=['you@example.com'])", ""),
            ("msg.body = 'text body'", ""),
            ("msg.html = '<b>HTML</b> body'", ""),
            ("with app.app_context():", ""),
            ("    mail.send(msg)", ""),
        ],
    )
    printed = shell.type("")
    assert "Without MAIL_SERVER, a mail was not sent: 'test subject'" in printed
    assert "text body" in printed


def test_note_003_in_a_shell_of_python_itself() -> None:
    shell = Shell("code", "-q")
    said = shell.type("from flasky import app, db, Role, User")
    assert "WARNING in mailbox: This is the development configuration" in said  # no `flask` runs it
    check(
        shell,
        [
            ("app.app_context().push()", ""),
            ("db.create_all()", ""),
            ("db.session.add(User(username='david', role=Role(name='User')))", ""),
            ("db.session.commit()", ""),
            ("User.query.filter_by(username='david').first()", "<User 'david'>"),
        ],
    )
    shell.close()
