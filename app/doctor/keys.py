"""Whether anybody could guess what signs the cookies and the links."""

from flask import current_app
from zxcvbn import zxcvbn

from app.doctor.checks import Finding, check, fail, ok, warn

# Guesses that a key takes, as a power of ten. One of 32 hexadecimal digits takes 10**32 here, and
# whoever has a cookie can try 10**10 in a second, for years.
GUESSABLE = 14
SHORT = 24
LONGEST_LOOKED_AT = 64  # characters
# Keys of books and tutorials, which are tried first.
PUBLISHED = ["hard to guess string", "you-will-never-guess", "django-insecure", "super-secret-key"]
HOW_TO_MAKE_ONE = "make one with: python -c 'import secrets; print(secrets.token_hex())'"


def count_guesses(key: str) -> float:
    """Return how many guesses a key takes, as a power of ten."""
    found = zxcvbn(key[:LONGEST_LOOKED_AT], PUBLISHED)  # type: ignore[no-untyped-call]
    return float(found["guesses_log10"])


@check("F010")
def key_is_random() -> Finding:
    """Measure the key, of which the settings only count the characters."""
    guesses = count_guesses(current_app.config["SECRET_KEY"])
    keep = "keep the old one in SECRET_KEY_FALLBACKS only if nobody has seen it"
    if guesses < GUESSABLE:
        return fail("SECRET_KEY can be guessed", f"{HOW_TO_MAKE_ONE}; {keep}")
    if guesses < SHORT:
        return warn("SECRET_KEY is not random, or short", f"{HOW_TO_MAKE_ONE}; {keep}")
    return ok("SECRET_KEY is random")


@check("F011")
def former_keys_are_random() -> Finding | None:
    """Measure the former keys: what they signed is believed, too."""
    keys = current_app.config["SECRET_KEY_FALLBACKS"] or []
    if not keys:
        return None
    weak = sum(count_guesses(key) < GUESSABLE for key in keys)
    if weak:
        seen = f"{weak} of {len(keys)} SECRET_KEY_FALLBACKS can be guessed"
        return fail(seen, "take it out; whoever is logged in by it has to log in again")
    if current_app.config["SECRET_KEY"] in keys:
        return warn("SECRET_KEY is one of SECRET_KEY_FALLBACKS", "take it out there")
    return ok(f"{len(keys)} former keys are random")
