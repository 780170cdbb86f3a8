"""A history of one's own: `flask db init`, `migrate` and `upgrade`, as the notes begin."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT, flask

TEMPLATE = ROOT / "safe_schema/template"


def test_a_history_can_be_begun_anew(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)
    folder = tmp_path / "migrations"
    here = ["--directory", str(folder)]
    flask("db", "init", *here)
    flask("db", "migrate", *here, "-m", "initial migration")
    flask("db", "upgrade", *here)
    assert "No new upgrade operations detected" in flask("db", "check", *here)
    flask("db", "downgrade", "base", *here, "-x", "deletes=all")
    flask("db", "upgrade", *here)

    [revision] = (folder / "versions").glob("*.py")
    assert "app." not in revision.read_text()
    config = f"--config={ROOT / 'pyproject.toml'}"
    for look in (
        ["check", "--extend-ignore=INP001,PLR0915", config],
        ["format", "--check", config],
    ):
        command = [sys.executable, "-m", "ruff", *look, str(folder)]
        looked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert looked.returncode == 0, looked.stdout


@pytest.mark.parametrize("name", ["env.py", "script.py.mako", "alembic.ini"])
def test_what_a_history_begins_with_is_what_flasky_has(name: str) -> None:
    [begins] = TEMPLATE.glob(f"{name}*")
    assert begins.read_text() == (ROOT / "migrations" / name).read_text()
