"""`flask doctor`, as an operator calls it: where all is well, and where nothing is."""

import json
import re
import time
from pathlib import Path

import pytest
from flask import Flask

from app.doctor.checks import CHECKS, Check, Finding, Level, ok, warn
from app.doctor.examination import examine, make
from app.doctor.report import Report
from tests.commands import ROOT, failed, flask, run
from tests.servers import free_port

SECRETS = {
    "SECRET_KEY": "the-key-that-nobody-sees-0123456789",
    "SECRET_KEY_FALLBACKS": "a-former-key-of-this-site,another-former-key",
    "MAIL_PASSWORD": "a-mail-password",
}
DOCTOR = ("-m", "flask", "doctor")
LINE = re.compile(
    r"(OK  |WARN|FAIL)  F\d{3}  .+|Not made, because they need what failed: F[F\d, ]+\.", re.ASCII
)


def test_every_line_has_the_same_form(tmp_path: Path) -> None:
    answer = run(*DOCTOR, DEV_DATABASE_URL=f"sqlite:///{tmp_path}/data.sqlite")
    assert answer.returncode == 2
    assert answer.stderr == ""
    lines = answer.stdout.splitlines()
    for line in lines:
        assert LINE.fullmatch(line), line
        if line.startswith(("WARN", "FAIL")):
            assert re.search(rf"; .+ \(docs/doctor.md#{line[6:10].lower()}\)$", line), line
    assert any(line.startswith("OK    F001  the settings can be read") for line in lines)
    assert not (tmp_path / "data.sqlite").exists()


def test_json_is_one_document(tmp_path: Path) -> None:
    answer = run(*DOCTOR, "--json", DEV_DATABASE_URL=f"sqlite:///{tmp_path}/data.sqlite")
    assert answer.returncode == 2
    document = json.loads(answer.stdout)
    assert document["status"] == "fail"
    assert "F021" in document["not_made"]
    [entry] = [each for each in document["checks"] if each["number"] == "F020"]
    assert entry == {
        "number": "F020",
        "level": "fail",
        "seen": f"there is no file {tmp_path}/data.sqlite",
        "to_do": "run: flask db upgrade",
        "docs": "docs/doctor.md#f020",
    }


def test_settings_that_are_refused_are_all_named_and_the_rest_is_made() -> None:
    answer = run(*DOCTOR, FLASK_CONFIG="production", MAIL_USE_TLS="ture", MAIL_PORT="post")
    assert answer.returncode == 2
    assert answer.stderr == ""
    first = answer.stdout.splitlines()[0]
    assert first.startswith("FAIL  F001  MAIL_PORT: 'post' is not valid")
    assert "MAIL_USE_TLS: 'ture' is neither true nor false" in first
    assert "OK    F014" in answer.stdout
    assert "Traceback" not in answer.stdout


@pytest.mark.parametrize("options", [["--app", "flasky"], ["--app=flasky:app"], ["-A", "flasky"]])
def test_settings_that_are_refused_are_named_whatever_stands_before_the_command(
    options: list[str],
) -> None:
    answer = run("-m", "flask", *options, "doctor", FLASK_CONFIG="production")
    assert answer.returncode == 2
    assert answer.stderr == ""
    assert answer.stdout.startswith("FAIL  F001  SECRET_KEY is not set")


def test_another_command_does_not_start_with_settings_that_are_refused() -> None:
    said = failed("-m", "flask", "--app", "flasky", "user", "list", FLASK_CONFIG="production")
    assert said.startswith("Flasky cannot start: SECRET_KEY is not set")


