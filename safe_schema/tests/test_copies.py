"""`flask db backup` and `flask db restore` on all three databases."""

import os
import re
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from safe_schema import commands
from safe_schema.copies import files
from safe_schema.tests.databases import create_database, missing
from safe_schema.tests.small import Small

PARENTS = "op.create_table('parents', sa.Column('id', sa.Integer, primary_key=True))"
CHILDREN = """
op.create_table(
    'children',
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('name', sa.String(64)),
    sa.Column('kind', sa.Enum('old', 'new', name='kind')),
    sa.Column('parent_id', sa.Integer, sa.ForeignKey('parents.id')),
    mariadb_charset='utf8mb4',
)
"""
NAME = "jo''hn \\\\ 50% \"中文\" \U0001f600"
ROWS = (
    "INSERT INTO parents VALUES (1)",
    f"INSERT INTO children (name, kind, parent_id) VALUES ('{NAME}', 'new', 1)",  # noqa: S608
)
only_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
PROGRAMS = {"postgresql": "pg_dump", "mariadb": "mariadb-dump", "sqlite": "true"}


def check_programs(kind: str) -> None:
    if not shutil.which(PROGRAMS[kind]):
        missing(f"there is no {PROGRAMS[kind]} on this machine")


@pytest.fixture
def filled(
    small: Small, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Small:
    """A database with rows, at the first of two revisions."""
    check_programs(make_url(database_url).get_backend_name())
    monkeypatch.chdir(tmp_path)
    small.revision(1, f"{PARENTS}\n{CHILDREN.strip()}")
    small.db("upgrade")
    small.run(*ROWS)
    return small


def saved_file(said: str) -> Path:
    [path] = re.findall(r"Saved (\S+): ", said)
    return Path(path)


def saved_before(said: str) -> Path:
    [path] = re.findall(r"What it held before is in (\S+)\.\n", said)
    return Path(path)


def content(small: Small) -> list[object]:
    return [small.rows("SELECT * FROM parents"), small.rows("SELECT * FROM children")]


def test_what_a_backup_holds_comes_back(filled: Small, tmp_path: Path) -> None:
    before, schema = content(filled), filled.schema()
    said = filled.db("backup")
    file = saved_file(said)
    assert file.parent == tmp_path
    assert re.search(r"\.\d{8}T\d{6}\.\d{6}\.0001\.(backup|dump|sql)$", file.name)
    assert re.search(r": [\d.]+ (bytes|[kM]B), revision 0001, \d+\.\d s\.\n", said)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    filled.revision(
        2, "op.create_table('more', sa.Column('id', sa.Integer, sa.ForeignKey('parents.id')))"
    )
    filled.db("upgrade")
    filled.run("INSERT INTO more VALUES (1)", "UPDATE children SET name = 'susan'")
    after, later = content(filled), filled.schema()

    said = filled.db("restore", str(file))
    assert "It is at revision 0001; `flask db upgrade` goes on." in said
    assert content(filled) == before
    assert filled.schema() == schema
    assert filled.version() == "0001"
    filled.db("upgrade")

    said = filled.db("restore", str(saved_before(said)))
    assert "goes on" not in said
    assert content(filled) == after
    assert filled.schema() == later
    assert filled.rows("SELECT * FROM more") == [(1,)]
    assert not list(tmp_path.glob("*.part*"))


def test_a_backup_comes_back_into_an_empty_database(
    filled: Small, database_url: str, tmp_path: Path
) -> None:
    before = content(filled)
    filled.db("backup", "mine")
    kind = make_url(database_url).get_backend_name()
    (tmp_path / "there").mkdir()
    with create_database(kind, tmp_path / "there") as url:
        filled.url = url
        filled.build(lambda _db: None)
        said = filled.db("restore", "mine")
        assert "What it held" not in said
        assert content(filled) == before
        assert filled.version() == "0001"
        filled.run("INSERT INTO children (name) VALUES ('susan')")  # the next id is free


def test_a_backup_goes_into_a_folder_and_over_no_file(filled: Small, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    assert saved_file(filled.db("backup", str(folder))).parent == folder
    mine = tmp_path / "mine"
    mine.write_text("mine")
    assert "mine exists already" in filled.db("backup", str(mine), fails=True)
    assert mine.read_text() == "mine"
    said = filled.db("backup", str(tmp_path / "nowhere/copy"), fails=True)
    assert "cannot be written: No such file or directory" in said
    assert not list(tmp_path.glob("**/*.part*"))


def test_of_the_copies_in_a_folder_the_newest_are_kept(filled: Small, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    first = saved_file(filled.db("backup", str(folder)))
    others = [
        folder / first.name.replace("0001", "before-restore"),
        folder / f"{first.name}.bak",
        folder / f"other-{first.name}",
        folder / "mine",
    ]
    for each in others:
        each.touch()
    saved = [saved_file(filled.db("backup", "--keep", "2", str(folder))) for _ in range(2)]
    assert set(folder.iterdir()) == {*saved, *others}
    os.utime(saved[0], (2**33, 2**33))  # the clock was wrong then
    last = saved_file(filled.db("backup", "--keep", "1", str(folder)))
    assert set(folder.iterdir()) == {last, *others}


def test_where_no_copy_can_be_made_none_is_deleted(
    filled: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = saved_file(filled.db("backup", str(tmp_path)))
    assert "--keep needs one" in filled.db("backup", "--keep", "1", "mine", fails=True)
    monkeypatch.setattr(files, "finish", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    filled.db("backup", "--keep", "1", str(tmp_path), fails=True)
    assert kept.exists()


@pytest.mark.parametrize("damage", ["text", "short", "empty", "folder", "missing"])
def test_what_is_no_whole_copy_changes_nothing(filled: Small, tmp_path: Path, damage: str) -> None:
    before = content(filled)
    file = saved_file(filled.db("backup"))
    held, bad = file.read_bytes(), tmp_path / "bad"
    match damage:
        case "text":
            bad.write_text("no copy" * 1000)
        case "short":
            bad.write_bytes(held[: len(held) * 3 // 4])
        case "empty":
            bad.touch()
        case "folder":
            bad.mkdir()
    said = filled.db("restore", str(bad), fails=True)
    assert "Nothing was changed" in said
    assert "bad" in said
    assert content(filled) == before
    left = {"migrations", "small.py", "data.sqlite", "data.sqlite-wal", "data.sqlite-shm"}
    assert {each.name for each in tmp_path.iterdir()} - left <= {file.name, "bad"}


def test_on_a_terminal_it_asks_before_it_replaces(
    filled: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved_file(filled.db("backup"))
    filled.run("DELETE FROM children")
    monkeypatch.setattr(commands, "is_terminal", lambda: True)
    said = filled.db("restore", str(file), fails=True)
    assert "[y/N]" in said
    assert filled.rows("SELECT count(*) FROM children") == [(0,)]
    filled.db("restore", str(file), "--yes")
    assert filled.rows("SELECT count(*) FROM children") == [(1,)]


def test_the_copy_of_a_newer_version_is_refused(filled: Small) -> None:
    file = saved_file(filled.db("backup"))
    filled.db("stamp", "base")
    (filled.folder / "versions/0001.py").rename(filled.folder / "0001.py")
    said = filled.db("restore", str(file), fails=True)
    assert "is at revision 0001, which this code does not know" in said
    filled.run("DELETE FROM children")
    assert "is now what" in filled.db("restore", str(file), "--force")
    assert filled.rows("SELECT count(*) FROM children") == [(1,)]


def test_the_copy_of_another_application_is_refused(filled: Small) -> None:
    filled.run("DROP TABLE alembic_version")
    file = saved_file(filled.db("backup"))
    assert file.name.split(".")[-2] == "none"
    said = filled.db("restore", str(file), fails=True)
    assert "has no revision in alembic_version" in said
    filled.run("DELETE FROM children")
    filled.db("restore", str(file), "--force")
    assert filled.rows("SELECT count(*) FROM children") == [(1,)]


@only_servers
def test_a_program_that_is_missing_is_named_with_its_package(
    small: Small, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    small.revision(1, PARENTS)
    small.db("upgrade")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = small.db("backup", fails=True)
    assert re.search(
        r"The program (pg_dump|mariadb-dump) is not installed; Debian's package "
        r"(postgresql-client-\d+|mariadb-client) brings it",
        said,
    )


@only_servers
def test_no_command_line_and_no_file_shows_the_password(
    filled: Small, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program in the place of the client notes its arguments, and calls the real one."""
    url = make_url(filled.url).set(password=make_url(filled.url).password or "secret pass\\w\"o'rd")
    if url.get_backend_name() != "postgresql" and not make_url(filled.url).password:
        filled.run(
            "CREATE USER IF NOT EXISTS copier IDENTIFIED BY 'secret pass\\\\w\"o''rd'",
            f"GRANT ALL ON {url.database}.* TO copier",
        )
        url = url.set(username="copier")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore", "mariadb-dump"):
        if real := shutil.which(name):
            script = programs / name
            script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/noted\nexec {real} "$@"\n')
            script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    filled.url = url.render_as_string(hide_password=False)
    filled.build(lambda _db: None)
    said = filled.db("backup", "mine")
    noted = (tmp_path / "noted").read_text()
    assert noted
    assert str(url.password) not in noted + said
    assert "secret" not in noted + said


def test_only_what_migrations_made_fades(tmp_path: Path) -> None:
    def copy(label: str, ending: str = "bak") -> Path:
        file = tmp_path / files.name("data.sqlite", label, ending)
        file.touch()
        os.utime(file, (0, 0))
        return file

    kept = [copy("before-restore"), copy("broken"), copy("0001", "backup")]
    kept.append(tmp_path / "data.sqlite.20200101.0001.mine.bak")
    kept[-1].touch()
    made = [copy(f"{number:04}") for number in range(8)]
    files.was_restored(made[0])
    files.keep_the_newest(made[-1])
    assert set(tmp_path.iterdir()) == {*kept, made[0], *made[-4:]}
