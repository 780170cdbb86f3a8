"""What the Nu HTML checker says of pages, styles and icons."""

import json
import subprocess
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.judges.conftest import program

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "app/static"


def pages(client: CheckingClient) -> list[TestResponse]:
    """Return every page, in every state."""
    return [
        client.get("/"),
        client.post("/", data={"name": "john"}),
        client.say("x" * 65),
        client.say("john"),
        client.say("john"),
        client.say("<محمد>"),
        client.get("/user/john"),
        client.get("/nowhere"),
        client.delete("/"),
        client.post("/", data={"name": "x" * 200_000}),
    ]


def test_nu_finds_nothing(judges: Path, sqlite_app: Flask, tmp_path: Path) -> None:
    for language in ("en", "zh"):
        client = visitor(sqlite_app)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        for theme in ("dark", "system"):
            client.post("/preferences", data={"theme": theme})
            for number, page in enumerate(pages(client)):
                (tmp_path / f"{number}-{language}-{theme}.html").write_text(page.text)
    checker = judges / "vnu-jar/build/dist/vnu.jar"
    files = sorted(
        map(str, [*tmp_path.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.svg")])
    )
    run = subprocess.run(
        [program("java"), "-jar", str(checker), "--format", "json", "--exit-zero-always",
         "--also-check-css", "--also-check-svg", *files],
        capture_output=True,
        check=True,
        text=True,
    )  # fmt: skip
    assert len(files) == 42
    assert json.loads(run.stderr)["messages"] == []
