"""How often somebody may try something."""

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from app.models import Action, User
from app.web import audit
from app.web.proxies import client_address
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


class Limit:
    """So many times in so long, as in `Limit("login", "10 per minute")`."""

    def __init__(self, name: str, rate: str) -> None:
        self.name = name
        self.rate: RateLimitItem = parse(rate)

    def allows(self, who: str) -> bool:
        """Count a try. Return whether it is not one too many."""
        return _limiter().ask(lambda limiter: limiter.hit(self.rate, *self._key(who)))

    def hit(self, who: str, subject: User | None = None) -> None:
        """Count a try. Raise TooManyRequests if it is one too many, which the audit log tells once.

        `subject` is the user whose account it is about, if any.
        """
        if self.allows(who):
            return
        if TOLD.allows(f"{self.name} {who}"):
            audit.note(Action.TOO_MANY_TRIES, subject, detail=self.name)
        key = self._key(who)
        window = _limiter().ask(lambda limiter: limiter.get_window_stats(self.rate, *key))
        raise TooManyRequests(retry_after=max(1, round(window.reset_time - time.time())))

    def forget(self, who: str) -> None:
        """Count from the beginning: the try was a good one."""
        _limiter().ask(lambda limiter: limiter.clear(self.rate, *self._key(who)))

    def _key(self, who: str) -> tuple[str, str]:
        """Return what is counted: of what people type, or are known by, only a digest is kept."""
        return self.name, hashlib.sha256(who.encode()).hexdigest()


TOLD = Limit("told", "1 per 15 minutes")  # of tries that are too many


def client() -> str:
    """Return the address that a request came from, or, of IPv6, the network that one house has."""
    address = client_address()
    if ":" not in address:
        return address
    parsed = ipaddress.IPv6Address(address)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _limiter() -> Limiter:
    limiter: Limiter = current_app.extensions["limiter"]
    return limiter
