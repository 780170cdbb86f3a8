"""Commands run as an operator runs them: each in a process of its own.

Most of what such a process costs is to import what it needs. One process has done that, and those
of commands and of servers are forked from it: before there is an application, and in a fifteenth
of the time.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent.parent  # where `safe_schema` is
SECONDS = 100  # that a command may take

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["flask.cli", "safe_schema", "psycopg", "pymysql"])


class Command:
    """A `python -m` command at work."""

    def __init__(self, module: str, *arguments: str | Path, **environment: str) -> None:
        self.command = [module, *map(str, arguments)]
        self.output = TemporaryDirectory()
        self.files = [Path(self.output.name, name) for name in ("stdout", "stderr")]
        for file in self.files:
            file.touch()
        task = (self.command, os.environ | environment, self.files)
        self.process = FORKS.Process(target=_become, args=task)
        self.process.start()

    def wait(self, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Return how it ended. Raise TimeoutExpired if it does not, and end it."""
        self.process.join(seconds)
        status = self.process.exitcode
        if status is None:
            self.process.kill()
        with self.output:
            printed = [file.read_text() for file in self.files]
        if status is None:
            raise subprocess.TimeoutExpired(self.command, seconds, *printed)
        return subprocess.CompletedProcess(self.command, status, *printed)


def _become(command: list[str], environment: dict[str, str], output: list[Path]) -> None:
    """Do in a forked process what `python -m` does in a new one."""
    multiprocessing.set_start_method("fork", force=True)  # for the workers of servers
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    for number, file in enumerate([Path(os.devnull), *output]):
        os.dup2(os.open(file, os.O_RDWR), number)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
