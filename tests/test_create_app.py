"""How an application is put together."""

from collections.abc import Callable

import pytest
from flask import Flask

import safe_schema
from app import create_app, database
from app.web import access, static, times


@pytest.mark.parametrize(
    ("init_app", "extension"),
    [(access.init_app, "csrf"), (database.init_app, "db")],
)
def test_what_comes_too_late_is_told(init_app: Callable[[Flask], None], extension: str) -> None:
    with pytest.raises(AssertionError, match=f"init_app comes before {extension}.init_app"):
        init_app(create_app("testing"))


@pytest.mark.parametrize(
    ("init_app", "extension"),
    [
        (safe_schema.init_app, "migrate"),
        (static.init_app, "bootstrap"),
        (times.init_app, "moment"),
    ],
)
def test_what_comes_too_early_is_told(init_app: Callable[[Flask], None], extension: str) -> None:
    with pytest.raises(AssertionError, match=f"init_app comes after {extension}.init_app"):
        init_app(Flask("app"))
