"""The benches of faults can be run, and tell of what is lost."""

import sys
from collections import Counter

import pytest

from bench.acknowledged import count_lost_greetings
from tests.commands import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


def test_nothing_acknowledged_is_lost_when_processes_are_killed() -> None:
    ended = run("-m", "bench.kills", "--kills=3", "--visitors=2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "sqlite: 3 kills" in ended.stdout
    assert "greetings lost 0, messages lost 0, messages twice 0" in ended.stdout


def test_visitors_notice_nothing_of_a_mail_server_that_refuses() -> None:
    ended = run("-m", "bench.faults", "--seconds=1", "mail server refuses")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "mail server refuses" in ended.stdout
    assert "mails lost 0, half-written 0" in ended.stdout


def test_a_greeting_that_is_not_counted_is_told() -> None:
    greeted = Counter(john=3, susan=1)
    assert count_lost_greetings(greeted, {"john": 3, "susan": 1}) == 0
    assert count_lost_greetings(greeted, {"john": 2}) == 2
