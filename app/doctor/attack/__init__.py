"""What strangers have done to sites like this, tried on one's own: each once, and with an end.

- `run`: here, all attacks, one after the other, after a question
- `trying`: what an attack is; `wire`: connections for what no client would send
- `served`: what must not be served; `headers`: what must not be believed; `floods`: what must not
  keep others waiting
"""

from collections.abc import Iterator
from functools import partial

import click
from flask import Flask, current_app

from app.doctor.attack import floods, headers  # noqa: F401  # they register their attacks
from app.doctor.attack.served import IT_ANSWERS
from app.doctor.attack.trying import ATTACKS, Target, parse_target
from app.doctor.checks import Check, Finding, Level
from app.doctor.examination import make

WARNING = (
    "This does to {url} what strangers do: some forty requests, and eighty that are half sent. "
    "Only do it to your own site."
)
SECONDS = 30  # that an attack may take


def run(url: str, *, is_confirmed: bool) -> Iterator[tuple[str, Finding | None]]:
    """Ask, unless it is this machine, and attack. Raise click.Abort after a no."""
    target = parse_target(url)
    click.echo(WARNING.format(url=target.url), err=True)
    if not (is_confirmed or target.is_local):
        click.confirm("Is it yours, and may it suffer?", abort=True, err=True)
    return attack(current_app._get_current_object(), target)  # type: ignore[attr-defined]  # noqa: SLF001


def attack(app: Flask, target: Target) -> Iterator[tuple[str, Finding | None]]:
    """Try all attacks, and give what each has found; None, where there is nothing to attack."""
    is_there = True
    for number, each in sorted(ATTACKS.items()):
        finding = make(app, Check(number, partial(each, target), (), SECONDS)) if is_there else None
        if number == IT_ANSWERS:
            is_there = finding is not None and finding.level is Level.OK
        yield number, finding
