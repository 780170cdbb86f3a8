"""A copy of an SQLite file before it is changed, and the way back."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from safe_schema.copies import sqlite
from safe_schema.tests.small import Small

ADD = "with op.batch_alter_table('t') as batch:\n    batch.add_column(sa.Column('c{}', sa.Integer))"


@pytest.fixture(params=["WAL", "DELETE"])
def filled(small: Small, request: pytest.FixtureRequest) -> Small:
    """A database with a row and two revisions, one of them to come."""
    small.revision(1, "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))")
    small.db("upgrade")
    small.run(f"PRAGMA journal_mode = {request.param}", "INSERT INTO t VALUES (1)")
    small.revision(2, ADD.format(2))
    return small


def copies(small: Small) -> list[Path]:
    return sorted(Path(small.url.removeprefix("sqlite:///")).parent.glob("*.bak"))


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@only_sqlite
def test_what_was_before_comes_back(filled: Small) -> None:
    before = filled.schema()
    assert copies(filled) == []
    with filled.engine().connect() as open_connection:
        said = filled.db("upgrade")
        [copy] = copies(filled)
        assert f"Saved a copy as {copy}" in said
        filled.run("INSERT INTO t (id) VALUES (2)")
        assert filled.schema() != before
        said = filled.db("restore", str(copy))
        assert "What it held before is in" in said
        assert open_connection.execute(text("SELECT id FROM t")).all() == [(1,)]
    assert filled.schema() == before
    assert filled.version() == "0001"
    [_, saved] = copies(filled)
    filled.db("restore", str(saved))
    assert filled.rows("SELECT id FROM t") == [(1,), (2,)]
    assert filled.version() == "0002"


@only_sqlite
def test_a_lost_file_comes_back(filled: Small) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    for file in copy.parent.glob("data.sqlite*"):
        if file != copy:
            file.unlink()
    assert "What it held" not in filled.db("restore", str(copy))
    assert filled.rows("SELECT id FROM t") == [(1,)]


@only_sqlite
@pytest.mark.parametrize("damage", ["text", "hole", "missing", "nothing"])
def test_a_damaged_copy_changes_nothing(filled: Small, tmp_path: Path, damage: str) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    content = copy.read_bytes()
    bad = tmp_path / "bad.bak"
    if damage == "text":
        bad.write_text("no database" * 1000)
    elif damage == "nothing":
        bad.touch()
    elif damage == "hole":
        bad.write_bytes(content[:4096] + b"\xff" * 4096 + content[8192:])
    said = filled.db("restore", str(bad), fails=True)
    assert "Nothing was changed" in said or "There is no file" in said
    assert filled.version() == "0002"
    assert filled.rows("SELECT id FROM t") == [(1,)]


@only_sqlite
def test_five_copies_are_kept(filled: Small) -> None:
    for number in range(3, 11):
        filled.db("upgrade")
        filled.revision(number, ADD.format(number))
    assert len(copies(filled)) == 5
    assert [copy.name.split(".")[-2] for copy in copies(filled)] == [
        f"{number:04}" for number in range(4, 9)
    ]


@only_sqlite
def test_what_only_a_copy_holds_is_never_deleted(filled: Small) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    filled.run("INSERT INTO t (id) VALUES (2)")
    filled.db("restore", str(copy))
    [_, saved] = copies(filled)
    for number in range(3, 7):
        filled.revision(number, ADD.format(number))
        filled.db("upgrade")
    for _ in range(3):
        filled.db("restore", str(copy))  # which stays, as it is in use
        filled.db("upgrade")
    filled.db("restore", str(saved))
    assert filled.rows("SELECT id FROM t") == [(1,), (2,)]


@only_sqlite
def test_a_file_that_is_no_database_is_moved_aside(filled: Small) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    live = Path(filled.url.removeprefix("sqlite:///"))
    live.write_text("garbage" * 1000)
    said = filled.db("restore", str(copy))
    assert ".broken.bak" in said
    assert filled.rows("SELECT id FROM t") == [(1,)]


@only_sqlite
def test_migrations_that_fail_leave_the_good_copies(filled: Small) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    own = copy.with_name("data.sqlite.0-my-own.bak")
    own.write_text("mine")
    filled.revision(3, "op.execute('SELEKT 1')")
    for _ in range(6):
        filled.db("upgrade", fails=True)
    assert copies(filled) == [own, copy]


@only_sqlite
def test_no_message_names_a_copy_that_is_gone(filled: Small) -> None:
    filled.revision(2, "op.execute('SELEKT 1')")
    said = filled.db("upgrade", fails=True)
    [named] = re.findall(r"Saved a copy as (\S+);", said)
    assert f"Nothing was changed, and so the copy {named} was deleted again." in said
    assert copies(filled) == []


@only_sqlite
def test_a_copy_stays_when_a_part_of_a_migration_was_committed(filled: Small) -> None:
    change = "op.execute('INSERT INTO t VALUES (2)')"
    block = f"with op.get_context().autocommit_block():\n    {change}"
    filled.revision(2, f"{block}\nop.execute('SELEKT 1')")
    said = filled.db("upgrade", fails=True)
    assert filled.rows("SELECT id FROM t") == [(1,), (2,)]
    [copy] = copies(filled)
    assert f"the copy {copy} stays" in said


@only_sqlite
def test_restoring_waits_for_nobody_for_ever(
    filled: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.db("upgrade")
    [copy] = copies(filled)
    monkeypatch.setattr(sqlite, "SECONDS_TO_WAIT", 0.5)
    with filled.engine().connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        assert "is in use" in filled.db("restore", str(copy), fails=True)


@only_sqlite
def test_without_room_for_a_copy_nothing_changes(
    filled: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _label: str) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(sqlite, "save", full)
    assert "No copy could be made: No space left" in filled.db("upgrade", fails=True)
    assert filled.version() == "0001"


@only_sqlite
def test_nothing_is_copied_when_nothing_changes(filled: Small) -> None:
    filled.db("upgrade")
    filled.db("upgrade")
    filled.db("stamp", "0001")
    assert len(copies(filled)) == 1


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_elsewhere_the_command_is_shown(small: Small) -> None:
    small.revision(1, "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))")
    assert "not copied" not in small.db("upgrade")
    small.revision(2, ADD.format(2))
    said = small.db("upgrade")
    assert "To have a copy, run `flask db backup` before an upgrade" in said
