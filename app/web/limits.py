"""How often somebody may try something."""

import hashlib
import logging
import math
import time
from collections.abc import Callable
from functools import cache
from operator import attrgetter, methodcaller
from typing import NamedTuple, NoReturn, TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from app import audit
from app.client import client_networks
from app.models import Action, Detail, User
from app.web.languages import ngettext
from settings import ConfigError

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

SECONDS_TO_ANSWER = 1  # for a Redis
SECONDS_UNTIL_ASKED_AGAIN = 10  # after it did not
WIDER = 2  # times as many come from each wider network, of which somebody may have all


def init_app(app: Flask) -> None:
    """Count in the memory of this process, or where the settings say."""
    app.extensions["limiter"] = Limiter(app.config["LIMITS_STORAGE"])


class Limiter:
    """Counts in a storage, and in the memory of this process for as long as that does not answer.

    Raises ConfigError if the address is none, or the storage's package is not installed.
    """

    def __init__(self, url: str) -> None:
        timeouts = (
            {"socket_timeout": SECONDS_TO_ANSWER, "socket_connect_timeout": SECONDS_TO_ANSWER}
            if url.startswith("redis")
            else {}
        )
        try:
            self.storage = storage_from_string(url, wrap_exceptions=True, **timeouts)
        except (ConfigurationError, ValueError) as error:
            raise ConfigError(
                f"LIMITS_STORAGE: {error}; write one like redis://localhost:6379"
            ) from None
        self.shared = MovingWindowRateLimiter(self.storage)
        self.own = MovingWindowRateLimiter(MemoryStorage())
        self.away_until = 0.0  # by the monotonic clock

    def ask(self, question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
        """Ask where it is counted."""
        if time.monotonic() >= self.away_until:
            try:
                return question(self.shared)
            except StorageError as error:
                self.away_until = time.monotonic() + SECONDS_UNTIL_ASKED_AGAIN
                log.warning(
                    "LIMITS_STORAGE does not answer, so each process counts by itself: %s",
                    error.storage_error,
                )
        return question(self.own)


class Standing(NamedTuple):
    """How much of an allowance is left: `quota` in `window` seconds, anew in `seconds`."""

    remaining: int
    seconds: int
    quota: int
    window: int


class Counter(NamedTuple):
    """What is counted, and how much of it there may be."""

    rate: RateLimitItem
    name: str
    who: str  # a digest: of what people type, or are known by, nothing else is kept


class Allowance:
    """So many times in so long, as in `Allowance("warnings", "1 per day")`.

    `rates` are one or more, separated by semicolons, or the name of a setting that holds them.
    With `of_networks`, the networks that a request comes from are counted, besides what it is told:
    each wider one of IPv6 has WIDER times as much.
    """

    def __init__(self, name: str, rates: str, *, of_networks: bool = False) -> None:
        self.name = name
        self.rates = rates
        self.of_networks = of_networks

    def allows(self, who: str = "") -> bool:
        """Count a try. Return whether it is not one too many."""
        counters = self._counters(who)
        return _limiter().ask(lambda limiter: all(limiter.hit(*counter) for counter in counters))

    def is_spent(self, who: str = "") -> bool:
        """Return whether another try would be one too many. It counts nothing."""
        counters = self._counters(who)
        return not _limiter().ask(lambda it: all(it.test(*counter) for counter in counters))

    def reset(self, who: str = "") -> None:
        """Count from the beginning: the try was a good one."""
        for counter in self._counters(who):
            _limiter().ask(methodcaller("clear", *counter))

    def seconds_left(self, who: str = "") -> int:
        """Return how long it takes until another try is allowed by all rates."""
        counters = self._counters(who)
        windows = _limiter().ask(lambda it: [it.get_window_stats(*counter) for counter in counters])
        ends = [window.reset_time for window in windows if not window.remaining]
        return max([1, *(round(end - time.time()) for end in ends)])

    def get_standing(self, who: str = "") -> Standing:
        """Return how much is left by the rate that leaves the least. It counts nothing."""
        counters = self._counters(who)
        windows = _limiter().ask(lambda it: [it.get_window_stats(*counter) for counter in counters])
        now = time.time()
        standings = (
            Standing(
                window.remaining,
                max(1, math.ceil(window.reset_time - now)),
                counter.rate.amount,
                counter.rate.get_expiry(),
            )
            for counter, window in zip(counters, windows, strict=True)
        )
        return min(standings, key=attrgetter("remaining"))

    def _counters(self, who: str) -> list[Counter]:
        rates = current_app.config.get(self.rates, self.rates)
        if not self.of_networks:
            return [Counter(rate, self.name, _digest(who)) for rate in _parsed(rates)]
        return [
            Counter(rate, self.name, _digest(f"{who} {network}"))
            for step, network in enumerate(client_networks())
            for rate in _parsed(rates, WIDER**step)
        ]


class Limit(Allowance):
    """An allowance beyond which nobody goes, as in `Limit(Detail.NAMES, "10 per hour")`."""

    def __init__(self, name: Detail, rates: str, *, of_networks: bool = False) -> None:
        super().__init__(name, rates, of_networks=of_networks)

    def hit(self, who: str = "", subject: User | None = None) -> None:
        """Count a try. Raise TooManyRequests if it is one too many, which the audit log tells once.

        That is committed, and nothing else: see `audit.note`. `subject` is the user whose account
        it is about, if any.
        """
        if self.allows(who):
            return
        self.refuse(who, subject)

    def refuse(self, who: str = "", subject: User | None = None) -> NoReturn:
        """Raise TooManyRequests, as `hit` does."""
        whose = client_networks()[-1] if self.of_networks else ""
        if TOLD.allows(f"{self.name} {who} {whose}"):
            audit.note(Action.TOO_MANY_TRIES, subject, detail=self.name)
        raise TooManyRequests(retry_after=self.seconds_left(who))


def explain_rate_limit(seconds: int) -> str:
    """Return what somebody who has tried too often is told to do."""
    return ngettext(
        "You have tried this too many times. Please try again in a minute.",
        "You have tried this too many times. Please try again in %(num)s minutes.",
        math.ceil(seconds / 60),
    )


@cache
def _parsed(rates: str, times: int = 1) -> list[RateLimitItem]:
    return [type(rate)(rate.amount * times, rate.multiples) for rate in parse_many(rates)]


def _digest(who: str) -> str:
    return hashlib.sha256(who.encode()).hexdigest()


TOLD = Allowance("told", "1 per 15 minutes")  # of tries that are too many


def _limiter() -> Limiter:
    limiter: Limiter = current_app.extensions["limiter"]
    return limiter
