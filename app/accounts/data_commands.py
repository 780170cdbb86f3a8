"""`flask user delete` and `flask user export`: what people may ask of whoever keeps their data."""

import click
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import deletion, personal_data
from app.accounts.commands import stop_if_last_administrator, user
from app.accounts.references import find_references
from app.extensions import db
from app.models import Action, User
from app.models.lookup import find


@user.command()
@click.argument("name")
@click.option("--with-writings", is_flag=True, help="Delete what they wrote for others, too.")
@click.option("--dry-run", is_flag=True, help="Only show which rows refer to NAME.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, *, with_writings: bool, dry_run: bool, yes: bool) -> None:
    """Delete NAME, with an account or without, for good. The only administrator stays."""
    found = get_user(name)
    shown = found.username
    if dry_run:
        describe(found)
        return
    writings = "and all they wrote" if with_writings else "but not what they wrote for others"
    if not yes:
        click.confirm(f"Delete {shown}, {writings}, for good?", abort=True)
    try:
        with stop_if_last_administrator():
            deletion.delete(found, with_writings=with_writings)
    except StaleDataError:
        raise click.ClickException(f"{shown} has been deleted meanwhile.") from None
    click.echo(f"{shown} is deleted.")


@user.command()
@click.argument("name")
def export(name: str) -> None:
    """Print all data that is kept of NAME, with an account or without, as JSON."""
    found = get_user(name)
    audit.record(Action.EXPORTED, found)
    db.session.commit()
    for piece in personal_data.write(found):
        click.echo(piece, nl=False)


def get_user(name: str) -> User:
    """Return the user of that name or address, account or not. Stop if there is none."""
    found = find(name)
    if found is None:
        raise click.ClickException(f"Nobody has the name or address {name!r}.")
    return found


def describe(found: User) -> None:
    """Print how many rows refer to a user, and what would become of them."""
    what = "account" if found.has_account else "visitor without an account"
    click.echo(f"{found.username}, {what}, first seen {found.first_seen:%Y-%m-%d}")
    for reference in find_references():
        theirs = select(func.count()).where(reference.column == found.id)
        if count := db.session.scalar(theirs):
            outcome = "deleted" if reference.is_deleted else "kept, without an owner"
            click.echo(f"  {reference}: {count}, {outcome}")
