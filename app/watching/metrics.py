"""Figures for Prometheus, which the processes of a server keep in files of one folder.

PROMETHEUS_MULTIPROC_DIR is set before this module is imported: prometheus_client then chooses to
count in files. Each process has its own; `app.watching.exporter` adds them up. Files of processes
that have ended stay, or a counter would go back: the first process of a server empties the folder.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper

from app.models import AuditEvent
from app.watching.measuring import Measured

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TOO_MANY = 429
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

# Each has a label, so that none makes its file before the folder is ready.
REQUESTS = Histogram(
    "flasky_request_seconds",
    "How long requests took, by view, method and class of status.",
    ["endpoint", "method", "status"],
    buckets=BUCKETS,
)
QUERIES = Counter("flasky_queries", "Statements sent to the database, by view.", ["endpoint"])
LIMITED = Counter("flasky_limited", "Requests beyond a limit (429), by view.", ["endpoint"])
EVENTS = Counter("flasky_events", "Events of the activity log, by what was done.", ["action"])


class Recorder:
    """Counts the requests of this process, from its first one on: a command has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = Lock()
        self.held: int | None = None  # a file, for as long as the process lives

    def add(self, measured: Measured, _environ: WSGIEnvironment) -> None:
        """Count a request that is answered."""
        if self.held is None:
            self.begin()
        kind = f"{measured.status // 100}xx"
        REQUESTS.labels(measured.endpoint, measured.method, kind).observe(measured.seconds)
        if measured.queries:
            QUERIES.labels(measured.endpoint).inc(measured.queries)
        if measured.status == TOO_MANY:
            LIMITED.labels(measured.endpoint).inc()

    def begin(self) -> None:
        """Empty the folder, unless another process of this server counts there already."""
        with self.lock:
            if self.held is None:
                self.held = hold(self.folder)
                event.listen(AuditEvent, "after_insert", count_event)


def hold(folder: Path) -> int:
    """Return a file that is locked until it is closed, or the process ends, however it does."""
    file = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # others hold it: what is there counts
    else:
        for left in folder.glob("*.db"):
            left.unlink()
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def count_event(_mapper: Mapper[AuditEvent], _connection: Connection, row: AuditEvent) -> None:
    """Count what is written into the activity log."""
    EVENTS.labels(row.action).inc()
