"""The wheel, in a plain Flask-Migrate project of somebody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from safe_schema.tests.commands import ROOT, SECONDS

PROJECT = """
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

import safe_schema

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
db = SQLAlchemy(app)
Migrate(app, db)
safe_schema.init_app(app)


class Person(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    {name} = db.Column(db.String(64))
"""


@pytest.fixture(scope="session")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel alone, and nothing of the place that it was made in."""
    made, installed = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("installed")
    run("hatchling", "build", "--target", "wheel", "--directory", made, cwd=ROOT / "safe_schema")
    [wheel] = made.glob("*.whl")
    run("pip", "install", "--quiet", "--no-deps", "--target", installed, wheel, cwd=made)
    return installed


def run(module: str, *arguments: str | Path, cwd: Path, **environment: str) -> str:
    """Run a module in a folder, and return what it says; that it failed is told at its end."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONWARNINGS": "default"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    failed = f"It failed with {ended.returncode}." if ended.returncode else ""
    return ended.stdout + ended.stderr + failed


def test_a_plain_project_becomes_safe_by_one_line(
    database_url: str, site_packages: Path, tmp_path: Path
) -> None:
    def write(name: str) -> None:
        (tmp_path / "app.py").write_text(PROJECT.format(url=database_url, name=name))

    def flask(*arguments: str) -> str:
        return run("flask", *arguments, cwd=tmp_path, PYTHONPATH=str(site_packages))

    def succeed(*arguments: str) -> str:
        said = flask(*arguments)
        assert "It failed" not in said, said
        return said

    write("username")
    succeed("db", "init")
    succeed("db", "migrate", "-m", "first")
    succeed("db", "upgrade")
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO person VALUES (1, 'john')"))

    write("name")
    assert "This looks like a rename; no migration was written." in flask("db", "migrate")
    succeed("db", "migrate", "-m", "rename", "-x", "rename=person.username:person.name")
    succeed("db", "upgrade")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM person")).all() == [(1, "john")]
    assert "No new upgrade operations detected" in succeed("db", "check")

    succeed("db", "downgrade")
    said = flask("db", "downgrade")
    assert "drops table person with 1 row(s)" in said
    assert "Traceback" not in said
