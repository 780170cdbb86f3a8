"""Servers of the bench's own, which it may stop, freeze and start again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port, wait_for

MOUNT = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs"]
UNMOUNT = ["umount", "--lazy"]


class LackingError(Exception):
    """What a fault needs is not on this machine. As a text: what."""


class PostgreSQL:
    """A cluster with few connections. Its server refuses to be root's."""

    MOST_CONNECTIONS = 40

    def __init__(self, folder: Path) -> None:
        programs = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parts[-2])
        )
        if not programs:
            raise LackingError("there is no PostgreSQL: apt-get install postgresql")
        self.bin, self.data, self.port = programs[-1], folder / "postgresql", free_port()
        self.data.mkdir()
        if os.geteuid() == 0:
            for parent in (folder, self.data):
                shutil.chown(parent, "postgres")
        self._run("initdb", "--username=flasky", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.url = f"postgresql+psycopg://flasky@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.data} -c superuser_reserved_connections=0"
        options += f" -c max_connections={self.MOST_CONNECTIONS}"
        self._run("pg_ctl", f"--log={self.data}/log", f"--options={options}", "--wait", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends connections, `immediate` is as if the machine had failed."""
        self._run("pg_ctl", f"--mode={mode}", "--wait", "stop")

    def signal(self, how: signal.Signals) -> None:
        """Send all of its processes a signal."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in [main, *map(int, children)]:
            os.kill(process, how)

    def _run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, str(self.bin / program), f"--pgdata={self.data}", *arguments]
        done = subprocess.run(
            command, cwd=self.data, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert done.returncode == 0, done.stderr.decode()  # noqa: S101


class Redis:
    """A Redis that keeps nothing on the disk."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if not program:
            raise LackingError("there is no Redis: apt-get install redis-server")
        self.port = free_port()
        self.command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it listens."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        wait_for(self.port)

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)


class Clock:
    """The clock of the site's processes, if they start with these settings: that of libfaketime."""

    def __init__(self, folder: Path) -> None:
        libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not libraries:
            raise LackingError("there is no libfaketime: apt-get install libfaketime")
        self.file = folder / "clock"
        self.settings = {
            "LD_PRELOAD": str(libraries[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds
            "DONT_FAKE_MONOTONIC": "1",  # nobody sets that clock, and waits go by it
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set it so many seconds before or after this machine's."""
        self.file.write_text(f"{seconds:+}")


@contextmanager
def started(server: PostgreSQL | Redis) -> Iterator[None]:
    """Start a server, and stop it at the end."""
    server.start()
    try:
        yield
    finally:
        server.stop()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a folder with a disk of its own, which is soon full."""
    folder.mkdir()
    subprocess.run([*MOUNT, folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*UNMOUNT, folder], check=True)
