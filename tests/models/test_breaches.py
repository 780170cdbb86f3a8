"""The list of passwords that are known from breaches: what is found in it, and what is told."""

import logging
import unicodedata
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.models import User
from app.models.passwords import WeakPasswordError
from settings import ConfigError
from tests.breaches import hash_of, lines_of, write_list

STOLEN = [f"stolen password {number}" for number in range(1000)]
OTHERS = [f"safe password {number}" for number in range(1000)]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of the settings, which is not there yet."""
    path = tmp_path / "breached passwords.txt"
    monkeypatch.setenv("BREACHED_PASSWORDS", str(path))
    return path


def refused(app: Flask, passwords: list[str]) -> list[str]:
    """Return which of them a user cannot have."""
    found = []
    user = User(username="susan")
    for password in passwords:
        with app.app_context():
            try:
                user.password = password
            except WeakPasswordError as error:
                assert "on a list of stolen passwords" in str(error)  # noqa: PT017
                found.append(password)
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("number", [1, 2, 3, 1000])
def test_every_password_of_the_list_is_refused_and_no_other(
    file: Path, number: int, end: str
) -> None:
    write_list(file, STOLEN[:number], end)
    app = create_app("testing")
    assert refused(app, STOLEN) == STOLEN[:number]
    assert refused(app, OTHERS) == []


def test_the_first_and_the_last_line_count_whatever_stands_around_them(file: Path) -> None:
    by_hash = sorted(STOLEN, key=hash_of)
    lines = lines_of(STOLEN)
    ends = [by_hash[0], by_hash[500], by_hash[-1]]
    for text in (
        "\n".join(lines),  # no line end at the end
        "\r\n".join(lines),
        "\n".join([*lines, "", "", ""]),
        "\ufeff" + "\n\ufeff".join(lines) + "\n",  # byte order marks, as of the downloader's parts
    ):
        file.write_text(text, encoding="utf-8", newline="")
        assert refused(create_app("testing"), [*ends, OTHERS[0]]) == ends


def test_without_a_list_no_password_is_in_it() -> None:
    assert refused(create_app("testing"), STOLEN[:3]) == []


def test_all_keyboards_type_the_same_password(file: Path) -> None:
    write_list(file, [unicodedata.normalize("NFC", "Crème brûlée")])
    typed = unicodedata.normalize("NFD", "Crème brûlée")
    assert refused(create_app("testing"), [typed]) == [typed]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "its first line is not like 000000005AD76BD555C1D6D771DE417A4B87E4B4:10"),
        ("\n", "its first line is not like "),
        (f"{hash_of(STOLEN[0])}\n", "its first line is not like "),
        (f"{hash_of(STOLEN[0])[5:]}:3\n", "its first line is not like "),
        (f"{hash_of(STOLEN[0]).lower()}:3\n", "its first line is not like "),
        (f"{hash_of(STOLEN[0])}:many\n", "its first line is not like "),
        ("8846F7EAEE8FB117AD06BDD830B7586C:3\n", "its first line is not like "),  # NTLM
        ("x" * 1_000_000, "its first line is not like "),
        ("\n".join(reversed(lines_of(STOLEN))), "its lines are not sorted by their hashes"),
        ("\n".join(map("{}:1".format, map(hash_of, STOLEN))), "its lines are not sorted"),
    ],
    ids=[
        *("missing", "empty", "blank", "no count", "one range", "lower case", "no number"),
        *("NTLM", "one long line", "backwards", "unsorted"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_at_the_start(
    file: Path, content: str | None, message: str
) -> None:
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError) as error:
        create_app("testing")
    assert str(error.value).startswith(f"BREACHED_PASSWORDS: {file} cannot be ")
    assert message in str(error.value)


def test_a_folder_is_no_list(file: Path) -> None:
    file.mkdir()
    with pytest.raises(ConfigError, match=r"BREACHED_PASSWORDS: .* cannot be read: Is a directory"):
        create_app("testing")


@pytest.mark.parametrize("accident", ["deleted", "emptied", "overwritten", "a folder"])
def test_a_list_that_is_lost_while_flasky_runs_refuses_nobody(
    file: Path, caplog: pytest.LogCaptureFixture, accident: str
) -> None:
    write_list(file, STOLEN)
    app = create_app("testing")
    file.unlink()
    if accident == "emptied":
        file.touch()
    elif accident == "overwritten":
        file.write_bytes(bytes(range(256)) * 1000)
    elif accident == "a folder":
        file.mkdir()
    assert refused(app, [STOLEN[0]]) == []
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "BREACHED_PASSWORDS cannot be read" in record.message
    for secret in (STOLEN[0], hash_of(STOLEN[0]), hash_of(STOLEN[0]).lower()):
        assert secret not in caplog.text
    with app.app_context(), pytest.raises(WeakPasswordError):
        User(username="susan").password = "password"  # noqa: S105


def test_a_list_that_gets_out_of_order_does_no_harm(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_list(file, STOLEN)
    app = create_app("testing")
    file.write_text("\n".join(reversed(lines_of(STOLEN))) + "\n\n" + "rubbish " * 1000)
    assert refused(app, OTHERS) == []
    refused(app, STOLEN)  # which are found by chance
    assert not caplog.records


def test_a_new_list_needs_no_restart(file: Path) -> None:
    write_list(file, STOLEN)
    app = create_app("testing")
    other = file.with_name("new")
    write_list(other, OTHERS)
    other.replace(file)
    assert refused(app, [STOLEN[0], OTHERS[0]]) == [OTHERS[0]]


def test_outside_of_an_application_there_is_no_list() -> None:
    assert User(username="susan", password="correct horse battery").password_hash
