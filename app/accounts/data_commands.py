"""`flask user delete` and `flask user export`: what people may ask of whoever keeps their data."""

import click
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import deletion, personal_data
from app.accounts.commands import stop_if_last_administrator, user
from app.accounts.references import find_references
from app.commands import examples, yes_option
from app.extensions import db
from app.models import Action, User
from app.models.lookup import find

anybody = click.argument("name", help="The name of anybody, or the email address of an account.")


@user.command(epilog=examples("flask user delete --dry-run john", "flask user delete john"))
@anybody
@click.option("--with-writings", is_flag=True, help="Delete what they wrote for others, too.")
@click.option("--dry-run", is_flag=True, help="Only show which rows refer to NAME.")
@yes_option
def delete(name: str, *, with_writings: bool, dry_run: bool, is_sure: bool) -> None:
    """Delete NAME, account or visitor, for good. The only administrator stays."""
    found = get_user(name)
    shown = found.username
    if dry_run:
        describe(found)
        return
    writings = "and all they wrote" if with_writings else "but not what they wrote for others"
    if not is_sure:
        click.confirm(f"Delete {shown}, {writings}, for good?", abort=True)
    try:
        with stop_if_last_administrator():
            deletion.delete(found, with_writings=with_writings)
    except StaleDataError:
        raise click.ClickException(f"{shown} has been deleted meanwhile.") from None
    click.echo(f"{shown} is deleted.")


@user.command(epilog=examples("flask user export john > john.json"))
@anybody
def export(name: str) -> None:
    """Print all that is kept of NAME, account or visitor."""
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
