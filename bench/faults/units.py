"""Processes that are started again whenever they end, as systemd does with those of deploy/."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tests.servers import ROOT

SECONDS_UNTIL_RESTART = 1  # RestartSec


class Unit(threading.Thread):
    """A Python program with its children, which ends for good by `stop` alone."""

    def __init__(self, arguments: list[str], settings: dict[str, str], log: Path) -> None:
        super().__init__(daemon=True)
        self.arguments, self.settings, self.log = arguments, settings, log
        self.is_stopping = threading.Event()
        self.process = self._spawn()
        self.start()

    def run(self) -> None:
        """Start it again whenever it has ended, without what is left of it."""
        while True:
            self.process.wait()
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            if self.is_stopping.wait(SECONDS_UNTIL_RESTART):
                return
            self.process = self._spawn()

    def children(self) -> list[int]:
        """Return the processes that it has started and that have not ended."""
        main = self.process.pid
        with suppress(OSError):
            listed = Path(f"/proc/{main}/task/{main}/children").read_text().split()
            return [int(child) for child in listed if Path(f"/proc/{child}/cmdline").read_bytes()]
        return []

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send its first process a signal."""
        self.process.send_signal(how)

    def stop(self) -> None:
        """End it for good."""
        self.is_stopping.set()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.join()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                env=os.environ | self.settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def send(process: int, how: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(process, how)
