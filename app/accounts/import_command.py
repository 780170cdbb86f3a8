"""`flask user import`: the users of the book's own flasky come over."""

import click

from app.accounts import book, importing
from app.accounts.book import SourceError
from app.accounts.commands import user
from app.accounts.importing import Import
from app.commands import echo_json, examples, json_option, show_progress
from app.extensions import db


@user.command(
    "import",
    epilog=examples(
        "flask user import --dry-run old/data-dev.sqlite",
        "flask user import postgresql://john@localhost/old",
    ),
)
@click.argument("source", help="A database file, or an address as DATABASE_URL has it.")
@click.option("--dry-run", is_flag=True, help="Tell what would come over, and add nothing.")
@json_option
def import_users(source: str, *, dry_run: bool, as_json: bool) -> None:
    """Take over the users of the book's own flasky.

    SOURCE is its database, of any chapter; nothing in it is changed. Roles come over, too. Names
    that are one here, or none, are told with their rows; who is here already stays as they are. All
    come over at once, or nobody; to run it again adds who is missing.
    """
    try:
        with book.open_source(source) as connection:
            old = book.read_users(connection)
            with show_progress("Reading", book.count_users(connection)) as report:
                planned = importing.plan(old, report)
            left = book.list_what_stays(connection)
        done = importing.carry_out(planned, is_dry_run=dry_run)
    except SourceError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        db.session.rollback()
        raise click.ClickException("Stopped. Nobody was added.") from None
    if as_json:
        echo_json(represent(done, left) | {"dry_run": dry_run})
    else:
        tell(done, left, is_dry_run=dry_run)


def represent(done: Import, left: list[str]) -> dict[str, object]:
    """Return what programs are told. `special_cases` are sentences."""
    return {
        "read": done.read,
        "added": done.added,
        "known": done.known,
        "same": done.same,
        "invalid": done.invalid,
        "roles": done.roles,
        "not_taken_over": left,
        "special_cases": done.lines,
    }


def tell(done: Import, left: list[str], *, is_dry_run: bool) -> None:
    """Print what became of each row that was read."""
    for line in done.lines:
        click.echo(line)
    if done.roles:
        roles = ", ".join(f"{name} ({number})" for name, number in sorted(done.roles.items()))
        click.echo(f"Roles of those who are new: {roles}.")
    if left:
        click.echo(f"Not taken over: {', '.join(left)}.")
    click.echo(
        f"Users read: {done.read}. Added: {done.added}, here already: {done.known}, the same as "
        f"another one: {done.same}, without a name that can be: {done.invalid}."
    )
    if is_dry_run:
        click.echo("This was a dry run: nothing was changed.")
