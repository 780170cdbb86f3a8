"""Flasky's commands, run as an operator runs them: each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Python's in Flasky's folder, and return what it printed."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
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
