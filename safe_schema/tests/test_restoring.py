"""Restoring loses nothing that was acknowledged, whoever writes and whatever is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from safe_schema.copies import files, sqlite
from safe_schema.tests.commands import FORKS
from safe_schema.tests.databases import create_database
from safe_schema.tests.small import Small
from safe_schema.tests.test_copies import check_programs, saved_before, saved_file

TABLE = """
op.create_table(
    'said', sa.Column('id', sa.Integer, primary_key=True), sa.Column('word', sa.String(64))
)
"""
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)

# Writes rows until it is told to stop, and prints each one that was committed.
WRITER = """
import sqlite3, sys, threading, time
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
number = 0
while not stop.is_set():
    number += 1
    word = f"{sys.argv[2]}-{number}"
    try:
        connection.execute("INSERT INTO said (word) VALUES (?)", [word])
    except sqlite3.OperationalError:
        continue
    print(word, flush=True)
    time.sleep(0.002)
"""


@pytest.fixture
def said(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A database with a table, and the program that copies it on this machine."""
    check_programs(make_url(small.url).get_backend_name())
    monkeypatch.chdir(tmp_path)
    small.revision(1, TABLE.strip())
    small.db("upgrade")
    return small


def words_in(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {word for (word,) in connection.execute("SELECT word FROM said")}


@only_sqlite
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_each_row_that_was_acknowledged_is_in_one_of_the_files(
    said: Small, tmp_path: Path, mode: str
) -> None:
    live = tmp_path / "data.sqlite"
    said.run(f"PRAGMA journal_mode = {mode}")
    file = saved_file(said.db("backup"))
    noted = tmp_path / "noted"
    with noted.open("w") as output, closing(sqlite3.connect(live)) as reader:
        if mode == "WAL":  # elsewhere, readers keep the writer out
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM said").fetchall()
        writers = [
            subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", WRITER, live, str(number)],
                stdin=subprocess.PIPE,
                stdout=output,
            )
            for number in range(3)
        ]
        saved = []
        for _ in range(12):
            time.sleep(0.02)
            saved.append(saved_before(said.db("restore", str(file))))
        for writer in writers:
            writer.communicate()
    acknowledged = set(noted.read_text().split())
    assert acknowledged
    assert acknowledged <= words_in(live).union(*map(words_in, saved))


def restore_and_die(url: str, file: Path, step: int) -> None:
    """Restore a copy, and be killed in that step."""
    steps = iter(range(1, step + 1))
    wait = sqlite.deadline

    def deadline() -> Callable[[int, int, int], None]:
        look = wait()

        def look_and_die(*progress: int) -> None:
            look(*progress)
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        return look_and_die

    sqlite.deadline = deadline
    sqlite.restore(create_engine(url), file)


