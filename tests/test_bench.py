"""The benchmark of the greeting can be run. What it prints is no test's business."""

from tests.commands import run


def test_every_kind_of_greeting_is_measured() -> None:
    ended = run("bench/greeter.py", "0")
    assert ended.returncode == 0, ended.stderr
    kinds = ["GET /", "POST / (known name)", "POST / (new name)"]
    assert [ended.stdout.count(kind) for kind in kinds] == [2, 2, 2]
