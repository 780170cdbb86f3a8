"""What an operator reads when a command cannot be carried out."""

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

import safe_schema
from safe_schema.tests.small import Small

TABLE = "op.create_table('t{0}', sa.Column('id', sa.Integer, primary_key=True))"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOOKING = [("current",), ("check",), ("migrate",), ("history", "-i")]
CHANGING = [("upgrade",), ("downgrade",), ("stamp", "0001")]


def write(small: Small, *numbers: int) -> None:
    for number in numbers:
        small.revision(number, TABLE.format(number), f"op.drop_table('t{number}')")


@pytest.fixture
def newer(small: Small) -> Small:
    """A database that is newer than the code."""
    write(small, 1, 2, 3)
    small.db("upgrade")
    (small.folder / "versions/0003.py").unlink()
    return small


@pytest.mark.parametrize("command", [*LOOKING, *CHANGING], ids=lambda command: command[0])
def test_a_database_that_is_newer_than_the_code_is_called_so(
    newer: Small, command: tuple[str, ...]
) -> None:
    said = newer.db(*command, fails=True)
    assert "The database is at revision 0003, which is not in " in said
    assert "Either the code is older than the database: run the code that has" in said
    assert "Or the database belongs to another application." in said
    assert "There are 2, from 0001 to 0002; see `flask db history`." in said
    assert newer.version() == "0003"


def test_a_lost_revision_can_still_be_purged(newer: Small) -> None:
    newer.db("stamp", "--purge", "0002")
    assert newer.version() == "0002"


@ONLY_SQLITE
def test_an_application_says_what_to_do_with_the_history_of_another(newer: Small) -> None:
    safe_schema.init_app(newer.app, other_histories={"0003": "Ask susan about it"})
    said = newer.db("upgrade", fails=True)
    assert "which is not in " in said
    assert "Ask susan about it. There are 2" in said
    assert "Either" not in said


@ONLY_SQLITE
@pytest.mark.parametrize(
    "command",
    [
        *[("upgrade", "99zz"), ("downgrade", "99zz"), ("stamp", "99zz"), ("show", "99zz")],
        *[("edit", "99zz"), ("merge", "0001", "99zz"), ("revision", "--head", "99zz")],
        *[("history", "-r", "99zz:"), ("upgrade", "99zz:0001", "--sql")],
    ],
    ids=" ".join,
)
def test_a_mistyped_revision_is_called_so(small: Small, command: tuple[str, ...]) -> None:
    write(small, 1, 2)
    small.db("upgrade", "0001")
    said = small.db(*command, fails=True)
    assert "There is no revision '99zz' in " in said
    assert "There are 2, from 0001 to 0002; see `flask db history`." in said


@ONLY_SQLITE
def test_how_many_revisions_there_are(small: Small) -> None:
    assert "There are none." in small.db("upgrade", "99zz", fails=True)
    write(small, 1)
    assert "There is one, 0001." in small.db("upgrade", "99zz", fails=True)


@ONLY_SQLITE
@pytest.mark.parametrize("command", [("upgrade", "+99"), ("downgrade", "--", "-99")], ids=" ".join)
def test_too_many_steps_are_called_so(small: Small, command: tuple[str, ...]) -> None:
    write(small, 1, 2, 3)
    small.db("upgrade", "0002")
    said = small.db(*command, fails=True)
    assert f"There are not as many revisions as {command[-1]} asks for: `flask db current`" in said


@ONLY_SQLITE
def test_what_comes_first_is_told(small: Small) -> None:
    write(small, 1)
    assert "Run `flask db upgrade` first." in small.db("migrate", fails=True)


@ONLY_SQLITE
def test_several_heads_are_joined(small: Small) -> None:
    write(small, 1)
    small.db("upgrade")
    for number in (2, 3):
        small.db("revision", "--head", "0001", "--splice", "--rev-id", f"000{number}")
    way_out = 'The history has several heads, 0002 and 0003. Join them: flask db merge heads -m "'
    for command in ("upgrade", "migrate", "revision", "stamp"):
        assert way_out in small.db(command, fails=True)
    small.db("merge", "heads", "-m", "together", "--rev-id", "0004")
    small.db("upgrade")
    assert small.version() == "0004"


@ONLY_SQLITE
@pytest.mark.parametrize("revisions", [(), ("heads",), ("head",), ("0002",)], ids=" ".join)
def test_one_head_is_not_merged(small: Small, revisions: tuple[str, ...]) -> None:
    write(small, 1, 2)
    said = small.db("merge", *revisions, fails=True)
    assert "There is one head, 0002: nothing to merge." in said
    assert len(small.revisions()) == 2


