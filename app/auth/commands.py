"""The commands `flask user ...`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy import select

from app.auth import accounts, links, second_factor, standing
from app.auth.links import Purpose
from app.auth.standing import LastAdministratorError
from app.commands import DatabaseGroup
from app.extensions import db
from app.models import Action, Role, User
from app.models.addresses import InvalidAddressError, mail_address
from app.models.nickname import InvalidNameError, account_name
from app.web import audit

user = DatabaseGroup("user", help="Make, list and change accounts.")

RANKS = list(Role.PERMISSIONS)  # the lowest first


@user.command()
@click.argument("name")
@click.argument("email")
def create(name: str, email: str) -> None:
    """Print the link by which NAME gets an account with the address EMAIL."""
    try:
        shown, address = account_name(name).shown, mail_address(email)
    except (InvalidNameError, InvalidAddressError) as error:
        raise click.ClickException(str(error)) from None
    other = accounts.in_the_way(shown, address)
    if other is not None and other.email_key == address.key:
        raise click.ClickException(f"{address.shown} is the address of {other.username!r}.")
    if other is not None:
        raise click.ClickException(f"{other.username!r} has an account already.")
    audit.record(Action.LINK_MADE, accounts.find_by_name(shown), detail=repr(shown))
    print_link(Purpose.REGISTER, name=shown, email=address.shown)


@user.command("list")
def list_users() -> None:
    """List the accounts."""
    users = select(User).where(User.password_hash.is_not(None)).order_by(User.username_key)
    accounts_found = db.session.scalars(users).all()
    if not accounts_found:
        click.echo("There is no account yet; `flask user create` makes one.", err=True)
    for found in accounts_found:
        state = "disabled" if found.disabled_at else found.role.name if found.role else ""
        click.echo(f"{found.username}  {found.email}  {state}")


@user.command()
@click.argument("name")
def promote(name: str) -> None:
    """Give NAME the next higher role."""
    change_role(account(name), 1)


@user.command()
@click.argument("name")
def demote(name: str) -> None:
    """Give NAME the next lower role. The last administrator stays one."""
    change_role(account(name), -1)


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Log NAME out everywhere, and let them in no more. The last administrator stays."""
    found = account(name)
    with told_in_one_line():
        standing.disable(found)
    click.echo(f"{found.username} is disabled.")


@user.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME in again."""
    found = account(name)
    standing.enable(found)
    click.echo(f"{found.username} is enabled.")


@user.command("forget-factor")
@click.argument("name")
def forget_factor(name: str) -> None:
    """Let NAME, who lost the second factor, log in by the password alone."""
    found = account(name)
    if not second_factor.take_away(found):
        raise click.ClickException(f"{found.username} has no second factor.")
    click.echo(f"{found.username} logs in by the password alone now, and is logged out everywhere.")


@user.command()
@click.argument("name")
def password(name: str) -> None:
    """Print the link by which NAME chooses a password anew."""
    found = account(name)
    if found.disabled_at:
        raise click.ClickException(f"{found.username} is disabled; see `flask user enable`.")
    audit.record(Action.LINK_MADE, found, detail="reset")
    print_link(Purpose.RESET, user=found.id, state=links.state_of(found))


def account(name: str) -> User:
    """Return the user of that name or address. Stop if there is no such account."""
    found = accounts.find(name)
    if found is None or not found.has_account:
        raise click.ClickException(f"{name!r} has no account; `flask user list` lists them.")
    return found


def change_role(found: User, step: int) -> None:
    """Move an account up or down among the roles of a new site."""
    name = found.role.name if found.role else ""
    if name not in RANKS:
        raise click.ClickException(f"{found.username} is {name or 'nothing'}; see `flask shell`.")
    rank = RANKS.index(name) + step
    if not 0 <= rank < len(RANKS):
        raise click.ClickException(f"{found.username} is {name}, and there is no role beyond.")
    with told_in_one_line():
        standing.set_role(found, Role.named(RANKS[rank]))
    click.echo(f"{found.username} is {RANKS[rank]} now.")


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Tell why something is not done to the last administrator."""
    try:
        yield
    except LastAdministratorError as error:
        raise click.ClickException(str(error)) from None


def print_link(purpose: Purpose, **values: object) -> None:
    """Print a link, as a mail would have it, once the log knows of it."""
    db.session.commit()
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        click.echo(links.make(purpose, **values))
