"""Requests that one thread sends over the wire, and how long their answers took."""

import re
import selectors
import socket
import statistics
import time
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CLOSES = re.compile(rb"(?i)\r\nconnection: *close")
PATIENCE = 30  # seconds that an answer may take


class Request(NamedTuple):
    """What is sent, and the status that has to come back."""

    port: int
    data: bytes
    status: int


@dataclass
class Measured:
    """What slices of time have added up to."""

    waited: list[float] = field(default_factory=list)  # seconds, of each request
    took: float = 0.0  # seconds
    processor: float = 0.0  # seconds of the server's

    @property
    def rate(self) -> float:
        """Requests in a second."""
        return len(self.waited) / self.took

    @property
    def processor_per_1000(self) -> float:
        """Seconds that the server works for 1000 requests."""
        return self.processor / len(self.waited) * 1000

    def percentile(self, percent: int) -> float:
        """Return the milliseconds after which so many requests were answered."""
        return statistics.quantiles(self.waited, n=100)[percent - 1] * 1000

    def add(self, other: "Measured") -> None:
        """Add another slice."""
        self.waited += other.waited
        self.took += other.took
        self.processor += other.processor


class Connection:
    """A connection to a server, opened again where the server closes it after an answer."""

    def __init__(self, request: Request, selector: selectors.BaseSelector) -> None:
        self.request, self.selector = request, selector
        self.socket: socket.socket | None = None
        self.received, self.due = b"", 0.0

    def send(self, due: float) -> None:
        """Send the request that was due at that moment."""
        self.received, self.due = b"", due
        if not self.socket:
            self.socket = socket.create_connection(("127.0.0.1", self.request.port), PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(self.socket, selectors.EVENT_READ, self)
        self.socket.sendall(self.request.data)

    def receive(self) -> bool:
        """Take what has come, and return whether the answer is whole. Fail if it is a wrong one."""
        assert self.socket  # noqa: S101
        some = self.socket.recv(65536)
        self.received += some
        head, end, body = self.received.partition(b"\r\n\r\n")
        assert some, f"closed by the server after {self.received[:80]!r}"  # noqa: S101
        if not end or len(body) < int(LENGTH.search(head)[1]):  # type: ignore[index]
            return False
        status = int(head[9:12])
        assert status == self.request.status, f"{status}: {body[:2000].decode()}"  # noqa: S101
        if CLOSES.search(head):
            self.close()
        return True

    def close(self) -> None:
        """Close it, until something is sent again."""
        if self.socket:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


def drive(
    request: Request, connections: int, seconds: float, rate: float | None = None
) -> Measured:
    """Send requests for so long, and return when all are answered.

    Without a rate each connection sends the next one when the last one is answered (a closed
    loop): the server is asked for all that it can do. With a rate requests are due at fixed
    moments, however slow the answers are (an open loop), and the wait begins when one is due.
    """
    measured, sent, start = Measured(), 0, time.perf_counter()
    # select(2) counts microseconds; epoll(7) milliseconds, in which a request may be answered.
    with selectors.SelectSelector() as selector:
        everyone = [Connection(request, selector) for _ in range(connections)]
        idle = deque(everyone)
        while (now := time.perf_counter()) < start + seconds or len(idle) < connections:
            assert now < start + seconds + PATIENCE, "an answer does not come"  # noqa: S101
            due = start + sent / rate if rate else now
            if idle and due <= now < start + seconds:
                idle.popleft().send(due)
                sent += 1
                continue
            for key, _ in selector.select(min(max(due - now, 0), 0.1) if idle else 0.1):
                if key.data.receive():
                    measured.waited.append(time.perf_counter() - key.data.due)
                    idle.append(key.data)
        for connection in everyone:
            connection.close()
    measured.took = time.perf_counter() - start
    return measured
