"""`flask db restore`, beside the commands of Flask-Migrate."""

from pathlib import Path

import click
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import catch_errors
from flask_migrate.cli import db as db_commands

from safe_schema import backup

TEMPLATE = Path(__file__).with_name("template")


def init_app(app: Flask) -> None:
    """Add `restore` to `flask db`, whose commands Flask-Migrate has added to the application.

    And let `init` write what a folder of migrations needs to be as safe as this one.
    """
    has_commands = db_commands in app.cli.commands.values()
    assert has_commands, "safe_schema.init_app comes after migrate.init_app"  # noqa: S101
    db_commands.add_command(restore)
    [template] = [each for each in db_commands.commands["init"].params if each.name == "template"]
    template.default = str(TEMPLATE)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
@catch_errors  # type: ignore[untyped-decorator]
def restore(file: Path) -> None:
    """Bring back a copy of an SQLite database, FILE."""
    path = backup.get_sqlite_path(current_app.extensions["migrate"].db.engine.url)
    if path is None:
        raise CommandError("Only an SQLite file can be restored; use the tools of your database.")
    saved = backup.restore(file, path)
    click.echo(f"{path} is now what {file} was.")
    if saved:
        click.echo(f"What it held before is in {saved}.")
