"""What is printed: lines or JSON, without a secret; and the exit status."""

import json
import os
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import click

from app.doctor.checks import Finding, Level

DOCUMENT = "docs/doctor.md"
COLORS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
SHORTEST_SECRET = 4  # characters; to leave out a shorter one would leave out letters of words

SECRETS = ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "MAIL_PASSWORD"]
ADDRESSES = ["DATABASE_URL", "DEV_DATABASE_URL", "TEST_DATABASE_URL", "LIMITS_STORAGE"]
PASSWORD = re.compile(r"//[^/@]*?:(.+)@")  # in an address; it may hold a slash, and an @

Findings = Iterable[tuple[str, Finding | None]]


class Report:
    """What the checks have found, as it comes."""

    def __init__(self, settings: dict[str, Any], *, as_json: bool) -> None:
        self.secrets = find_secrets(settings)
        self.as_json = as_json
        self.worst = Level.OK
        self.entries: list[dict[str, str]] = []
        self.not_made: list[str] = []

    def show(self, findings: Findings) -> Level:
        """Print all findings. Return how bad the worst one is."""
        for number, finding in findings:
            if finding is None:
                self.not_made.append(number)
            else:
                self._add(number, finding)
        if self.as_json:
            document = {
                "status": self.worst.name.lower(),
                "checks": self.entries,
                "not_made": self.not_made,
            }
            click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        elif self.not_made:
            numbers = ", ".join(self.not_made)
            click.echo(f"Not made, because they need what failed: {numbers}.")
        return self.worst

    def _add(self, number: str, finding: Finding) -> None:
        level, seen, to_do = finding
        self.worst = max(self.worst, level)
        seen, to_do = self._redact(seen), self._redact(to_do)
        link = f"{DOCUMENT}#{number.lower()}"
        if self.as_json:
            entry = {"number": number, "level": level.name.lower(), "seen": seen, "to_do": to_do}
            self.entries.append(entry | {"docs": link})
            return
        name = click.style(f"{level.name:<4}", fg=COLORS[level])
        advice = f"; {to_do} ({link})" if to_do else ""
        click.echo(f"{name}  {number}  {seen}{advice}")

    def _redact(self, text: str) -> str:
        """Return a text as one line, without the secrets that an error's words may hold."""
        for secret in self.secrets:
            text = text.replace(secret, "...")
        return " ".join(text.split())


def find_secrets(settings: dict[str, Any]) -> list[str]:
    """Return what must not be printed, the longest first, also of settings that are refused."""
    texts: list[str] = []
    for source in (settings, os.environ):
        for name in SECRETS:
            value = source.get(name) or ""
            texts += value.split(",") if isinstance(value, str) else value
            texts.append(value if isinstance(value, str) else "")
        for name in [*ADDRESSES, "SQLALCHEMY_DATABASE_URI"]:
            if found := PASSWORD.search(str(source.get(name) or "")):
                texts += [found[1], unquote(found[1])]
    secrets = {text.strip() for text in texts if len(text.strip()) >= SHORTEST_SECRET}
    return sorted(secrets, key=len, reverse=True)
