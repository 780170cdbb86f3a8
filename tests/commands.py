"""Flasky's commands, run as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

from safe_schema.tests.commands import FORKS, ROOT, SECONDS, Command

__all__ = ["FORKS", "ROOT", "SECONDS", "Command", "failed", "flask", "run"]

FORKS.set_forkserver_preload(["app", "config", "flask.cli", "granian", "psycopg", "pymysql"])


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Python's in Flasky's folder, and return what it printed."""
    if command[:2] == ("-m", "flask"):
        return Command(*map(str, command[1:]), **environment).wait()
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def flask(*arguments: str | Path, **environment: str) -> str:
    """Run a `flask` command that succeeds, and return what it printed, its log included."""
    answer = run("-m", "flask", *arguments, **environment)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def failed(*command: str | Path, **environment: str) -> str:
    """Run a command that fails, and return its message. Fail if it holds a traceback."""
    answer = run(*command, **environment)
    assert answer.returncode != 0, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer.stderr.strip()
