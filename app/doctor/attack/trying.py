"""What an attack is.

One is added as a check is, and gets the site:

@attack("F199")
def knock(target: Target) -> Finding:
    return ok("nobody is at home")
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from app.doctor.checks import Finding
from app.doctor.servers import is_local
from app.doctor.visit import Answer, Headers, visit
from settings import read_url


class Target(NamedTuple):
    """The site that is attacked."""

    url: str  # without a slash at its end
    host: str
    port: int
    is_encrypted: bool

    @property
    def is_local(self) -> bool:
        """Whether it is this machine, as far as its name says."""
        return is_local(self.host)

    def ask(self, path: str, headers: Headers = ()) -> Answer:
        """Fetch a page, whoever answers. Raise OSError if nothing does."""
        return visit(f"{self.url}{path}", headers, trusting=True)


Attack = Callable[[Target], Finding]
ATTACKS: dict[str, Attack] = {}


def attack(number: str) -> Callable[[Attack], Attack]:
    """Let `flask doctor --attack` try an attack."""

    def register(function: Attack) -> Attack:
        assert number not in ATTACKS, f"{number} is taken"  # noqa: S101
        ATTACKS[number] = function
        return function

    return register


def parse_target(text: str) -> Target:
    """Return the site at an address. Raise click.BadParameter for what is none."""
    try:
        url = read_url(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--attack") from None
    parts = urlsplit(url)
    is_encrypted = parts.scheme == "https"
    return Target(
        url, str(parts.hostname), parts.port or (443 if is_encrypted else 80), is_encrypted
    )
