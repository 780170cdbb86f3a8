"""What Flasky's own commands share."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.database import describe_outage


class DatabaseCommand(click.Command):
    """A command that says in one line what is wrong with the database."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            outage = describe_outage(error)
            if outage is None:
                raise
            raise click.ClickException(outage[0].upper() + outage[1:]) from None


class DatabaseGroup(DatabaseCommand, AppGroup):
    """A group of such commands."""
