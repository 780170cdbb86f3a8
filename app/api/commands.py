"""The commands `flask token ...`."""

from datetime import UTC, datetime, timedelta

import click

from app.accounts.commands import get_account
from app.api import tokens
from app.api.models import ApiToken, Scope
from app.api.tokens import TokenError
from app.commands import DatabaseGroup, echo_json, examples, json_option
from app.extensions import db
from app.models.columns import LARGEST_INTEGER

MOST_DAYS = 3650

token_commands = DatabaseGroup("token", help="Create, list and revoke tokens for the JSON API.")
owner_argument = click.argument("owner", help="The name or the email address of an account.")


@token_commands.command(
    epilog=examples('flask token create susan "nightly backup" --scope read --days 30')
)
@owner_argument
@click.argument("name", help="What the token is for, as its owner will read it.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    default=[Scope.READ.value],
    show_default=True,
    help="What it may be used for; may be given twice.",
)
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=90,
    show_default=True,
    help="How long it may be used.",
)
def create(owner: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a token for OWNER, and call it NAME. It is not shown again."""
    user, expires_at = get_account(owner), datetime.now(UTC) + timedelta(days=days)
    if user.disabled_at:
        raise click.ClickException(f"{user.username} is disabled. Run `flask user enable` first.")
    try:
        _, secret = tokens.create(user, name, map(Scope, scopes), expires_at)
    except TokenError as error:
        raise click.ClickException(str(error)) from None
    click.echo(secret)


@token_commands.command("list", epilog=examples("flask token list susan --json"))
@owner_argument
@json_option
def list_tokens(owner: str, *, as_json: bool) -> None:
    """List the tokens of OWNER."""
    listed = tokens.find_by_user(get_account(owner))
    if as_json:
        echo_json([represent(token) for token in listed])
        return
    if not listed:
        click.echo("No tokens. Create one with `flask token create`.", err=True)
    for token in listed:
        used = f"last used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
        click.echo(f"{token.id}  {token.name}  {token.scopes}  {describe_end(token)}  {used}")


def represent(token: ApiToken) -> dict[str, object]:
    """Return what programs are told of a token, which is not kept itself."""
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes.split(),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def describe_end(token: ApiToken) -> str:
    """Return when a token ends, or has."""
    if token.expires_at is None:
        return "without an end"
    is_over = token.expires_at < datetime.now(UTC)
    return f"{'expired' if is_over else 'until'} {token.expires_at:%Y-%m-%d}"


@token_commands.command()
@click.argument(
    "number", type=click.IntRange(1, LARGEST_INTEGER), help="As `flask token list` has it."
)
def revoke(number: int) -> None:
    """Revoke token NUMBER."""
    token = db.session.get(ApiToken, number)
    if token is None:
        raise click.ClickException(f"There is no token {number}; see `flask token list`.")
    name = token.name
    tokens.revoke(token)
    click.echo(f"{name} is revoked.")
