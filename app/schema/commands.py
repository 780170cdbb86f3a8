"""`flask db restore`, beside the commands of Flask-Migrate."""

from pathlib import Path

import click
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import catch_errors
from flask_migrate.cli import db as db_commands

from app.schema import backup


def init_app(app: Flask) -> None:
    """Add `restore` to `flask db`, whose commands Flask-Migrate has added to the application."""
    assert db_commands in app.cli.commands.values()  # noqa: S101
    db_commands.add_command(restore)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
@catch_errors  # type: ignore[untyped-decorator]
def restore(file: Path) -> None:
    """Bring back a copy of an SQLite database, FILE."""
    path = backup.file_of(current_app.extensions["migrate"].db.engine.url)
    if path is None:
        raise CommandError("Only an SQLite file can be restored; use the tools of your database.")
    saved = backup.restore(file, path)
    click.echo(f"{path} is now what {file} was.")
    if saved:
        click.echo(f"What it held before is in {saved}.")
