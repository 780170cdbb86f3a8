"""A small application on each of the three databases."""

from pathlib import Path

import pytest

from safe_schema import style
from tests.safe_schema.small import Small


@pytest.fixture
def small(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    # Flasky's own history shows that revisions are formatted: here it would take half of the time.
    monkeypatch.setattr(style, "STEPS", ())
    return Small(database_url, tmp_path)
