"""`flask board generate` and `flask board index`: messages to try with, and what finds them."""

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import commands, db
from app.board import messages, search, search_index
from app.board.models import Message, SearchTerm
from app.board.search import parse_query
from app.board.terms import make_terms
from app.models import User
from tests.auth.people import add_account
from tests.board.people import texts_on, user_of
from tests.commands import Command, failed, flask
from tests.conftest import visitor


def run(app: Flask, *arguments: str) -> str:
    """Run a command that succeeds, and return what it printed."""
    answer = app.test_cli_runner().invoke(args=["board", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def kept_terms() -> set[tuple[int, int]]:
    return {(row.message_id, row.term) for row in SearchTerm.query}


def wanted_terms() -> set[tuple[int, int]]:
    shown = Message.query.filter(Message.deleted_at.is_(None))
    return {(message.id, term) for message in shown for term in make_terms(message.text)}


def found(query: str) -> list[int]:
    messages = search.find(parse_query(query)).messages
    return [message.id for message in db.session.scalars(messages.order_by(Message.id.desc()))]


def test_the_board_is_filled_with_messages_that_are_found(app: Flask) -> None:
    assert run(app, "generate", "--messages", "300") == (
        "Written: 300. The board has 300 messages.\n"
    )
    assert run(app, "generate", "--messages", "400") == (
        "Written: 100. The board has 400 messages.\n"
    )
    assert "Written: 0." in run(app, "generate", "--messages", "400")
    with app.app_context():
        rows = db.session.scalars(select(Message).order_by(Message.id)).all()
        assert len(rows) == 400
        times = [message.written_at for message in rows]
        assert times == sorted(times)
        assert sum(message.reply_to_id is not None for message in rows) > 5
        assert {message.author.username[:3] for message in rows if message.author} == {
            "rea", "读者 ",
        }  # fmt: skip
        assert User.query.filter(User.password_hash.is_not(None)).count() == 0
        assert kept_terms() == wanted_terms()
        for word in ("我们", "the"):
            assert found(word)
    client = visitor(app)
    assert len(texts_on(client.get("/board/"))) == 25
    assert len(texts_on(client.get("/board/search?q=the"))) == 25
    assert client.get("/user/reader 17").status_code == 200
    assert client.get("/user/读者 17").status_code == 200


def test_messages_from_before_the_search_are_added(app: Flask) -> None:
    with app.app_context():
        add_account(app, "susan")
        susan = user_of(app, "susan")
        old = [Message(text=text, author=susan) for text in ("Old words", "旧的文字", "Deleted")]
        db.session.add_all(old)
        db.session.commit()
        messages.delete(susan, old[2])
        messages.edit(susan, old[0], "Older words")
        messages.post(susan, "New words")
        assert found("words") == [4]
    added = "Added to the search: {}. All 3 messages can be found.\n"
    assert run(app, "index") == added.format(2)
    with app.app_context():
        assert found("words") == [4, 1]
        assert found("旧的文字") == [2]
        assert kept_terms() == wanted_terms()
    assert run(app, "index") == added.format(0)
    with app.app_context():
        db.session.add(SearchTerm(term=5, message_id=1))
        db.session.commit()
    assert run(app, "index", "--all") == added.format(3)
    with app.app_context():
        assert kept_terms() == wanted_terms()


def test_an_empty_board_is_indexed(sqlite_app: Flask) -> None:
    assert "Added to the search: 0." in run(sqlite_app, "index")


def test_programs_get_figures_as_json(sqlite_app: Flask) -> None:
    generated = run(sqlite_app, "generate", "--messages", "3", "--json")
    assert json.loads(generated) == {"written": 3, "messages": 3}
    assert json.loads(run(sqlite_app, "index", "--json")) == {"added": 0, "messages": 3}
    assert json.loads(run(sqlite_app, "index", "--all", "--json")) == {"added": 3, "messages": 3}


def test_who_is_interrupted_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "MESSAGES_AT_ONCE", 10)
    run(app, "generate", "--messages", "50")
    with app.app_context():
        search_index.clear()

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "make_reporter", lambda *_: interrupt)
    answer = app.test_cli_runner().invoke(args=["board", "index"])
    assert answer.exit_code == 1
    assert "Error: Stopped. To go on, run `flask board index` again." in answer.output
    monkeypatch.undo()
    assert "Added to the search: 40." in run(app, "index")
    with app.app_context():
        assert kept_terms() == wanted_terms()


def test_progress_is_told_where_there_is_no_terminal(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "SECONDS_BETWEEN_LINES", 0)
    printed = run(sqlite_app, "generate", "--messages", "30")
    assert "Writing: 30 of 30\nIndexing: 30 of 30\n" in printed


@pytest.mark.parametrize("number", ["0", "-1", "x", "10000001", "1e3", ""])
def test_wrong_numbers_are_refused(sqlite_app: Flask, number: str) -> None:
    answer = sqlite_app.test_cli_runner().invoke(args=["board", "generate", "--messages", number])
    assert answer.exit_code == 2
    assert "Invalid value for '--messages'" in answer.output


def test_a_site_in_use_is_not_filled_by_mistake(sqlite_app: Flask) -> None:
    sqlite_app.config["CONFIGURATION"] = "production"
    answer = sqlite_app.test_cli_runner().invoke(args=["board", "generate", "--messages", "5"])
    assert answer.exit_code == 1
    assert "This is the production configuration" in answer.output
    run(sqlite_app, "generate", "--messages", "5", "--in-production")
    with sqlite_app.app_context():
        assert Message.query.count() == 5


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a database with tables."""
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    flask("db", "upgrade")
    return tmp_path / "data.sqlite"


def wait_for_messages(file: Path) -> None:
    """Return as soon as there are some. Fail if there never are."""
    end = time.monotonic() + 60
    with closing(sqlite3.connect(file)) as database:
        while not database.execute("SELECT 1 FROM messages LIMIT 1").fetchone():
            assert time.monotonic() < end
            time.sleep(0.1)


def test_ctrl_c_stops_it_in_one_line(file: Path) -> None:
    command = Command("flask", "board", "generate", "--messages", "10000000")
    wait_for_messages(file)
    assert command.process.pid
    os.kill(command.process.pid, signal.SIGINT)
    ended = command.wait()
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1] == (
        "Error: Stopped. To go on, run `flask board generate --messages 10000000` again."
    )


@pytest.mark.usefixtures("file")
def test_a_database_without_tables_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite")
    assert "run `flask db upgrade`" in failed("-m", "flask", "board", "index")


def test_two_at_once_do_no_harm(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)
    flask("db", "upgrade")
    flask("board", "generate", "--messages", "1200")
    commands = [Command("flask", "board", "index", "--all") for _ in range(2)]
    for command in commands:
        ended = command.wait()
        assert ended.returncode == 0, ended.stderr
    assert "Added to the search: 0." in flask("board", "index")
