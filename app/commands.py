"""What Flasky's own commands share."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo
from flask.cli import cli as flask_group
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.database import describe_outage

SECONDS_BETWEEN_LINES = 5
ABOUT = """\
Flasky greets you, and knows you when you come back. `flask user create NAME EMAIL` makes an
account, `flask COMMAND --help` has examples, and docs/commands.md tells the rest.
"""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
yes_option = click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")


class Commands(AppGroup):
    """Flasky's commands beside Flask's: a mistyped name is compared with all of them."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing and isinstance(ctx.command, click.Group):
            names = ctx.command.list_commands(ctx)
            raise click.NoSuchCommand(cmd_name, possibilities=names, ctx=ctx)
        return found


class DatabaseCommand(click.Command):
    """A command that says in one line what is wrong with the database."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            outage = describe_outage(error)
            if outage is None:
                raise
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                where = f"This is the {describe_database()}"
            message = f"{outage[0].upper()}{outage[1:].rstrip('?')}. {where}"
            raise click.ClickException(message) from None


def describe_database() -> str:
    """Return which configuration this is, and the database that it works on, without passwords."""
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    return f"{current_app.config['CONFIGURATION']} configuration, on {url}"


class DatabaseGroup(DatabaseCommand, AppGroup):
    """A group of such commands."""


def init_app(app: Flask) -> None:
    """Give the application's commands their place. This comes before all who add some."""
    app.cli = Commands(app.name)
    # Its help is written before there is an application, and its epilog after that.
    flask_group.epilog = ABOUT


def examples(*lines: str) -> str:
    """Return the end of a command's help."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def echo_json(document: object) -> None:
    """Print a document for programs, in one line. Its moments are ISO 8601, in UTC."""
    click.echo(json.dumps(document, default=datetime.isoformat))


def confirm(question: str, *, is_sure: bool) -> None:
    """Ask somebody at a terminal, and stop unless the answer is yes. Nobody else is asked."""
    if not is_sure and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


@contextmanager
def show_progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a bar to somebody at a terminal, and to all others a line now and then."""
    if sys.stderr.isatty():
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            yield bar.update
    else:
        yield make_reporter(label, length)


def make_reporter(label: str, length: int) -> Callable[[int], None]:
    """Return a function that is told of progress, and prints a line every few seconds."""
    done, told_at = 0, time.monotonic()

    def report(count: int) -> None:
        nonlocal done, told_at
        done += count
        if time.monotonic() - told_at >= SECONDS_BETWEEN_LINES:
            click.echo(f"{label}: {done} of {length}", err=True)
            told_at = time.monotonic()

    return report
