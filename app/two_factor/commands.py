"""`flask user forget-factor`."""

import click

from app.accounts.commands import get_account, name_argument, user
from app.two_factor import second_factor


@user.command("forget-factor")
@name_argument
def forget_factor(name: str) -> None:
    """Remove the second factor, whatever it is. This logs NAME out everywhere."""
    found = get_account(name)
    if not second_factor.reset(found):
        raise click.ClickException(f"{found.username} has not set up two-factor authentication.")
    click.echo(
        f"{found.username} can now log in with the password alone, and is logged out everywhere."
    )