def test_settings_that_do_not_fit_are_told() -> None:
    answer = run(*DOCTOR, FLASK_CONFIG="production")
    assert answer.returncode == 2
    assert "F001  SECRET_KEY is not set; make a key with: " in answer.stdout


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_nothing_works_and_no_secret_is_printed(scheme: str) -> None:
    settings = SECRETS | {
        "FLASK_CONFIG": "production",
        "TRUSTED_HOSTS": "localhost",
        "PUBLIC_URL": f"https://localhost:{free_port()}",
        "DATABASE_URL": f"{scheme}://john:a-database-password@127.0.0.1:{free_port()}/flasky",
        "LIMITS_STORAGE": f"redis://:a-redis-password@127.0.0.1:{free_port()}",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(free_port()),
        "MAIL_USERNAME": "flasky",
        "FLASKY_MAIL_SENDER": "flasky@example.com",
        "MAIL_SUPPRESS": "a-mail-password",
    }
    answer = run(*DOCTOR, **settings)
    assert answer.returncode == 2
    for number in ("F020", "F040", "F050", "F060"):
        assert f"FAIL  {number}" in answer.stdout, answer.stdout
    printed = answer.stdout + answer.stderr
    words = [word for value in SECRETS.values() for word in value.split(",")]
    for secret in [*words, "a-database-password", "a-redis-password"]:
        assert secret not in printed
    assert "Traceback" not in printed


def test_the_words_of_an_error_hold_no_secret(
    sqlite_app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://john:p%40ss/word@localhost/flasky")
    sqlite_app.config["SECRET_KEY"] = "a key with\na line"  # noqa: S105
    words = "refused: a key with\na line, p%40ss/word, p@ss/word"
    Report(sqlite_app.config, as_json=False).show([("F999", warn(words, "look"))])
    assert capsys.readouterr().out.startswith("WARN  F999  refused: ..., ..., ...; look")


def test_the_worst_finding_is_the_exit_status(sqlite_app: Flask) -> None:
    bad = Finding(Level.FAIL, "bad")
    for findings, status in [([ok("x")], 0), ([ok("x"), warn("x", "y")], 1), ([bad, ok("x")], 2)]:
        report = Report(sqlite_app.config, as_json=False)
        assert report.show([("F999", finding) for finding in findings]) == status


def test_a_check_that_hangs_is_left(sqlite_app: Flask) -> None:
    begin = time.monotonic()
    found = make(sqlite_app, Check("F999", lambda: time.sleep(30), (), 0.2))
    assert found
    assert (found.level, found.seen) == (Level.FAIL, "no answer within 0.2 s")
    assert time.monotonic() - begin < 20


def test_a_check_that_breaks_keeps_none_from_being_made(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dict.fromkeys(["F001", "F020"])
    checks = {number: CHECKS[number] for number in made}
    broken = Check("F000", lambda: 1 // 0, (), 5)  # type: ignore[arg-type,return-value]
    needing = Check("F002", lambda: ok("x"), ("F000",), 5)
    last = Check("F003", lambda: ok("x"), ("F002",), 5)
    monkeypatch.setattr(
        "app.doctor.examination.CHECKS", checks | {"F000": broken, "F002": needing, "F003": last}
    )
    found = dict(examine(sqlite_app))
    assert found["F000"] == Finding(
        Level.FAIL,
        "ZeroDivisionError: integer division or modulo by zero",
        "put that right, and run this again",
    )
    assert (found["F002"], found["F003"]) == (None, None)
    assert found["F001"]
    assert found["F020"]


def test_every_number_has_a_row_in_the_document() -> None:
    from app.doctor.attack.trying import ATTACKS  # noqa: PLC0415

    text = (ROOT / "docs/doctor.md").read_text()
    rows = re.findall(r'^\| <a id="(f\d{3})"></a>(F\d{3}) \| [^|]+ \|', text, re.MULTILINE)
    assert all(anchor == number.lower() for anchor, number in rows)
    numbers = [number for _, number in rows]
    assert numbers == sorted(set(numbers))
    assert {*CHECKS, *ATTACKS} <= set(numbers)


def test_no_other_command_loads_the_checks() -> None:
    script = "import sys, flasky; print([m for m in sys.modules if m.startswith('app.doctor.')])"
    loaded = run("-c", script).stdout
    for module in ("site", "report", "attack", "examination"):
        assert f"app.doctor.{module}'" not in loaded


def test_the_help_says_what_to_expect() -> None:
    printed = flask("doctor", "--help")
    assert "Exits with 0 if all is well, 1 after a warning, and 2 if anything fails." in printed
