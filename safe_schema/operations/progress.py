"""How far a long step has come: a bar on a terminal, and a line now and then elsewhere."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

log = logging.getLogger("alembic.runtime.migration")

SECONDS_BETWEEN_LINES = 5


class Progress:
    """How many rows were looked at, and how many were changed."""

    def __init__(self, name: str, total: int, show: Callable[[int], object] | None) -> None:
        self.name = name
        self.total = total
        self.show = show
        self.seen = 0
        self.changed = 0
        self.began = self.said = time.monotonic()

    def advance(self, rows: int) -> None:
        """Show that so many more rows were looked at."""
        rows = min(rows, max(self.total - self.seen, 0))
        self.seen += rows
        if self.show:
            self.show(rows)
        elif time.monotonic() - self.said > SECONDS_BETWEEN_LINES:
            self.said = time.monotonic()
            log.info("%s: %s of %s rows", self.name, f"{self.seen:,}", f"{self.total:,}")

    def end(self) -> None:
        """Tell what was done."""
        seconds = time.monotonic() - self.began
        log.info("%s: %s rows set in %.1f s", self.name, f"{self.changed:,}", seconds)


@contextmanager
def showing(name: str, total: int) -> Iterator[Progress]:
    """Show the progress of going through the rows of a table."""
    if not sys.stderr.isatty():
        progress = Progress(name, total, None)
        yield progress
    else:
        with click.progressbar(length=total, label=name, file=sys.stderr) as bar:
            progress = Progress(name, total, bar.update)
            yield progress
    progress.end()
