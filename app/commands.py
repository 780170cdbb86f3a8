"""What Flasky's own commands share."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.database import describe_outage

SECONDS_BETWEEN_LINES = 5


class DatabaseCommand(click.Command):
    """A command that says in one line what is wrong with the database."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            outage = describe_outage(error)
            if outage is None:
                raise
            where = f"This is the {describe_database()}"
            raise click.ClickException(f"{outage[0].upper()}{outage[1:]}. {where}") from None


def describe_database() -> str:
    """Return which configuration this is, and the database that it works on, without passwords."""
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    return f"{current_app.config['CONFIGURATION']} configuration, on {url}"


class DatabaseGroup(DatabaseCommand, AppGroup):
    """A group of such commands."""


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
