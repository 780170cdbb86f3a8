"""What `flask shell` knows from the start."""

import sys
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import select

from app import models
from app.commands import describe_database
from app.extensions import Model, db


def init_app(app: Flask) -> None:
    """Let `flask shell` begin with the database, every model and `select`."""
    app.shell_context_processor(make_shell_context)


def make_shell_context() -> dict[str, Any]:
    """Return the names that need no import in the shell, and say which database it works on.

    `flask shell` asks for them once, right before its first prompt, which tells a site's.
    """
    click.echo(f"Flasky, {describe_database()}", err=True)
    if current_app.config["CONFIGURATION"] == "production":
        sys.ps1 = "production >>> "
    tables = {mapper.class_.__name__: mapper.class_ for mapper in Model.registry.mappers}
    others = {name: getattr(models, name) for name in models.__all__}
    return {"db": db, "select": select} | tables | others
