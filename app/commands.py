"""What Flasky's own commands share."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
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
            raise click.ClickException(outage[0].upper() + outage[1:]) from None


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
