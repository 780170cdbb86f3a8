"""The requests that this process has answered in the last minutes."""

from __future__ import annotations

import statistics
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from app.watching.measuring import Measured

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MINUTES = 5
MOST_KEPT = 10_000


class Figures(NamedTuple):
    """How many there were, how many of them failed by our fault, and how long they took."""

    requests: int
    errors: int
    p50: int  # ms, which half of them took at most
    p99: int


class Recent:
    """Remembers the last requests, for a page that is looked at now and then."""

    def __init__(self) -> None:
        self.requests: deque[tuple[float, float, int]] = deque(maxlen=MOST_KEPT)

    def add(self, measured: Measured, _environ: WSGIEnvironment) -> None:
        """Remember a request that is answered."""
        self.requests.append((time.monotonic(), measured.seconds, measured.status))

    def get_figures(self) -> Figures:
        """Return what is known of the last minutes."""
        since = time.monotonic() - MINUTES * 60
        found = [request for request in self.requests.copy() if request[0] >= since]
        times = [seconds * 1000 for _, seconds, _ in found]
        hundredths = statistics.quantiles(times, n=100, method="inclusive") if times[1:] else []
        p50, p99 = (hundredths[49], hundredths[98]) if hundredths else [*times, *times, 0, 0][:2]
        errors = sum(status >= 500 for _, _, status in found)  # noqa: PLR2004
        return Figures(len(found), errors, round(p50), round(p99))
