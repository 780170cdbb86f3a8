"""A small application on each of the three databases."""

from pathlib import Path

import pytest

from tests.schema.small import Small


@pytest.fixture
def small(database_url: str, tmp_path: Path) -> Small:
    return Small(database_url, tmp_path)
