"""Schemathesis sends what the description allows, and what it does not, and looks at the answers.

Each role sends some requests, and so does nobody. `FLASKY_TEST_CASES=60` sends many, and on each
database: 60 for each operation and phase.
"""

import os
import re
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT, run

import pytest

from app import create_app, db
from safe_schema.tests.databases import DATABASES
from tests.api.conftest import LIMITS, MANY
from tests.api.people import add_program, post
from tests.requirements import ABSENT
from tests.servers import ROOT, serve

CASES = int(os.environ.get("FLASKY_TEST_CASES", "0"))
CHECKED_ON = [kind for kind in DATABASES if kind not in ABSENT] if CASES else ["sqlite"]
HERE = Path(__file__).parent


@pytest.mark.timeout(3600 if CASES else 120)
@pytest.mark.parametrize("role", ["nobody", "User", "Moderator", "Administrator"])
@pytest.mark.parametrize("database_url", CHECKED_ON, indirect=True)
def test_every_answer_is_one_that_the_description_has(
    database_url: str, role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = dict.fromkeys(LIMITS, MANY)
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    token = prepare(role)
    with serve(database_url, settings=settings) as address:
        printed = send_requests(address, token, tmp_path)
    print(printed)
    sent = re.search(r"(\d+) generated, \1 passed", printed)
    assert sent, printed
    assert int(sent[1]) > 20


def prepare(role: str) -> str:
    """Make the tables, some messages, and a token for somebody of a role."""
    app = create_app("testing")
    with app.app_context():
        db.create_all()
    post(add_program(app, "john"), "Hello, @susan!")
    susan = add_program(app, "susan", "User" if role == "nobody" else role)
    post(susan, "Hello, @john!", reply_to=1)
    with app.app_context():
        db.engine.dispose()
    return "" if role == "nobody" else susan.token


def send_requests(address: str, token: str, folder: Path) -> str:
    """Let Schemathesis send requests, and return what it prints. It leaves files in a folder."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("schemathesis"),
        f"--config-file={HERE / 'schemathesis.toml'}",
        "--no-color",
        "run",
        f"{address}/api/v1/openapi.json",
        "--checks=all",
        "--generation-database=none",
        f"--max-examples={CASES or 1}",
        *([f"--header=Authorization: Bearer {token}"] if token else []),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", "COLUMNS": "100"}
    ended = run(
        command, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT, text=True, check=False
    )
    return ended.stdout
