"""A small application on each of the three databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from safe_schema.autogenerate import style
from safe_schema.tests.databases import DATABASES, create_database
from safe_schema.tests.small import Small


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    # Formatting revisions would take half of the time.
    monkeypatch.setattr(style, "STEPS", ())


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with create_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def small(database_url: str, tmp_path: Path) -> Small:
    return Small(database_url, tmp_path)
