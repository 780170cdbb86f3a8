"""Flasky's commands, run as an operator runs them: each in a process of its own.

Most of what such a process costs is to import what it needs. One process has done that, and those
of `flask` commands are forked from it: before there is an application, and in a fifteenth of the
time.
"""

import os
import runpy
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 100  # that a command may take

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["app", "config", "flask.cli", "psycopg", "pymysql"])


class FlaskCommand:
    """A `flask` command at work."""

    def __init__(self, *arguments: str | Path, **environment: str) -> None:
        self.arguments = [str(argument) for argument in arguments]
        self.output = TemporaryDirectory()
        self.files = [Path(self.output.name, name) for name in ("stdout", "stderr")]
        for file in self.files:
            file.touch()
        task = (self.arguments, os.environ | environment, self.files)
        self.process = FORKS.Process(target=_become_flask, args=task)
        self.process.start()

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Return how it ended. Raise TimeoutExpired if it does not, and end it."""
        self.process.join(SECONDS)
        status = self.process.exitcode
        if status is None:
            self.process.kill()
        with self.output:
            printed = [file.read_text() for file in self.files]
        if status is None:
            raise subprocess.TimeoutExpired(self.arguments, SECONDS, *printed)
        return subprocess.CompletedProcess(self.arguments, status, *printed)


def _become_flask(arguments: list[str], environment: dict[str, str], output: list[Path]) -> None:
    """Do in a forked process what `python -m flask` does in a new one."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate([Path(os.devnull), *output]):
        os.dup2(os.open(file, os.O_RDWR), number)
    sys.argv = ["flask", *arguments]
    runpy.run_module("flask", run_name="__main__", alter_sys=True)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Python's in Flasky's folder, and return what it printed."""
    if command[:2] == ("-m", "flask"):
        return FlaskCommand(*command[2:], **environment).wait()
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
