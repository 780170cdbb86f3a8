"""What `safe_schema` prevents: each accident on each database, without it and with it.

"stock" is the env.py that `flask db init` writes. Run it with `python bench/migrations.py [TRIALS]`
and the addresses of servers in TEST_POSTGRESQL_URL and TEST_MARIADB_URL (see docs/testing.md).
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import flask_migrate.cli

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from safe_schema.tests import (
    test_adoption,
    test_guard,
    test_interruptions,
    test_locks,
    test_renames,
)
from safe_schema.tests.databases import SERVERS, create_database
from safe_schema.tests.small import Small

TEMPLATES = Path(flask_migrate.cli.__file__).parent / "templates/flask"
PROCESSES = 8
LONGEST_WAIT = 10  # seconds
TRIALS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
CASES = cycle(test_guard.CASES)
POINTS = cycle(range(test_interruptions.POINTS))  # at which a migration is killed
FILL = "op.execute(\"INSERT INTO t VALUES (1, 'a')\")"
T = """
op.create_table(
    "t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("s", sa.String(20))
)
"""


def use_stock(small: Small) -> None:
    """Give an application the environment of `flask db init`."""
    stock = (TEMPLATES / "env.py").read_text()
    (small.folder / "env.py").write_text(f"# without safe_schema\n{stock}")
    shutil.copy(TEMPLATES / "alembic.ini.mako", small.folder / "alembic.ini")


def succeeds(small: Small, *arguments: str) -> bool:
    """Return whether a `flask db` command succeeds."""
    try:
        small.db(*arguments)
    except Exception:  # noqa: BLE001  # stock ends in all ways
        return False
    return True


def race(small: Small) -> str:
    """A1. Let processes upgrade an empty database at once."""
    small.revision(1, T + FILL)
    small.revision(
        2,
        "with op.batch_alter_table('t') as batch:\n"
        "    batch.alter_column('s', existing_type=sa.String(20), type_=sa.String(40))",
    )
    runs = [quiet(upgrading(small)) for _ in range(PROCESSES)]
    failed = sum(run.wait() != 0 for run in runs)
    right = succeeds(small, "upgrade") and small.rows("SELECT id FROM t") == [(1,)]
    return f"{failed}/{PROCESSES} fail{'' if right else ', not repaired'}"


def upgrading(small: Small) -> list[str]:
    """Return the command line of `flask db upgrade`."""
    return [sys.executable, "-m", "flask", "--app", str(small.file), "db", "upgrade"]


def quiet(command: list[str], **environment: str) -> subprocess.Popen[bytes]:
    """Start a command that prints nothing."""
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, env=os.environ | environment, stdout=nothing, stderr=nothing)


def concurrent_index(small: Small) -> str:
    """A2. The same with CREATE INDEX CONCURRENTLY."""
    if not small.url.startswith("postgresql"):
        return ""
    small.revision(1, T)
    small.revision(
        2,
        "with op.get_context().autocommit_block():\n"
        "    op.create_index('ix_s', 't', ['s'], postgresql_concurrently=True)",
    )
    began = time.monotonic()
    runs = [quiet(upgrading(small)) for _ in range(PROCESSES)]
    failed = sum(run.wait(timeout=100) != 0 for run in runs)
    return f"{failed}/{PROCESSES} fail, {time.monotonic() - began:.0f} s"


def holder_killed(small: Small) -> str:
    """A3. Kill the process that migrates while others wait for it."""
    small.revision(1, f"import time\n{T}\ntime.sleep(2)")
    holder = quiet(upgrading(small))
    time.sleep(1.5)
    waiters = [quiet(upgrading(small)) for _ in range(3)]
    time.sleep(1)
    holder.kill()
    holder.wait()
    failed = sum(run.wait(timeout=60) != 0 for run in waiters)
    return f"{failed}/3 waiters fail"


def killed(small: Small) -> str:
    """A4. Kill a migration at a random statement, and run it again."""
    small.revision(1, T)
    small.db("upgrade")
    small.run("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b')")
    small.revision(2, test_interruptions.REVISION)
    before = small.schema()
    run = quiet(upgrading(small), DIE_AT=str(next(POINTS)))
    assert run.wait() == -signal.SIGKILL  # noqa: S101
    half = "half-way" if small.schema() != before else "whole"
    again = quiet(upgrading(small)).wait() == 0
    return f"{half}, {'repaired' if again and small.version() == '0002' else 'stuck'}"


def children(small: Small) -> str:
    """A5. Widen a column of a table with cascading children."""
    small.revision(1, T)
    small.db("upgrade")
    small.run(
        "INSERT INTO t VALUES (1, 'a')",
        "CREATE TABLE posts (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO posts VALUES (1)",
    )
    small.revision(
        2,
        "with op.batch_alter_table('t') as batch:\n"
        "    batch.alter_column('s', existing_type=sa.String(20), type_=sa.String(40))",
    )
    succeeds(small, "upgrade")
    left = len(small.rows("SELECT * FROM posts"))
    return f"{left}/1 child left"


def guarded(small: Small) -> str:
    """A6. An operation that destroys, or that the data does not allow."""
    case = next(CASES)
    small.revision(1, test_guard.TABLES)
    small.db("upgrade")
    small.revision(2, case.operation)
    rows, schema = small.rows("SELECT * FROM t"), small.schema()
    if succeeds(small, "upgrade"):
        return "carried out"
    same = small.rows("SELECT * FROM t") == rows
    tables = {name: parts for name, parts in small.schema().items() if name in schema}
    return "refused whole" if same and tables == schema else "half-way"


def renamed(small: Small) -> str:
    """A7. Rename a column, and have the migration written."""
    scenario = test_renames.SCENARIOS["unique index"]
    test_renames.begin(small, scenario)
    rows = small.rows(scenario.look[0])
    small.build(scenario.after)
    if not succeeds(small, "migrate", *scenario.options) or not succeeds(small, "upgrade"):
        return "fails"
    return "rows kept" if small.rows(scenario.look[1]) == rows else "values lost"


def adopted(small: Small) -> str:
    """A8. Upgrade what `db.create_all()` made."""
    small.db("migrate", models=test_adoption.first)
    small.create_all(test_adoption.first)
    small.run("INSERT INTO t (id, s) VALUES (1, 'john')")
    return "adopted" if succeeds(small, "upgrade") else "fails"


def table_in_use(small: Small) -> str:
    """A11. Migrate a table that an idle transaction has read."""
    if small.url.startswith("sqlite"):
        return ""
    small.revision(1, T)
    small.db("upgrade")
    small.revision(2, "op.add_column('t', sa.Column('n', sa.Integer))")
    runs: list[subprocess.Popen[bytes]] = []
    waited = test_locks.seconds_a_visitor_waits(
        small, lambda: runs.append(quiet(upgrading(small))), after=1.5, at_most=LONGEST_WAIT
    )
    runs[0].wait()
    return f"a visitor waits {f'{waited:.1f} s' if waited < LONGEST_WAIT else 'on'}"


def loggers(small: Small) -> str:
    """A13. Upgrade within the application, and log."""
    small.revision(1, T)
    log = logging.getLogger("a.logger.that.was.there")
    log.disabled = False
    succeeds(small, "upgrade")
    return "silenced" if log.disabled else "heard"


def nothing_to_do(small: Small) -> str:
    """A14. Upgrade when there is nothing to do."""
    small.revision(1, T)
    small.db("upgrade")
    times = []
    for _ in range(TRIALS):
        began = time.monotonic()
        quiet(upgrading(small)).wait()
        times.append(time.monotonic() - began)
    return f"{min(times):.2f} s"


ACCIDENTS: list[tuple[str, int, Callable[[Small], str]]] = [
    ("A1  upgrades at once", TRIALS, race),
    ("A2  ... with CREATE INDEX CONCURRENTLY", 1, concurrent_index),
    ("A3  ... whose first is killed", 1, holder_killed),
    ("A4  killed, run again", 2 * test_interruptions.POINTS, killed),
    ("A5  cascading children of a rebuilt table", 1, children),
    ("A6  destructive operations", len(test_guard.CASES), guarded),
    ("A7  a renamed column", 1, renamed),
    ("A8  what db.create_all() made", 1, adopted),
    ("A11 a table in use", 1, table_in_use),
    ("A13 the application's loggers", 1, loggers),
    ("A14 nothing to do", 1, nothing_to_do),
]


def try_out(kind: str, accident: Callable[[Small], str], *, stock: bool) -> str:
    """Return what happens in an accident on a new database."""
    with tempfile.TemporaryDirectory() as name, create_database(kind, Path(name)) as url:
        small = Small(url, Path(name))
        if stock:
            use_stock(small)
        return accident(small)


def main() -> None:
    """Print a line for each accident, database and environment."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    kinds = ["sqlite", *[kind for kind, variable in SERVERS.items() if os.environ.get(variable)]]
    for title, trials, accident in ACCIDENTS:
        for kind in kinds:
            for stock in (True, False):
                seen: dict[str, int] = {}
                for _ in range(trials):
                    result = try_out(kind, accident, stock=stock)
                    seen[result] = seen.get(result, 0) + 1
                told = "; ".join(
                    f"{times} x {result}" if trials > 1 else result
                    for result, times in seen.items()
                )
                if told:
                    print(
                        f"{title:<42}{kind:<12}{'stock' if stock else 'safe':<7}{told}", flush=True
                    )


if __name__ == "__main__":
    main()
