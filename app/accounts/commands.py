"""The commands `flask user ...`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy import select

from app import audit
from app.accounts import administration, names
from app.accounts.administration import LastAdministratorError
from app.accounts.links import Link, RegisterLink, ResetLink, hash_credentials
from app.commands import DatabaseGroup, describe_database, echo_json, examples, json_option
from app.extensions import db
from app.models import Action, Detail, Role, User
from app.models.account_name import RESTS_FOR, parse_account_name
from app.models.addresses import InvalidAddressError, parse_email
from app.models.lookup import find, find_by_name, find_conflict
from app.models.nickname import InvalidNameError

user = DatabaseGroup(
    "user",
    help="Create, list and change accounts. NAME is the name or the email address of one.",
    epilog=examples(
        "flask user create susan susan@example.com",
        "flask user promote susan@example.com",
        "flask user list --json",
    ),
)

RANKS = list(Role.PERMISSIONS)  # the lowest first
name_argument = click.argument("name", help="The name or the email address of an account.")


@user.command(epilog=examples("flask user create 'Susan Smith' susan@example.com"))
@click.argument("name", help="What the account will be called.")
@click.argument("email", help="Where it will get its mail. Nothing is sent now.")
def create(name: str, email: str) -> None:
    """Print a sign-up link for NAME and EMAIL."""
    offer_account(name, email)


def offer_account(name: str, email: str) -> None:
    """Print a sign-up link, and commit that to the log. Stop where there can be no such account."""
    try:
        shown, address = parse_account_name(name).shown, parse_email(email)
    except (InvalidNameError, InvalidAddressError) as error:
        raise click.ClickException(str(error)) from None
    other = find_conflict(shown, address)
    if other is not None and other.email_key == address.key:
        raise click.ClickException(f"{address.shown} is the email address of {other.username!r}.")
    if other is not None:
        raise click.ClickException(f"{other.username!r} already has an account.")
    if not names.is_free(shown):
        raise click.ClickException(
            f"{shown!r} looks like the name of another account, or of one that gave it up in the "
            f"last {RESTS_FOR.days} days."
        )
    audit.record(Action.LINK_MADE, find_by_name(shown), detail=shown)
    print_link(RegisterLink(shown, address.shown))


@user.command("list")
@json_option
def list_users(*, as_json: bool) -> None:
    """List all accounts."""
    users = select(User).where(User.password_hash.is_not(None)).order_by(User.username_key)
    listed = db.session.scalars(users).all()
    if as_json:
        echo_json([represent(found) for found in listed])
        return
    if not listed:
        where = f"This is the {describe_database()}."
        click.echo(f"No accounts yet. Create one with `flask user create`. {where}", err=True)
    for found in listed:
        state = "disabled" if found.disabled_at else found.role.name if found.role else ""
        click.echo(f"{found.username}  {found.email}  {state}")


def represent(found: User) -> dict[str, object]:
    """Return what programs are told of an account."""
    return {
        "id": found.id,
        "username": found.username,
        "email": found.email,
        "role": found.role.name if found.role else None,
        "member_since": found.member_since,
        "last_seen": found.last_seen,
        "disabled_at": found.disabled_at,
    }


@user.command()
@name_argument
def promote(name: str) -> None:
    """Give NAME the next higher role."""
    change_role(get_account(name), 1)


@user.command()
@name_argument
def demote(name: str) -> None:
    """Give NAME the next lower role. The only administrator stays one."""
    change_role(get_account(name), -1)


@user.command()
@name_argument
def disable(name: str) -> None:
    """Log NAME out everywhere and block new logins. The only administrator stays."""
    found = get_account(name)
    with stop_if_last_administrator():
        administration.disable(found)
    click.echo(f"{found.username} is disabled.")


@user.command()
@name_argument
def enable(name: str) -> None:
    """Let NAME log in again."""
    found = get_account(name)
    administration.enable(found)
    click.echo(f"{found.username} is enabled.")


@user.command("let-in")
@name_argument
def let_in(name: str) -> None:
    """Let NAME try passwords again, after too many wrong ones."""
    found = get_account(name)
    administration.let_in(found)
    click.echo(f"{found.username} can try to log in again.")


@user.command()
@name_argument
def password(name: str) -> None:
    """Print a link with which NAME can choose a new password."""
    found = get_account(name)
    if found.disabled_at:
        raise click.ClickException(f"{found.username} is disabled. Run `flask user enable` first.")
    audit.record(Action.LINK_MADE, found, detail=Detail.RESET)
    print_link(ResetLink(found.id, hash_credentials(found)))


def get_account(name: str) -> User:
    """Return the user of that name or address. Stop if there is no such account."""
    found = find(name)
    if found is None or not found.has_account:
        raise click.ClickException(
            f"No account has the name or address {name!r}; see `flask user list`."
        )
    return found


def change_role(found: User, step: int) -> None:
    """Move an account up or down among the roles of a new site."""
    name = found.role.name if found.role else ""
    if name not in RANKS:
        raise click.ClickException(
            f"The role of {found.username} is {name or 'not set'}. Change it in `flask shell`."
        )
    rank = RANKS.index(name) + step
    if not 0 <= rank < len(RANKS):
        direction = "higher" if step > 0 else "lower"
        raise click.ClickException(f"{found.username} is {name}; there is no {direction} role.")
    with stop_if_last_administrator():
        administration.set_role(found, Role.get_or_insert(RANKS[rank]))
    click.echo(f"{found.username} is now {RANKS[rank]}.")


@contextmanager
def stop_if_last_administrator() -> Iterator[None]:
    """Stop with one line where the site would be left without an administrator."""
    try:
        yield
    except LastAdministratorError as error:
        raise click.ClickException(str(error)) from None


def print_link(link: Link) -> None:
    """Commit what the log says of a link, and print it as a mail would have it."""
    db.session.commit()
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        click.echo(link.make_url())
