"""The story of the study notes, typed into a real terminal: a column is renamed, no row is lost."""

import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

from safe_schema.tests.commands import ROOT, Command
from safe_schema.tests.small import Small

APP = """
import sys
sys.path.insert(0, {root!r})
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from safe_schema.tests.engines import NAMES_OF_CONSTRAINTS, engine_options

app = Flask("small")
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options({url!r})
db = SQLAlchemy(app, metadata=MetaData(naming_convention=NAMES_OF_CONSTRAINTS))
migrate = Migrate(app, db, directory={folder!r})


class User(db.Model):
    __tablename__ = "users"
    id = db.mapped_column(db.Integer, primary_key=True)
    {name} = db.mapped_column(db.String(64), unique=True, index=True)


app.shell_context_processor(lambda: {{"db": db, "User": User}})
"""


class Terminal:
    """Somebody at a terminal, with an application whose model they change."""

    def __init__(self, small: Small) -> None:
        self.small = small
        self.file = small.file
        self.write("username")

    def write(self, name: str) -> None:
        """Write the model, with that name for the column."""
        url, folder = self.small.url, str(self.small.folder)
        self.file.write_text(APP.format(root=str(ROOT), url=url, folder=folder, name=name))

    def flask(self, *arguments: str) -> None:
        """Run a command that succeeds, and asks nothing."""
        ended = Command("flask", "--app", self.file, *arguments).wait()
        assert ended.returncode == 0, ended.stdout + ended.stderr

    def type(self, *arguments: str, answers: dict[str, str] | None = None) -> str:
        """Type a command, and answer what it asks. Return all that the terminal shows."""
        command = ["-m", "flask", "--app", str(self.file), *arguments]
        terminal = pexpect.spawn(
            sys.executable,
            command,
            env=os.environ | {"NO_COLOR": "1", "PYTHON_BASIC_REPL": "1", "TERM": "dumb"},
            encoding="utf-8",
            timeout=60,
        )
        shown = ""
        for question, answer in (answers or {}).items():
            terminal.expect(question)
            shown += f"{terminal.before}{terminal.after}"
            terminal.sendline(answer)
        terminal.expect(pexpect.EOF)
        shown += str(terminal.before)
        terminal.close()
        self.status = terminal.exitstatus
        return shown


@pytest.fixture
def terminal(small: Small) -> Terminal:
    return Terminal(small)


FILL = {
    ">>> ": "db.create_all()",
    "create_all.*>>> ": "db.session.add_all([User(username='john'), User(username='susan')])",
    "add_all.*>>> ": "db.session.commit()",
    "commit.*>>> ": "exit()",
}


def test_the_story_of_the_notes(terminal: Terminal) -> None:
    small = terminal.small
    terminal.flask("db", "migrate", "-m", "initial migration")
    terminal.type("shell", answers=FILL)
    rows = small.rows("SELECT id, username FROM users")
    assert rows == [(1, "john"), (2, "susan")]
    shown = terminal.type("db", "upgrade")
    assert "The database had no history; it equals revision" in shown

    terminal.write("name")
    question = re.escape("Was the column users.username renamed to users.name? [y/N]:")
    terminal.type("db", "migrate", "-m", "rename", answers={question: "y"})
    assert terminal.status == 0
    for command in ("upgrade", "downgrade", "upgrade"):
        terminal.flask("db", command)
        column = "username" if command == "downgrade" else "name"
        assert small.rows(f"SELECT id, {column} FROM users") == rows  # noqa: S608


def test_no_means_dropped(terminal: Terminal) -> None:
    terminal.flask("db", "migrate")
    terminal.flask("db", "upgrade")
    terminal.write("name")
    question = re.escape("Was the column users.username renamed to users.name? [y/N]:")
    terminal.type("db", "migrate", answers={question: ""})
    assert 'deletes = ["users.username"]' in terminal.small.revisions()[-1]


def test_check_asks_nothing_on_a_terminal(terminal: Terminal) -> None:
    terminal.flask("db", "migrate")
    terminal.flask("db", "upgrade")
    terminal.write("name")
    assert "renamed" not in terminal.type("db", "check")
    assert terminal.status == 1
    assert Path(terminal.file).exists()
