"""What Alembic and the drivers say, in words that tell an operator the way out."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import flask_migrate
import flask_migrate.cli
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from safe_schema.copies.sqlite import get_path
from safe_schema.dialects import is_mariadb
from safe_schema.runs.journal import join_lines

# The functions behind the commands that know of revisions.
COMMANDS = (
    *("revision", "migrate", "edit", "merge", "upgrade", "downgrade", "show", "history", "heads"),
    *("branches", "current", "stamp", "check"),
)
UNKNOWN = re.compile(r"Can't locate revision identified by '(?P<revision>.*)'")
TOO_FAR = re.compile(
    r"Relative revision (?P<steps>\S+) didn't produce \d+ migrations|Walked too far"
)
SEVERAL_HEADS = re.compile(r"Multiple head(s| revisions) are present")
MERGE = 'flask db merge heads -m "..."'
BEHIND = re.compile(r"Target database is not up to date")


def explain_commands() -> None:
    """Let the commands of Flask-Migrate explain what they refuse."""
    for name in COMMANDS:
        function = getattr(flask_migrate, name).__wrapped__  # as it is before it catches errors
        setattr(flask_migrate.cli, f"_{name}", flask_migrate.catch_errors(explained(function)))


def explained(function: Callable[..., None]) -> Callable[..., None]:
    """Return a function whose CommandErrors tell the way out."""

    @wraps(function)
    def run(directory: str | None = None, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        try:
            if function.__name__ == "merge":
                check_merge(find_script(directory), *arguments[:1])
            function(directory, *arguments, **options)
        except CommandError as error:
            raise CommandError(explain(str(error), directory)) from error

    return run


def find_script(directory: str | None) -> ScriptDirectory:
    """Return the folder of revisions."""
    migrate = current_app.extensions["migrate"].migrate
    return ScriptDirectory.from_config(migrate.get_config(directory))


def explain(message: str, directory: str | None) -> str:
    """Return an error of Alembic's with the way out, if it is one of those that lack it."""
    if found := UNKNOWN.match(message):
        script = find_script(directory)
        return f"There is no revision {found['revision']!r} in {script.dir}. {describe(script)}"
    if found := TOO_FAR.match(message):
        steps = f" {found['steps']}" if found["steps"] else ""
        return (
            f"There are not as many revisions as{steps} asks for: `flask db current` shows where "
            "the database is, and `flask db history` which there are."
        )
    if SEVERAL_HEADS.match(message) or BEHIND.match(message):
        heads = sorted(find_script(directory).get_heads())
        if len(heads) > 1:
            listed = " and ".join(heads)
            return f"The history has several heads, {listed}. Join them: {MERGE}"
        return "The database is not up to date with migrations/. Run `flask db upgrade` first."
    return message


def describe(script: ScriptDirectory) -> str:
    """Return which revisions there are, in a sentence."""
    known = [each.revision for each in script.walk_revisions()]
    if len(known) > 1:
        first, last = known[-1], known[0]
        return f"There are {len(known)}, from {first} to {last}; see `flask db history`."
    return f"There is one, {known[0]}." if known else "There are none."


def check_merge(script: ScriptDirectory, revisions: tuple[str, ...] = ()) -> None:
    """Raise CommandError for fewer than two revisions: what is written would be another base."""
    heads = script.get_heads()
    found = {each.revision for each in script.get_revisions(revisions) if each} if revisions else ()
    if len(found) > 1:
        return
    if len(heads) < 2:  # noqa: PLR2004
        raise CommandError(f"There is one head, {''.join(heads)}: nothing to merge.")
    listed = " and ".join(sorted(heads))
    raise CommandError(f"To merge takes two revisions or more. The heads are {listed}: {MERGE}")


def check_heads(migration: MigrationContext, other_histories: dict[str, str]) -> None:
    """Raise CommandError if the database is at a revision that the code does not have.

    `other_histories` says of such a revision what is to be done.
    """
    script: ScriptDirectory = migration.opts["script"]
    heads = migration.get_current_heads()
    if not heads or migration.purge:
        return
    unknown = sorted({*heads} - {each.revision for each in script.walk_revisions()})
    if not unknown:
        return
    way_out = other_histories.get(unknown[0]) or (
        "Either the code is older than the database: run the code that has the revision, or go "
        "back with that one's `flask db downgrade` first. Or the database belongs to another "
        "application"
    )
    raise CommandError(
        f"The database is at revision {', '.join(unknown)}, which is not in {script.dir}. "
        f"{way_out}. {describe(script)}"
    )


def explain_no_connection(url: URL, error: DBAPIError) -> str:
    """Return why there is no connection to a database."""
    path = get_path(url)
    arguments = getattr(error.orig, "args", ())
    words = arguments[-1] if arguments and isinstance(arguments[-1], str) else str(error.orig)
    reason = (path and find_fault(path)) or join_lines(words)
    return f"{url} cannot be used: {reason}"


def find_fault(path: Path) -> str | None:
    """Return why a file cannot be a database, which SQLite does not tell apart, or None."""
    folder = path.absolute().parent
    if os.path.isdir(path):  # noqa: PTH112  # Path's would raise an error where one may not look
        return "it is a folder, not a file"
    if not folder.exists():
        return f"there is no folder {folder}"
    if not folder.is_dir():
        return f"{folder} is a file, not a folder"
    if not os.access(path if path.exists() else folder, os.R_OK | os.W_OK):
        what = "read and write that file" if path.exists() else f"create a file in {folder}"
        return f"the user of this process may not {what}"
    return None


@contextmanager
def tell_what_stays(migration: MigrationContext) -> Iterator[None]:
    """Say where a migration that is refused has come to: MariaDB takes nothing back."""
    connection = migration.connection
    assert connection  # noqa: S101
    if not is_mariadb(migration.dialect):
        yield
        return
    before = migration.get_current_heads()
    connection.rollback()
    try:
        yield
    except CommandError as error:
        now = before
        with suppress(SQLAlchemyError):
            connection.rollback()
            now = migration.get_current_heads()
        if now == before:
            raise
        way_back = (
            " Tables that are gone come back with `flask db upgrade`, empty."
            if migration.opts["fn"].__name__ == "downgrade"
            else ""
        )
        raise CommandError(
            f"{error} What ran before that is done: the database was at {join_heads(before)}, and "
            f"is at {join_heads(now)}.{way_back}"
        ) from error


def join_heads(heads: tuple[str, ...]) -> str:
    """Return the revisions that a database is at, as a text."""
    return ", ".join(heads) or "no revision"
