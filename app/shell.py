"""What `flask shell` knows from the start, and `flask sandbox`, which keeps nothing."""

import signal
import sys
from contextlib import suppress
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import shell_command, with_appcontext
from sqlalchemy import select

from app import models
from app.commands import DatabaseCommand, describe_database
from app.extensions import Model, db
from app.sandbox import sandbox


def init_app(app: Flask) -> None:
    """Let `flask shell` begin with the database, every model and `select`."""
    app.shell_context_processor(make_shell_context)
    app.cli.add_command(sandbox_command)


def make_shell_context() -> dict[str, Any]:
    """Return the names that need no import in the shell, and say which database it works on.

    `flask shell` asks for them once, right before its first prompt, which tells a site's.
    """
    click.echo(f"Flasky, {describe_database()}", err=True)
    if current_app.config["CONFIGURATION"] == "production":
        warn_at_prompt("production")
    tables = {mapper.class_.__name__: mapper.class_ for mapper in Model.registry.mappers}
    others = {name: getattr(models, name) for name in models.__all__}
    return {"db": db, "select": select} | tables | others


@click.command("sandbox", cls=DatabaseCommand)
@with_appcontext
@click.pass_context
def sandbox_command(context: click.Context) -> None:
    """Run a shell that undoes what it did to the database.

    It is `flask shell`, and everything is undone when you leave it, also after
    db.session.commit(). An SQLite database is copied first. On a server, rows that you change
    are locked until you leave, and tables cannot be changed. Mail that you send stays sent, and
    so do files that you write, and what other programs do that you start.
    """
    with sandbox() as where:
        click.echo(
            "SANDBOX: what you do to the database is undone when you leave, also what you commit. "
            f"{where} Mail that you send, and files that you write, are not undone.",
            err=True,
        )
        warn_at_prompt("sandbox")
        for name in ("SIGHUP", "SIGTERM"):  # a window that is closed deletes the copy, too
            signal.signal(getattr(signal, name, signal.SIGTERM), lambda *_: sys.exit(1))
        with suppress(SystemExit):  # of quit()
            context.invoke(shell_command)
    click.echo("Everything in the database is as it was.", err=True)


def warn_at_prompt(word: str) -> None:
    """Write a word before the prompt of Python's own shell."""
    sys.ps1 = f"{word} {getattr(sys, 'ps1', '>>> ')}"
