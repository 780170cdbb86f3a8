"""What the tests do with checks: each is made by itself, as `flask doctor` makes it."""

from flask import Flask

from app.doctor.checks import CHECKS, Level
from app.doctor.examination import make

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL


def find(app: Flask, number: str) -> tuple[Level | None, str]:
    """Return what a check finds, and its words; no level where it does not apply."""
    found = make(app, CHECKS[number]._replace(seconds=60))  # the machine may be busy
    return (found.level, f"{found.seen}; {found.to_do}") if found else (None, "")
