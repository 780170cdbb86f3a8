"""`flask board init`, and what note 001 types."""

from pathlib import Path

import pytest

from tests.commands import failed, flask
from tests.shell import Shell

SESSION_OF_NOTE_001 = [
    ("Message", "<class 'app.board.models.message.Message'>"),
    ("role = Role.query.filter_by(name='Administrator').one()", ""),
    ("user = User(username='john', email='john@example.com', password='correct horse', role=role)",
     ""),
    ("db.session.add(user)", ""),
    ("db.session.add(Message(text='Hello!', author=user))", ""),
    ("db.session.commit()", ""),
    ("Message.query.all()", "[<Message 1>]"),
    ("user.messages", "[<Message 1>]"),
    ("user.messages[0].author", "<User 'john'>"),
    ("Message.query.filter_by(author=user).count()", "1"),
    ("from app.board import messages", ""),
    ("messages.post(user, 'Once more')", "<Message 2>"),
    ("messages.post(user, 'Once more')", "<Message 2>"),
    ("from flask_mail import Message", ""),
    ("Message('subject').subject", "'subject'"),
    ("[message.text for message in user.messages]", "['Hello!', 'Once more']"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    flask("db", "upgrade")


def test_the_session_of_note_001() -> None:
    failed("-m", "flask", "board", "init")  # which makes the roles all the same
    shell = Shell("flask", "shell")
    for line, printed in SESSION_OF_NOTE_001:
        assert (line, shell.type(line)) == (line, printed)
    shell.close()


def test_it_makes_the_roles_and_offers_the_administrator_an_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = failed("-m", "flask", "board", "init")
    assert "There is no FLASKY_ADMIN. Set it to your email address." in message
    monkeypatch.setenv("FLASKY_ADMIN", "John <john@example.com>")
    for _ in range(2):
        roles, link = flask("board", "init").splitlines()
        assert roles == "The roles are there: User, Moderator, Administrator."
        assert link.startswith("http://127.0.0.1:5000/auth/register/")
    shell = Shell("flask", "shell")
    shell.type("Role.query.count(), User.query.count()")
    shell.type("client = app.test_client()")
    shell.type(f"page = client.get('{link}', follow_redirects=True)")
    shell.type("""token = page.text.split('csrf_token" value="')[1].split('"')[0]""")
    shell.type("form = {'csrf_token': token, 'password': 'correct horse battery'}")
    assert shell.type("client.post(page.request.url, data=form).status") == "'303 SEE OTHER'"
    assert shell.type("User.query.all()") == "[<User 'John'>]"
    assert shell.type("User.query.one().is_administrator()") == "True"
    shell.close()
    assert flask("board", "init").splitlines()[1:] == [
        "John has an account, and is an administrator once logged in."
    ]
