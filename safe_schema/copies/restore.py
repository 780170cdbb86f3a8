"""`flask db restore`: what a copy must be, before what is there is replaced by it."""

from pathlib import Path

import click
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Engine

from safe_schema.copies import backup, files, sqlite
from safe_schema.runs.locks import one_at_a_time


def restore(engine: Engine, file: Path, *, is_forced: bool, asks: bool) -> None:
    """Bring back the copy that a file is, and tell. Raise CommandError if it cannot be."""
    kind = backup.find_kind(engine)
    database = backup.get_name(engine)
    check_file(file, engine)
    kind.check(file)
    revisions = kind.read_revisions(engine, file)
    heads = check_history(file, revisions, is_forced=is_forced)
    if asks:
        click.confirm(f"Replace all that {database} holds by what is in {file}?", abort=True)
    with one_at_a_time(engine):
        saved = kind.restore(engine, file)
    files.was_restored(file)
    click.echo(f"{database} is now what {file} was.")
    if saved:
        click.echo(f"What it held before is in {saved}.")
    if revisions != heads:
        click.echo(f"It is at revision {backup.join(revisions)}; `flask db upgrade` goes on.")


def check_file(file: Path, engine: Engine) -> None:
    """Raise CommandError if a copy is not there, or is the database itself."""
    if not file.is_file():
        what = f"{file} is no file" if file.exists() else f"There is no file {file}"
        raise CommandError(f"{what}. Nothing was changed.")
    live = sqlite.get_path(engine.url)
    if live and live.exists() and live.samefile(file):
        raise CommandError(f"{file} is the database itself. Nothing was changed.")


def check_history(file: Path, revisions: set[str], *, is_forced: bool) -> set[str]:
    """Return the newest revisions. Raise CommandError if a copy is at none of this history's."""
    script = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    known = {each.revision for each in script.walk_revisions()}
    if is_forced:
        return set(script.get_heads())
    if not revisions:
        raise CommandError(
            f"{file} has no revision in alembic_version: it is the copy of a database of another "
            "application, or of one without a history. Nothing was changed; if it is meant, "
            "add --force."
        )
    if unknown := revisions - known:
        raise CommandError(
            f"{file} is at revision {backup.join(unknown)}, which this code does not know: it is "
            "the copy of a newer version of the application, or of another one. Nothing was "
            "changed; if it is meant, add --force."
        )
    return set(script.get_heads())
