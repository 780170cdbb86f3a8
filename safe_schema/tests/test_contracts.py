"""A revision that takes away what old code knows waits, also after it was killed."""

from pathlib import Path

import pytest

from safe_schema.tests.small import Small
from safe_schema.tests.test_gradually import (
    GO_ON,
    PARTS,
    SCENARIOS,
    begin,
    of,
    step,
)


def test_an_upgrade_waits_for_the_end_of_old_code(small: Small) -> None:
    begin(small)
    contract = step(small, "contract").name.partition("_")[0]
    for _ in range(2):
        said = small.db("upgrade")
        assert f"Stopped before revision {contract}, which takes people.old away. {GO_ON}" in said
        assert small.version() == step(small, "copy").name.partition("_")[0]
    for command in ("migrate", "check"):
        said = small.db(command, fails=True)
        assert f"The database waits before revision {contract}" in said
        assert GO_ON in said
    said = small.db("upgrade", contract)
    assert "Stopped" not in said
    assert small.version() == contract
    small.db("downgrade")
    assert "Stopped" not in small.db("upgrade", "-x", "contract=yes")


def test_a_new_database_gets_all_at_once(small: Small) -> None:
    begin(small)
    small.run("DROP TABLE people", "DELETE FROM alembic_version")
    assert "Stopped" not in small.db("upgrade")
    small.db("check")


def test_what_comes_behind_is_refused_whole(small: Small) -> None:
    begin(small)
    contract = step(small, "contract").name.partition("_")[0]
    before = small.version()
    small.revision(2, "pass")
    file = small.folder / "versions/0002.py"
    file.write_text(file.read_text().replace("'0001'", repr(contract)))
    said = small.db("upgrade", fails=True)
    assert f"Revision 0002 comes after {contract}, which takes people.old away" in said
    assert GO_ON in said
    assert small.version() == before
    small.db("upgrade", "-x", "contract=yes")
    assert small.version() == "0002"


def test_tables_of_a_model_can_be_adopted_at_the_end(small: Small) -> None:
    begin(small)
    small.run("DROP TABLE people", "DROP TABLE alembic_version")
    small.create_all(of(SCENARIOS["plain"], "new"))
    said = small.db("upgrade")
    contract = step(small, "contract").name.partition("_")[0]
    assert f"it equals revision {contract}" in said


def test_old_tables_can_be_adopted_at_the_beginning(small: Small) -> None:
    begin(small)
    small.run("DROP TABLE alembic_version")
    assert "Stopped before revision" in small.db("upgrade")
    assert small.rows("SELECT old, new FROM people") == [("john", "john")]


DIE = """
import os, signal

def at(point):
    if os.environ.get("DIE_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def let_die(file: Path) -> list[str]:
    """Let a revision be killed at points between its operations, and return their names."""
    name = file.stem.rpartition("_")[2]
    code: list[str] = []
    points: list[str] = []
    is_upgrade = False
    for line in file.read_text().splitlines():
        code.append(line)
        is_upgrade = "def upgrade" in line or (is_upgrade and "def downgrade" not in line)
        is_call = line.lstrip().startswith(("op.", "batch_op.")) and line.endswith(")")
        if is_upgrade and (is_call or '"""Bring' in line):
            points.append(f"{name} {len(points)}")
            code.append(f"{line[: len(line) - len(line.lstrip())]}at({points[-1]!r})")
    imports = code.index("from alembic import op")
    file.write_text("\n".join([*code[: imports + 1], DIE, *code[imports + 1 :]]))
    return points


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_killed_is_finished_by_the_next_upgrade(small: Small, name: str) -> None:
    begin(small, SCENARIOS["unique index, not null"])
    points = let_die(step(small, name))
    if name == "contract":
        small.db("upgrade")
    for point in points:
        ended = small.upgrade("-x", "contract=yes", DIE_AT=point).wait()
        assert ended.returncode == -9, (point, ended.stderr)
    goes_on = [] if "mysql" in small.url and name == "contract" else ["-x", "contract=yes"]
    ended = small.upgrade(*goes_on).wait()
    assert ended.returncode == 0, ended.stderr
    small.db("check")
    assert small.rows("SELECT id, new FROM people") == [(1, "john")]
    assert set(small.schema()) == {"people"}
