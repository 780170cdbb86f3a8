"""Programs of susan, a user; of anna, who moderates; and of david, who administers."""

import pytest
from flask import Flask

from tests.api.people import Program, add_program, program

MANY = "1000000 per minute"
LIMITS = [
    "ADDRESS_FIRST_MESSAGES_LIMIT",
    "ADDRESS_MESSAGES_LIMIT",
    "API_LIMIT",
    "FIRST_MESSAGES_LIMIT",
    "MESSAGES_LIMIT",
    "NEW_NAMES_LIMIT",
    "REPORTS_LIMIT",
    "SEARCHES_LIMIT",
]


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs ask and write as often as they like; it comes before the application."""
    for name in LIMITS:
        monkeypatch.setenv(name, MANY)


@pytest.fixture
def nobody(app: Flask) -> Program:
    return program(app)


@pytest.fixture
def susan(app: Flask) -> Program:
    return add_program(app, "susan")


@pytest.fixture
def john(app: Flask) -> Program:
    return add_program(app, "john")


@pytest.fixture
def anna(app: Flask) -> Program:
    return add_program(app, "anna", "Moderator")


@pytest.fixture
def sqlite_susan(sqlite_app: Flask) -> Program:
    """Susan's program, where the database makes no difference."""
    return add_program(sqlite_app, "susan")