@ONLY_SQLITE
@pytest.mark.parametrize("revisions", [(), ("0002",), ("0002", "0002")], ids=" ".join)
def test_to_merge_takes_two(small: Small, revisions: tuple[str, ...]) -> None:
    write(small, 1, 2)
    small.db("revision", "--head", "0001", "--splice", "--rev-id", "0003")
    said = small.db("merge", *revisions, fails=True)
    assert "To merge takes two revisions or more. The heads are 0002 and 0003: flask db m" in said
    assert len(small.revisions()) == 3


@ONLY_SQLITE
@pytest.mark.parametrize("command", ["upgrade", "current", "migrate", "check", "downgrade"])
def test_an_option_that_nobody_reads_is_refused(small: Small, command: str) -> None:
    write(small, 1)
    said = small.db("-x", "renmae=a:b", command, fails=True)
    assert "There is no option -x renmae. There are: -x adopt=..., " in said
    assert "-x longest-wait=..., -x rename=...." in said


@ONLY_SQLITE
def test_a_question_is_answered_with_yes_or_not_at_all(small: Small) -> None:
    write(small, 1)
    said = small.db("upgrade", "-x", "contract=maybe", fails=True)
    assert "-x contract=maybe: write -x contract=yes, or leave it out." in said


@ONLY_SQLITE
def test_an_application_may_read_options_of_its_own(small: Small) -> None:
    safe_schema.init_app(small.app, x_names=["tenant"])
    write(small, 1)
    small.db("upgrade", "-x", "tenant=john")
    said = small.db("upgrade", "-x", "tennant=john", fails=True)
    assert "-x rename=..., -x tenant=...." in said


@ONLY_SQLITE
def test_adopting_what_has_a_history_is_told(small: Small) -> None:
    write(small, 1)
    small.db("upgrade")
    said = small.db("upgrade", "-x", "adopt=zzz")
    assert "-x adopt=zzz changes nothing: the database has a history, and is at 0001." in said


@ONLY_SQLITE
def test_why_a_file_cannot_be_a_database_is_told(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text").write_text("")
    faults = {
        tmp_path: "it is a folder, not a file",
        tmp_path / "not/there.sqlite": f"there is no folder {tmp_path / 'not'}",
        tmp_path / "text/there.sqlite": f"{tmp_path / 'text'} is a file, not a folder",
    }
    for path, fault in faults.items():
        small.url = f"sqlite:///{path}"
        small.build(lambda _db: None)
        said = small.db("upgrade", fails=True)
        assert f"sqlite:///{path} cannot be used: {fault}" in said
    small.url = "sqlite:////proc/none.sqlite"  # where root itself cannot make one
    small.build(lambda _db: None)
    assert "unable to open database file" in small.db("upgrade", fails=True) or os.getuid()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, how: how == os.F_OK and access(path, how))
    said = small.db("upgrade", fails=True)
    assert "the user of this process may not create a file in /proc" in said


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_what_mariadb_refuses_is_told_in_words(small: Small) -> None:
    small.url = (
        make_url(small.url).set(username="nobody", password="secret").render_as_string(False)
    )
    small.build(lambda _db: None)
    said = small.db("upgrade", fails=True)
    assert "cannot be used: Access denied for user 'nobody'@" in said
    assert "1045" not in said
    assert "secret" not in said


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_where_a_migration_has_come_to_is_told(small: Small, direction: str) -> None:
    full = "op.create_table('filled', sa.Column('id', sa.Integer, primary_key=True))"
    small.revision(1, full, "op.drop_table('filled')")
    write(small, 2)
    small.db("upgrade")
    small.run("INSERT INTO filled VALUES (1)" if direction == "downgrade" else "SELECT 1")
    if direction == "downgrade":
        said = small.db("downgrade", "base", fails=True)
        stays, told = "0001", "the database was at 0002, and is at 0001. Tables that are gone come"
    else:
        small.run("INSERT INTO t2 VALUES (1)")
        write(small, 3)
        small.revision(4, "op.drop_table('t2')")
        said = small.db("upgrade", fails=True)
        stays, told = "0003", "the database was at 0002, and is at 0003."
    with small.engine().connect() as connection:
        is_mariadb = connection.dialect.name in {"mysql", "mariadb"}
    assert (told in said) == is_mariadb
    assert small.version() == (stays if is_mariadb else "0002")
    assert "row(s)" in said
