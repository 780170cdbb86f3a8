"""Turns for what takes a core and much memory: all other pages keep theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

SECONDS_TO_WAIT = 2


class BusyError(RuntimeError):
    """Too many want a turn at once. Nothing was done yet; somebody may try again in a moment."""


class Turns:
    """So many have a turn at once. As many wait, for two seconds at most, and others do not wait.

    Whoever waits keeps a thread from everybody else.
    """

    def __init__(self, at_once: int) -> None:
        self.room = BoundedSemaphore(2 * at_once)
        self.running = BoundedSemaphore(at_once)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Run a block when it is its turn. Raise BusyError if that takes too long."""
        with _hold(self.room, seconds=0), _hold(self.running, seconds=SECONDS_TO_WAIT):
            yield


@contextmanager
def _hold(semaphore: BoundedSemaphore, *, seconds: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=seconds):
        raise BusyError
    try:
        yield
    finally:
        semaphore.release()
