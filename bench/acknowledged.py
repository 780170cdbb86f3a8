"""Visitors who remember what was acknowledged to them."""

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import NamedTuple

from sqlalchemy import Connection, text

from bench.browsers import Answer, Client
from bench.greeter import token_of

OK, CREATED, REDIRECT = 200, 201, 303
SHARE_OF_NEW_NAMES = 0.3
SECONDS_BEFORE_AGAIN = 0.05  # where nobody listens
SECONDS_WELL = 3  # without a failure
PASSWORD = "correct horse battery"  # noqa: S105
EXPLAINED = "Nothing has been lost."  # on the page of a 503, and in its problem


class Request(NamedTuple):
    """A request: when it began, how long it took, and a status or an error of the wire."""

    began: float  # by the monotonic clock
    seconds: float
    ended: str
    is_good: bool
    is_explained: bool

    @property
    def end(self) -> float:
        """When it was over."""
        return self.began + self.seconds


class Visitor(threading.Thread):
    """Somebody who visits without a pause, until it is over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.greeted: Counter[str] = Counter()  # names, as often as it was acknowledged
        self.requests: list[Request] = []

    def run(self) -> None:
        """Visit until it is over."""
        while not self.is_over.is_set():
            self.visit()

    def visit(self) -> None:
        """Do what such visitors do, once."""
        raise NotImplementedError

    def greet(self, client: Client, name: str) -> bool:
        """Say a name. Return whether that was acknowledged."""
        is_done = self.fill_in(client, "/", name=name) is not None
        self.greeted[name] += is_done
        return is_done

    def fill_in(
        self, client: Client, path: str, expected: int = REDIRECT, **fields: str
    ) -> Answer | None:
        """Open a page, and send its form. Return what that is answered with, unless it fails."""
        page = self.note(lambda: client.ask(path), OK)
        if page is None:
            return None
        form = {"csrf_token": token_of(page.text), **fields}
        return self.note(lambda: client.ask(path, form), expected)

    def note(self, send: Callable[[], Answer], expected: int) -> Answer | None:
        """Send a request, and remember how it ended. Return its answer, unless it failed."""
        began = time.monotonic()
        try:
            answer = send()
        except (OSError, HTTPException) as error:
            self._remember(began, type(error).__name__)
            time.sleep(SECONDS_BEFORE_AGAIN)
            return None
        is_good = answer.status == expected
        self._remember(began, str(answer.status), is_good, EXPLAINED in answer.text)
        return answer if is_good else None

    def _remember(
        self,
        began: float,
        ended: str,
        is_good: bool = False,  # noqa: FBT001, FBT002
        is_explained: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        seconds = time.monotonic() - began
        self.requests.append(Request(began, seconds, ended, is_good, is_explained))


class Member(Visitor):
    """Somebody with an account, who says names, writes messages and signs others up."""

    def __init__(self, address: str, name: str, token: str) -> None:
        super().__init__()
        self.login, self.token, self.done = name, token, 0
        self.address = address
        self.browser = Client(address, self._headers())
        self.posted: list[str] = []
        self.signed_up: list[str] = []  # addresses, to each of which a mail goes
        self.learned: list[str] = []  # names, of each of which the owner is told
        self.deeds = [self.say_a_name, self.write, self.write_by_api, self.sign_up]

    def log_in(self) -> None:
        """Log in, before anything fails."""
        answer = self.fill_in(self.browser, "/auth/login", login=self.login, password=PASSWORD)
        assert answer, self.requests  # noqa: S101

    def visit(self) -> None:
        """Do one of the things."""
        self.done += 1
        random.choice(self.deeds)()  # noqa: S311

    def say_a_name(self) -> None:
        """Say a new name, or one that is known."""
        is_new = random.random() < SHARE_OF_NEW_NAMES  # noqa: S311
        name = f"{self.login}{'x' + str(self.done) if is_new else ''}"
        if self.greet(Client(self.address, self._headers()), name) and is_new:
            self.learned.append(name)

    def write(self) -> None:
        """Write a message on the board."""
        text = self._new_text()
        if self.fill_in(self.browser, "/board/new", text=text):
            self.posted.append(text)

    def write_by_api(self) -> None:
        """Write one by a program, which sends the request again until it knows that it is done."""
        text, key = self._new_text(), str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        program, body = Client(self.address, self._headers()), json.dumps({"text": text})
        while not self.is_over.is_set():
            if self.note(lambda: program.send("POST", "/api/v1/messages", body, headers), CREATED):
                self.posted.append(text)
                return

    def sign_up(self) -> None:
        """Ask for a link to make an account."""
        name = f"{self.login}y{self.done}"
        client = Client(self.address, self._headers())
        if self.fill_in(client, "/auth/register", name=name, email=f"{name}@example.com"):
            self.signed_up.append(f"{name}@example.com")

    def _new_text(self) -> str:
        """Return a message of which one word stands in no other."""
        return f"Hello from {self.login}, 你好, {self.login}z{self.done}"

    def _headers(self) -> dict[str, str]:
        """Return what a proxy would say: that they come over https, each time from elsewhere."""
        network = ".".join(str(random.randrange(1, 255)) for _ in range(3))  # noqa: S311
        return {"X-Forwarded-For": f"10.{network}", "X-Forwarded-Proto": "https"}


def leave(visitors: Sequence[Visitor]) -> None:
    """Let all of them come to an end."""
    for visitor in visitors:
        visitor.is_over.set()
    for visitor in visitors:
        visitor.join()


def all_requests(visitors: Sequence[Visitor], since: float = 0) -> list[Request]:
    """Return what all of them have sent and had answered since then, by when it began."""
    found = (request for visitor in visitors for request in visitor.requests.copy())
    return sorted(request for request in found if request.end >= since)


def failed(requests: Sequence[Request]) -> list[Request]:
    """Return those that were not answered as they should be."""
    return [request for request in requests if not request.is_good]


def count_lost_greetings(greeted: Mapping[str, int], visits: Mapping[str, int]) -> int:
    """Return how many of the greetings that were acknowledged have not been counted."""
    return sum(max(0, times - visits.get(name, 0)) for name, times in greeted.items())


def read_visits(connection: Connection) -> dict[str, int]:
    """Return how often each name was said."""
    rows = connection.execute(text("SELECT username, visits FROM users"))
    return {name: visits for name, visits in rows}  # noqa: C416  # of rows, mypy knows no types


def wait_until_well(visitors: Sequence[Visitor], since: float, most: float = 120) -> float:
    """Wait until visitors are answered well. Return when the last one was not, in seconds.

    Raise TimeoutError if that never comes.
    """
    while time.monotonic() < since + most:
        time.sleep(0.2)
        last_failure = max(
            (one.end for one in failed(all_requests(visitors, since))), default=since
        )
        latest = min(max((one.end for one in it.requests), default=0) for it in visitors)
        if latest > max(last_failure, since) + SECONDS_WELL:
            return last_failure - since
    ends = Counter(request.ended for request in failed(all_requests(visitors, since)))
    raise TimeoutError(f"visitors are not answered well again: {dict(ends)}")
