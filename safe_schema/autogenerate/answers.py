"""What the operator says was renamed or dropped: by `-x`, or on the terminal."""

import sys
from typing import NamedTuple

import click
from alembic.util import CommandError
from flask import g

from safe_schema.autogenerate.pairing import Looks, pair_off, sort_candidates
from safe_schema.autogenerate.renamed import Renames

TO_FILL_IN = "rename=OLD:NEW"  # in a command that is shown where nobody can tell which is which


class Question(NamedTuple):
    """What is gone and what is new, where some of it may be renamed: columns, or tables."""

    kind: str
    gone: list[str]
    new: list[str]
    pairs: Renames  # which surely fit


class Answers:
    """What the operator has answered, and what is left to ask."""

    def __init__(self, arguments: list[str]) -> None:
        options = [argument.partition("=") for argument in arguments]
        self.given = [each for each in arguments if each.startswith(("rename=", "drop="))]
        if TO_FILL_IN in self.given:
            raise CommandError(
                f"Write names for OLD and NEW in -x {TO_FILL_IN}, as in -x "
                "rename=users.username:users.name; no migration was written."
            )
        self.renamed = [value.partition(":")[::2] for name, _, value in options if name == "rename"]
        self.dropped = [value for name, _, value in options if name == "drop"]
        self.unused = set(self.given)
        self.open: list[Question] = []
        self.deletes: list[str] = []

    def settle(self, kind: str, gone: dict[str, Looks], new: dict[str, Looks]) -> Renames:
        """Return which of what is gone became which of what is new."""
        renames: Renames = {}
        for was, is_now in self.renamed:
            if was in gone and is_now in new and is_now not in renames.values():
                renames[was] = is_now
                self.unused.discard(f"rename={was}:{is_now}")
        dropped = [name for name in self.dropped if name in gone and name not in renames]
        self.deletes += dropped
        self.unused -= {f"drop={name}" for name in dropped}
        answered = {*dropped, *(name for pair in self.renamed for name in pair)}
        left_gone = {name: looks for name, looks in gone.items() if name not in answered}
        left_new = {name: looks for name, looks in new.items() if name not in answered}
        if is_terminal():
            renames |= self._ask(kind, left_gone, left_new)
        else:
            self._leave_open(kind, left_gone, left_new)
        return renames

    def _ask(self, kind: str, gone: dict[str, Looks], new: dict[str, Looks]) -> Renames:
        """Ask for each pair until one is it. No to all of them means that it was dropped."""
        renames: Renames = {}
        for name in sorted(gone, key=lambda name: gone[name].place):
            left_gone = {each: looks for each, looks in gone.items() if each not in renames}
            left_new = {each: looks for each, looks in new.items() if each not in renames.values()}
            pairs = pair_off(left_gone, left_new)
            candidates = sort_candidates(name, gone, left_new, pairs)
            for other in candidates:
                if click.confirm(f"Was the {kind} {name} renamed to {other}?", default=False):
                    renames[name] = other
                    break
            else:
                self.deletes += [name] if candidates else []
        return renames

    def _leave_open(self, kind: str, gone: dict[str, Looks], new: dict[str, Looks]) -> None:
        """Note what there is to ask."""
        may_be = {name: sort_candidates(name, gone, new, {}) for name in gone}
        named = [name for name in gone if may_be[name]]
        candidates = {other for others in may_be.values() for other in others}
        if named:
            self.open.append(
                Question(
                    kind,
                    sorted(named, key=lambda name: gone[name].place),
                    sorted(candidates, key=lambda name: new[name].place),
                    pair_off(gone, new),
                )
            )

    def refuse_open(self) -> None:
        """Raise CommandError if something can be answered by the operator alone."""
        if not self.open:
            return
        g.pop("renames")
        questions = " ".join(map(describe, self.open))
        sure = [
            f"rename={name}:{each.pairs[name]}"
            for each in self.open
            for name in each.gone
            if name in each.pairs
        ]
        unsure = [TO_FILL_IN for each in self.open for _ in range(count_unsure(each))]
        drops = [f"drop={name}" for each in self.open for name in each.gone]
        several = " More than one fits: write names for OLD and NEW." if unsure else ""
        raise CommandError(
            f"This looks like a rename; no migration was written. {questions} Renamed, or dropped "
            f"with its data? Say which: `{self._command(sure + unsure)}` or "
            f"`{self._command(drops)}`{several}"
        )

    def _command(self, more: list[str]) -> str:
        """Return the command with what has been answered, and more."""
        return " ".join(["flask db migrate", *(f"-x {each}" for each in [*self.given, *more])])


def describe(question: Question) -> str:
    """Return what is gone, and what is new, as a sentence."""
    several_gone, several_new = len(question.gone) > 1, len(question.new) > 1
    return (
        f"The {question.kind}{'s' * several_gone} {' and '.join(question.gone)} "
        f"{'are' if several_gone else 'is'} gone from the models, and "
        f"{' and '.join(question.new)} {'are' if several_new else 'is'} new."
    )


def count_unsure(question: Question) -> int:
    """Return how many renames there may be besides those that surely fit."""
    return min(len(question.gone), len(question.new)) - len(question.pairs)


def is_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()
