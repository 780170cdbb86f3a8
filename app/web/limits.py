"""How often somebody may try something."""

import hashlib
import logging
import math
import time
from collections.abc import Callable
from functools import cache
from operator import attrgetter, methodcaller
from typing import NamedTuple, TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from app import audit
from app.models import Action, Detail, User
from app.web.languages import ngettext
from settings import ConfigError

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

SECONDS_TO_ANSWER = 1  # for a Redis
SECONDS_UNTIL_ASKED_AGAIN = 10  # after it did not


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


class Allowance:
    """So many times in so long, as in `Allowance("warnings", "1 per day")`.

    `rates` are one or more, separated by semicolons, or the name of a setting that holds them.
    """

    def __init__(self, name: str, rates: str) -> None:
        self.name = name
        self.rates = rates

    def allows(self, who: str) -> bool:
        """Count a try. Return whether it is not one too many."""
        rates, key = self._rates(), self._key(who)
        return _limiter().ask(lambda limiter: all(limiter.hit(rate, *key) for rate in rates))

    def reset(self, who: str) -> None:
        """Count from the beginning: the try was a good one."""
        for rate in self._rates():
            _limiter().ask(methodcaller("clear", rate, *self._key(who)))

    def seconds_left(self, who: str) -> int:
        """Return how long it takes until another try is allowed by all rates."""
        rates, key = self._rates(), self._key(who)
        windows = _limiter().ask(lambda it: [it.get_window_stats(rate, *key) for rate in rates])
        ends = [window.reset_time for window in windows if not window.remaining]
        return max([1, *(round(end - time.time()) for end in ends)])

    def get_standing(self, who: str) -> Standing:
        """Return how much is left by the rate that leaves the least. It counts nothing."""
        rates, key = self._rates(), self._key(who)
        windows = _limiter().ask(lambda it: [it.get_window_stats(rate, *key) for rate in rates])
        now = time.time()
        standings = (
            Standing(
                window.remaining,
                max(1, math.ceil(window.reset_time - now)),
                rate.amount,
                rate.get_expiry(),
            )
            for rate, window in zip(rates, windows, strict=True)
        )
        return min(standings, key=attrgetter("remaining"))

    def _rates(self) -> list[RateLimitItem]:
        return _parsed(current_app.config.get(self.rates, self.rates))

    def _key(self, who: str) -> tuple[str, str]:
        """Return what is counted: of what people type, or are known by, only a digest is kept."""
        return self.name, hashlib.sha256(who.encode()).hexdigest()


class Limit(Allowance):
    """An allowance beyond which nobody goes, as in `Limit(Detail.LOGINS, "10 per minute")`."""

    def __init__(self, name: Detail, rates: str) -> None:
        super().__init__(name, rates)

    def hit(self, who: str, subject: User | None = None) -> None:
        """Count a try. Raise TooManyRequests if it is one too many, which the audit log tells once.

        That is committed, and nothing else: see `audit.note`. `subject` is the user whose account
        it is about, if any.
        """
        if self.allows(who):
            return
        if TOLD.allows(f"{self.name} {who}"):
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
def _parsed(rates: str) -> list[RateLimitItem]:
    return parse_many(rates)


TOLD = Allowance("told", "1 per 15 minutes")  # of tries that are too many


def _limiter() -> Limiter:
    limiter: Limiter = current_app.extensions["limiter"]
    return limiter
