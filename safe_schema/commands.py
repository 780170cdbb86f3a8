"""`flask db backup` and `restore`, beside the commands of Flask-Migrate."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic.config import Config
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import catch_errors
from flask_migrate.cli import db as db_commands
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from safe_schema.autogenerate import gradually
from safe_schema.autogenerate.answers import is_terminal
from safe_schema.copies.backup import back_up
from safe_schema.copies.restore import restore
from safe_schema.explanations import explain_commands, explain_no_connection

TEMPLATE = Path(__file__).with_name("template")
# Flask-Migrate's own are too long for a line of the list.
SHORT_HELPS = {
    "migrate": "Write a new revision from what the models say.",
    "stamp": "Set the revision of the database, without migrations.",
}


def init_app(
    app: Flask, *, other_histories: dict[str, str] | None = None, x_names: Iterable[str] = ()
) -> None:
    """Make the `flask db` commands safe that Flask-Migrate has added to the application.

    Adds `backup` and `restore`, lets `init` write a folder of migrations that is as safe as this
    one, and does not let another folder be taken for it. `other_histories` tells what to do with a
    database that is at a revision of another application's; `x_names` are those of `-x` that the
    application's own revisions read.
    """
    has_commands = db_commands in app.cli.commands.values()
    assert has_commands, "safe_schema.init_app comes after migrate.init_app"  # noqa: S101
    db_commands.add_command(backup_command)
    db_commands.add_command(restore_command)
    [template] = [each for each in db_commands.commands["init"].params if each.name == "template"]
    template.default = str(TEMPLATE)
    for name, text in SHORT_HELPS.items():
        db_commands.commands[name].short_help = text
    gradually.add_option()
    explain_commands()
    app.extensions["migrate"].migrate.configure(check_environment)
    app.extensions["safe_schema"] = {
        "other_histories": other_histories or {},
        "x_names": tuple(x_names),
    }


def check_environment(config: Config) -> Config:
    """Raise CommandError if a folder of migrations runs its revisions without safe_schema."""
    environment = Path(config.get_main_option("script_location") or "", "env.py")
    if environment.exists() and "safe_schema" not in environment.read_text(encoding="utf-8"):
        raise CommandError(
            f"{environment} does not call safe_schema, so nothing would be safe. Let it say "
            "`import safe_schema` and `safe_schema.run()`, and nothing else; `run` takes the "
            "arguments that yours gives to context.configure."
        )
    return config


@contextmanager
def default_engine() -> Iterator[Engine]:
    """Give the engine of the default database. Raise CommandError for what goes wrong with it."""
    engine: Engine = current_app.extensions["migrate"].db.engine
    try:
        yield engine
    except DBAPIError as error:
        raise CommandError(explain_no_connection(engine.url, error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be used: {error.strerror}") from None


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keep", type=click.IntRange(min=1), help="Delete all but so many such copies there."
)
@with_appcontext
@catch_errors  # type: ignore[untyped-decorator]
def backup_command(file: Path | None, keep: int | None) -> None:
    """Save a copy of the database as FILE, while the site runs.

    Without FILE, or with a folder, its name says the database, the moment and the revision. It
    stands beside an SQLite database, and in the present folder for others.
    """
    if keep and file and not file.is_dir():
        raise CommandError(f"{file} is no folder, and --keep needs one. Nothing was changed.")
    with default_engine() as engine:
        back_up(engine, file, keep)


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask, as where there is no terminal.")
@click.option("--force", is_flag=True, help="Also the copy of another application's database.")
@with_appcontext
@catch_errors  # type: ignore[untyped-decorator]
def restore_command(file: Path, yes: bool, force: bool) -> None:  # noqa: FBT001  # click's way
    """Bring back a copy, FILE, and save what is there first."""
    with default_engine() as engine:
        restore(engine, file, is_forced=force, asks=not yes and is_terminal())
