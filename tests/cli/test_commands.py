"""What all of Flasky's commands have in common: help, suggestions, JSON, questions, completion."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest
from flask import Flask
from sqlalchemy import func, select

from app import commands, create_app, db
from app.models import Action, AuditEvent
from tests.auth.people import add_account
from tests.commands import ROOT, flask, run
from tests.mail.outbox import add_templates, enqueue

LONG_AGO = datetime.now(UTC) - timedelta(days=400)
WIDTH = 80


def commands_of(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from commands_of(command)


def answer(app: Flask, *arguments: str) -> Any:
    """Return the JSON document that is all a command prints."""
    result = app.test_cli_runner().invoke(args=[*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def add_old_event(app: Flask) -> None:
    with app.app_context():
        db.session.add(AuditEvent(action=Action.LOGGED_OUT, at=LONG_AGO))
        db.session.commit()


def count_events(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_the_help_says_what_flasky_is_and_cuts_no_sentence(sqlite_app: Flask) -> None:
    printed = flask("--help")
    assert "Flasky greets you, and knows you when you come back." in printed
    assert "docs/commands.md" in printed
    assert isinstance(sqlite_app.cli, click.Group)
    groups = [name for name, one in sqlite_app.cli.commands.items() if isinstance(one, click.Group)]
    assert {"db", "mail", "user"} <= {*groups}
    for group in groups:
        assert f"  {group} " in printed
        for line in flask(group, "--help").splitlines()[1:]:  # the first has [ARGS]...
            assert not line.endswith("..."), line
            assert len(line) <= WIDTH


def test_every_argument_is_explained_and_every_command_says_what_it_does(
    sqlite_app: Flask,
) -> None:
    of_others = {*sqlite_app.cli.commands["db"].commands.values()}  # type: ignore[attr-defined]
    assert isinstance(sqlite_app.cli, click.Group)
    for command in {*commands_of(sqlite_app.cli)} - of_others:
        assert command.help, command.name
        for parameter in command.params:
            assert getattr(parameter, "help", None), (command.name, parameter.name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["usr"], "user"), (["sell"], "shell"), (["user", "lst"], "list"), (["clen"], "clean")],
)
def test_a_typo_gets_a_suggestion(typed: list[str], meant: str) -> None:
    answer = run("-m", "flask", *typed)
    assert answer.returncode == 2
    assert f"Error: No such command '{typed[-1]}'. Did you mean '{meant}'?" in answer.stderr


@pytest.mark.parametrize(
    ("words", "completed"),
    [("flask us", "plain,user\n"), ("flask user pro", "plain,promote\n"), ("flask usr pro", "\n")],
)
def test_the_shell_completes_commands_and_those_of_groups(words: str, completed: str) -> None:
    environment = os.environ | {
        "_FLASK_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    program = Path(sys.executable).with_name("flask")
    printed = subprocess.run(
        [program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    assert printed.stdout.decode() == completed


def test_programs_get_the_accounts_as_json(app: Flask) -> None:
    assert answer(app, "user", "list") == []
    add_account(app, "susan")
    [susan] = answer(app, "user", "list")
    assert datetime.fromisoformat(susan.pop("member_since")).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(susan.pop("last_seen")).utcoffset() == timedelta(0)
    assert susan == {
        "id": 1,
        "username": "susan",
        "email": "susan@example.com",
        "role": "User",
        "disabled_at": None,
    }


def test_programs_get_the_emails_as_json(app: Flask) -> None:
    add_templates(app)
    enqueue(app, "john")
    document = answer(app, "mail", "list")
    [email] = document.pop("emails")
    assert document.pop("oldest_waiting_seconds") in range(60)
    assert document == {"waiting": 1, "notices": 0, "given_up": 0}
    assert datetime.fromisoformat(email.pop("created_at")).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(email.pop("due_at")).utcoffset() == timedelta(0)
    assert email == {
        "id": 1,
        "to": "susan@example.com",
        "template": "test",
        "status": "waiting",
        "tries": 0,
        "sent_at": None,
        "error": None,
    }


def test_a_dry_run_counts_and_deletes_nothing(app: Flask) -> None:
    add_old_event(app)
    dry_run = app.test_cli_runner().invoke(args=["clean", "--dry-run"])
    assert dry_run.output == "Would be deleted: emails 0, logins 0, log events 1.\n"
    document = answer(app, "clean", "--dry-run")
    assert document["dry_run"] is True
    assert {name: count for name, count in document["deleted"].items() if count} == {
        "audit_events": 1
    }
    assert count_events(app) == 1
    document = answer(app, "clean")
    assert document["dry_run"] is False
    assert document["deleted"]["audit_events"] == 1
    assert count_events(app) == 0


def test_deleting_tells_how_far_it_is(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SECONDS_BETWEEN_LINES", 0)
    add_old_event(sqlite_app)
    answer = sqlite_app.test_cli_runner().invoke(args=["clean"])
    assert "Deleting: 1 of 1\n" in answer.stderr
    assert answer.stdout == "Deleted: emails 0, logins 0, log events 1.\n"


@pytest.mark.parametrize(("reply", "left"), [("n", 1), ("y", 0)])
def test_somebody_at_a_terminal_is_asked_before_anything_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: str, left: int
) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    monkeypatch.setenv("DEV_DATABASE_URL", url)
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    flask("db", "upgrade")
    app = create_app("testing")
    add_old_event(app)
    terminal = pexpect.spawn(
        sys.executable, ["-m", "flask", "clean"], cwd=ROOT, timeout=60, env=os.environ.copy()
    )
    terminal.expect_exact("Delete emails 0, logins 0, log events 1? [y/N]: ")
    terminal.sendline(reply)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == left  # who says no gets 1
    assert count_events(app) == left
