"""The benchmark of the greeting can be run. What it prints is no test's business."""

from tests.commands import run


def test_every_kind_of_greeting_is_measured() -> None:
    printed = run("bench/greeter.py", "0.2").stdout
    assert [printed.count(kind) for kind in ("GET /", "(known name)", "(new name)")] == [2, 2, 2]