@only_sqlite
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
@pytest.mark.parametrize("step", [1, 2, 3, 10, 21])
def test_a_restore_that_is_killed_has_changed_all_or_nothing(
    said: Small, tmp_path: Path, mode: str, step: int
) -> None:
    live = tmp_path / "data.sqlite"
    said.run(
        f"PRAGMA journal_mode = {mode}",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "INSERT INTO said (word) SELECT 'old ' || i || hex(randomblob(500)) FROM n",
    )
    old = words_in(live)
    file = saved_file(said.db("backup"))
    said.run("UPDATE said SET word = 'new' || id || hex(randomblob(500))")
    new = words_in(live)
    process = FORKS.Process(target=restore_and_die, args=(said.url, file, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert words_in(live) == new
    assert all(words_in(copy) == new for copy in tmp_path.glob("*.before-restore.bak"))
    said.db("restore", str(file))
    assert words_in(live) == old


@contextmanager
def writing(url: str, number: int) -> Iterator[set[str]]:
    """Let threads write rows meanwhile, and give those that were committed."""
    stop, acknowledged = Event(), set[str]()

    def write(name: int) -> None:
        engine = create_engine(url, poolclass=NullPool)
        row = 0
        while not stop.is_set():
            try:
                with engine.connect() as connection:
                    while not stop.is_set():
                        row += 1
                        word = f"{name}-{row}"
                        # Which reads before it writes, as visitors do.
                        connection.execute(text("SELECT count(*) FROM said")).one()
                        insert = text("INSERT INTO said (word) VALUES (:word)")
                        connection.execute(insert, {"word": word})
                        connection.commit()
                        acknowledged.add(word)
            except OperationalError:
                continue

    threads = [Thread(target=write, args=(name,)) for name in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@only_servers
def test_each_row_that_was_acknowledged_is_there_or_in_a_dump(said: Small) -> None:
    file = saved_file(said.db("backup"))
    with writing(said.url, 4) as acknowledged:
        saved = [saved_before(said.db("restore", str(file))) for _ in range(2)]
    assert acknowledged
    found = {word for (word,) in said.rows("SELECT word FROM said")}
    for copy in saved:
        said.db("restore", str(copy))
        found |= {word for (word,) in said.rows("SELECT word FROM said")}
    assert acknowledged <= found


def test_what_was_written_before_a_backup_begins_is_in_it(
    said: Small, database_url: str, tmp_path: Path
) -> None:
    kind = make_url(database_url).get_backend_name()
    with writing(said.url, 4) as acknowledged:
        while len(acknowledged) < 20:
            pass
        before = set(acknowledged)
        said.db("backup", "mine")
        while len(acknowledged) == len(before):  # others go on
            pass
    (tmp_path / "there").mkdir()
    with create_database(kind, tmp_path / "there") as url:
        said.url = url
        said.build(lambda _db: None)
        said.db("restore", "mine")
        assert before <= {word for (word,) in said.rows("SELECT word FROM said")}


@only_sqlite
def test_what_a_lost_file_has_left_is_moved_aside(said: Small, tmp_path: Path) -> None:
    file = saved_file(said.db("backup"))
    (tmp_path / "data.sqlite").unlink()
    for end in ("-wal", "-journal"):
        (tmp_path / f"data.sqlite{end}").write_text("rows of the lost file")
    said.db("restore", str(file))
    assert said.version() == "0001"
    moved = sorted(tmp_path.glob("*.broken.bak*"))
    assert [each.name.rpartition(".")[2] for each in moved] == ["bak-journal", "bak-wal"]


@only_sqlite
def test_the_database_is_no_copy_of_itself(said: Small, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("data.sqlite")
    for name in (link, tmp_path / "data.sqlite"):
        assert "is the database itself" in said.db("restore", str(name), fails=True)
    assert said.version() == "0001"


@only_sqlite
def test_a_link_to_the_database_stays_one(said: Small, tmp_path: Path) -> None:
    file = saved_file(said.db("backup"))
    live, there = tmp_path / "data.sqlite", tmp_path / "there"
    there.mkdir()
    files.remove(there / "data.sqlite")
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    live.rename(there / "data.sqlite")
    live.symlink_to(there / "data.sqlite")
    for damage in (False, True):
        if damage:
            live.write_text("garbage" * 1000)
        said.db("restore", str(file))
        assert live.is_symlink()
        assert said.version() == "0001"


@only_sqlite
def test_the_file_of_another_program_is_refused(said: Small, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER PRIMARY KEY)")
    assert "has no revision" in said.db("restore", str(other), fails=True)
    assert said.version() == "0001"


@only_sqlite
def test_a_copy_with_other_pages_is_refused(said: Small, tmp_path: Path) -> None:
    file, other = saved_file(said.db("backup")), tmp_path / "other"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("VACUUM INTO ?", [str(other)])
    answer = said.db("restore", str(other), fails=True)
    assert "pages of 8192 bytes, and the database of 4096" in answer
    (tmp_path / "data.sqlite").rename(tmp_path / "away")
    said.db("restore", str(other))
    assert said.version() == "0001"


@only_sqlite
def test_a_copy_comes_back_from_where_nothing_can_be_written(said: Small, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    file = saved_file(said.db("backup", str(folder)))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    folder.chmod(0o500)
    try:
        said.db("restore", str(file))
        assert said.version() == "0001"
    finally:
        folder.chmod(0o700)
