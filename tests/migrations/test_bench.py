"""The benchmarks of migrations under load can be run, and nothing is lost in them."""

from tests.commands import run


def test_no_request_fails_while_a_column_is_renamed_under_old_and_new_code() -> None:
    ended = run("bench/side_by_side.py", "--users=200", "--visitors=2", "--seconds=1")
    assert ended.returncode == 0, ended.stderr
    assert ", failed 0; longest" in ended.stdout
    assert ended.stdout.count(", lost 0") == 2
    assert "rows without a value 0; columns: ['first_visit']" in ended.stdout
    assert "differences from the models: 0" in ended.stdout


def test_no_greeting_is_lost_while_a_table_is_migrated() -> None:
    ended = run("bench/live_migrations.py", "--users=300", "--rest=0.2")
    assert ended.returncode == 0, ended.stderr
    assert "fill it in batches" in ended.stdout
    assert ", lost 0" in ended.stdout
    assert "failed:" not in ended.stdout
