"""`flask board init`."""

import click
from flask import current_app

from app.accounts.commands import offer_account
from app.commands import DatabaseGroup
from app.models import Role
from app.models.addresses import parse_email
from app.models.lookup import find_by_email
from settings import parse_address

board_commands = DatabaseGroup("board", help="Prepare the message board.")


@board_commands.command()
def init() -> None:
    """Make the roles, and print the administrator's sign-up link.

    It is for the address FLASKY_ADMIN. Its account has the name in the setting, as in 'john
    <john@example.com>', or what stands before the @. Whoever has an account already keeps it.
    """
    Role.insert_roles()
    click.echo(f"The roles are there: {', '.join(Role.PERMISSIONS)}.")
    admin = current_app.config["FLASKY_ADMIN"]
    if not admin:
        raise click.ClickException("There is no FLASKY_ADMIN. Set it to your email address.")
    address = parse_address(admin)
    owner = find_by_email(parse_email(address.addr_spec))
    if owner is not None and owner.has_account:
        click.echo(f"{owner.username} has an account, and is an administrator once logged in.")
    else:
        offer_account(address.display_name or address.username, address.addr_spec)
