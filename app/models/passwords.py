"""Passwords: which ones are taken, and how they are kept (OWASP's Password Storage Cheat Sheet)."""

import hashlib
import unicodedata
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask import Flask, current_app
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.models import breaches
from app.models.texts import TranslatableError
from app.models.turns import Turns

SHORTEST = 8  # characters
LONGEST = 1024
MOST_COMMON = 10_000
OWN_WORDS = ("flasky", "password")  # alone, or with digits and signs around them

# Argon2id with 19 MiB of memory, two passes and one lane.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WeakPasswordError(TranslatableError):
    """A password is too short, too long or too common."""


def init_app(app: Flask) -> None:
    """Let so many passwords be hashed at once as the settings say."""
    app.extensions["hashing"] = Turns(app.config["PASSWORD_HASHES_AT_ONCE"])


def check(password: str, owner: Iterable[str] = ()) -> None:
    """Raise WeakPasswordError for a password that others would guess, or know from a breach.

    `owner` is what others know of whoever is to have it: the name, the address.
    """
    if len(password) < SHORTEST:
        raise WeakPasswordError("Passwords need at least %(number)s characters.", number=SHORTEST)
    if len(password) > LONGEST:
        raise WeakPasswordError("Passwords can have up to %(number)s characters.", number=LONGEST)
    word = "".join(filter(str.isalpha, password.casefold()))
    if password.casefold() in _load_common() or word in OWN_WORDS or len(set(password)) == 1:
        raise WeakPasswordError("This password is too common. Please choose another one.")
    known = {part.casefold() for word in owner for part in (word, word.partition("@")[0])}
    if password.casefold() in known:
        raise WeakPasswordError(
            "This password is too easy to guess from your name or email address. "
            "Please choose another one."
        )
    if is_breached(password):
        raise WeakPasswordError(
            "This password is on a list of stolen passwords. "
            "Please choose another one, and change it wherever else you use it."
        )


def hash_password(password: str) -> str:
    """Return what is kept of a password: parameters, salt and hash, as text. Raise BusyError."""
    with _take_turn():
        return hasher.hash(_normalize(password))


def check_and_hash(password: str, owner: Iterable[str] = ()) -> str:
    """Check a password, and return what is kept of it. Raise WeakPasswordError, BusyError.

    That takes its time: do it before a transaction writes, or others wait for its locks.
    """
    check(password, owner)
    return hash_password(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Return whether a password is the one. Without a hash that takes as long, and is False.

    Raises BusyError.
    """
    if len(password) > LONGEST:  # as none is, and one that long would take long to normalize
        password = ""
    try:
        with _take_turn():
            hasher.verify(password_hash or _dummy_hash(), _normalize(password))
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def state_of(password_hash: str | None) -> str:
    """Return what tells one kept password from the next, and nothing else."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:32]


def needs_rehash(password_hash: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return hasher.check_needs_rehash(password_hash)


def is_breached(password: str) -> bool:
    """Return whether a password is known from a breach, where there is a list of those."""
    return breaches.is_known(_normalize(password))


def _take_turn() -> AbstractContextManager[None]:
    """Return what waits for a turn; outside of an application nobody has to."""
    if not current_app:
        return nullcontext()
    turns: Turns = current_app.extensions["hashing"]
    return turns.take()


def _normalize(password: str) -> str:
    """Return a password as one sequence of code points, whatever keyboard typed it."""
    return unicodedata.normalize("NFC", password)


@cache
def _load_common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"][:MOST_COMMON])


@cache
def _dummy_hash() -> str:
    return hasher.hash("nobody's")
