"""All checks, one after the other. None keeps another one from being made."""

from collections.abc import Iterator
from threading import Thread

from alembic.util import CommandError
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.database import describe_outage
from app.doctor import (  # noqa: F401  # they register their checks
    administration,
    configuration,
    copies,
    database,
    files,
    keys,
    limits,
    mail,
    packages,
    proxies,
    servers,
    site,
    sqlite,
)
from app.doctor.checks import CHECKS, Check, Finding, Level, fail


def examine(app: Flask) -> Iterator[tuple[str, Finding | None]]:
    """Make all checks that apply, and give each with what it found.

    That is None where a check was not made, because one that it needs has failed.
    """
    unmet: set[str] = set()
    for number, check in sorted(CHECKS.items()):
        if unmet.intersection(check.needs):
            unmet.add(number)
            yield number, None
            continue
        finding = make(app, check)
        if finding is None:
            continue
        if finding.level is Level.FAIL:
            unmet.add(number)
        yield number, finding


def make(app: Flask, check: Check) -> Finding | None:
    """Return what a check finds, within its time. A thread that hangs does not outlive us."""
    findings: list[Finding | None] = []

    def work() -> None:
        with app.app_context():
            try:
                findings.append(check.examine())
            except Exception as error:  # noqa: BLE001  # whatever it is, the others are made
                findings.append(fail(explain(error), "put that right, and run this again"))

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(check.seconds)
    if not findings:
        return fail(f"no answer within {check.seconds:g} s", "find out what it waits for")
    return findings[0]


def explain(error: Exception) -> str:
    """Return an error in one line."""
    if isinstance(error, SQLAlchemyError):
        words = describe_outage(error) or type(error).__name__
    elif isinstance(error, CommandError | OSError):
        words = str(error) or type(error).__name__
    else:
        words = f"{type(error).__name__}: {error}"
    return " ".join(words.split())
