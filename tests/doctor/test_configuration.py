"""What `flask doctor` finds in the settings, keys, files and packages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.doctor import configuration, files, packages
from tests.conftest import application
from tests.doctor.patients import FAIL, OK, WARN, find

KEY = "8f3b1c0a9d7e4f52b6a1c3d5e7f90812"
PRODUCTION = {
    "SECRET_KEY": KEY,
    "TRUSTED_HOSTS": "flasky.example.com",
    "FLASKY_ADMIN": "admin@example.com",
    "SECURITY_CONTACT": "security@example.com",
}
GUESSED = "can be guessed; make one with: python"


@contextmanager
def site(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Iterator[Flask]:
    """Give an application in production."""
    for name, value in (PRODUCTION | settings).items():
        monkeypatch.setenv(name, value)
    yield create_app("production")


@pytest.mark.parametrize(
    ("number", "settings", "level", "words"),
    [
        ("F001", {}, OK, "the settings can be read"),
        ("F002", {}, OK, "the configuration is production"),
        ("F003", {}, OK, "no debugger"),
        ("F003", {"FLASK_DEBUG": "1"}, FAIL, "unset FLASK_DEBUG"),
        ("F004", {}, OK, "administrators"),
        ("F004", {"SECOND_FACTOR": "nobody"}, WARN, "set SECOND_FACTOR=administrators"),
        ("F005", {}, OK, "no name"),
        ("F005", {"MAIL_SERVR": "localhost"}, WARN, "MAIL_SERVR is no setting of Flasky's; write "),
        ("F006", {}, OK, "security@example.com"),
        ("F006", {"SECURITY_CONTACT": ""}, WARN, "set SECURITY_CONTACT"),
        ("F010", {}, OK, "random"),
        ("F010", {"SECRET_KEY": "a" * 16}, FAIL, GUESSED),
        ("F010", {"SECRET_KEY": "hard to guess string"}, FAIL, GUESSED),
        ("F010", {"SECRET_KEY": "passwordpassword1234"}, FAIL, GUESSED),
        ("F010", {"SECRET_KEY": "x7Kq92LmPz4RtWvB"}, WARN, "or short; make one with"),
        ("F011", {}, None, ""),
        ("F011", {"SECRET_KEY_FALLBACKS": KEY[::-1]}, OK, "1 former keys are random"),
        ("F011", {"SECRET_KEY_FALLBACKS": f"x,{KEY[::-1]}"}, FAIL, "1 of 2 SECRET_KEY_FALLBACKS"),
        ("F011", {"SECRET_KEY_FALLBACKS": KEY}, WARN, "take it out there"),
        ("F070", {}, OK, "FLASKY_ADMIN is told"),
        ("F070", {"FLASKY_ADMIN": ""}, WARN, "set FLASKY_ADMIN"),
    ],
)  # fmt: skip
def test_settings_of_a_site_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    settings: dict[str, str],
    level: int | None,
    words: str,
) -> None:
    with site(monkeypatch, settings) as app:
        found, said = find(app, number)
    assert found == level
    assert words in said


@pytest.mark.parametrize("number", ["F003", "F004"])
def test_a_developer_is_not_told_what_a_site_needs(sqlite_app: Flask, number: str) -> None:
    assert find(sqlite_app, number) == (None, "")
    level, said = find(sqlite_app, "F002")
    assert (level, "testing" in said) == (WARN, True)


def test_a_misspelt_name_in_env_is_found(
    sqlite_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("TRUSTED_HOST=flasky.example.com\nEDITOR=vi\n")
    monkeypatch.setattr(configuration, "BASEDIR", tmp_path)
    level, said = find(sqlite_app, "F005")
    assert (level, "write TRUSTED_HOSTS" in said) == (WARN, True)


@pytest.mark.parametrize(
    ("mode", "level"), [(0o600, OK), (0o640, OK), (0o644, FAIL), (0o602, FAIL)]
)
@pytest.mark.parametrize("number", ["F012", "F013"])
def test_files_with_secrets_are_not_for_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str, mode: int, level: int
) -> None:
    path = tmp_path / ".env"
    path.write_text(KEY)
    path.chmod(mode)
    monkeypatch.setattr(files, "BASEDIR", tmp_path)
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with application(has_tables=False) as app:
        found, said = find(app, number)
    assert found == level
    assert (f"run: chmod o= {path}" in said) == (level is FAIL)


def test_where_there_is_no_file_nothing_is_said(
    sqlite_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BASEDIR", tmp_path)
    assert find(sqlite_app, "F012") == (None, "")


@pytest.mark.parametrize(
    ("lock", "level", "words"),
    [
        ("flask==3.1.3 \\\n    --hash=sha256:1", OK, "those of requirements.txt"),
        ("flask==0.1", WARN, "flask 3.1.3 instead of 0.1; run: pip install"),
        ("no-such-package==1.0", FAIL, "not installed: no-such-package; run: pip install"),
        ("no-such-package==1.0 ; sys_platform == 'win95' \\\n --hash", OK, "those of"),
    ],
)
def test_packages_are_compared_with_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str, level: int, words: str
) -> None:
    (tmp_path / "lock").write_text(lock)
    monkeypatch.setattr(packages, "LOCK", tmp_path / "lock")
    with application(has_tables=False) as app:
        found, said = find(app, "F014")
    assert found == level
    assert words in said
