"""A revision that takes away what old code knows waits until the operator says that it has ended.

It says so itself:

    contracts = ["users.first_seen"]

`flask db upgrade` stops before it, unless it is named or `-x contract=yes` is given. A database
without a history has no old code, and gets all revisions at once.
"""

import logging
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from safe_schema.options import CONTRACT

log = logging.getLogger("alembic.runtime.migration")

GO_ON = "When no code that knows it runs any more: flask db upgrade -x contract=yes"
SHORTEST_NAME = 4  # digits of a revision's, as Alembic takes them


def find_waiting(
    steps: list[RevisionStep], migration: MigrationContext, options: dict[str, str]
) -> list[RevisionStep]:
    """Return the last steps, which wait. Raise CommandError if others come behind the first."""
    wanted = str(migration.opts.get("destination_rev") or "")
    first = next((number for number, step in enumerate(steps) if waits(step, wanted)), len(steps))
    waiting = steps[first:] if CONTRACT not in options else []
    for step in waiting:
        if not get_contracts(step.revision):
            raise CommandError(
                f"Revision {step.revision.revision} comes after {describe(waiting[0].revision)}, "
                f"and so nothing was done. {GO_ON}"
            )
    return waiting


def waits(step: RevisionStep, wanted: str) -> bool:
    """Return whether a step is a contraction that the operator has not named."""
    is_named = len(wanted) >= SHORTEST_NAME and step.revision.revision.startswith(wanted)
    return step.is_upgrade and bool(get_contracts(step.revision)) and not is_named


def get_contracts(revision: Any) -> list[str]:  # noqa: ANN401  # Alembic's Script
    """Return what a revision takes away from old code."""
    contracts = getattr(revision.module, "contracts", [])
    if not isinstance(contracts, list | tuple):
        raise CommandError(
            f'In revision {revision.revision}, contracts is no list: write contracts = ["..."]'
        )
    return list(contracts)


def describe(revision: Any) -> str:  # noqa: ANN401
    """Return what a revision takes away, in words."""
    return f"{revision.revision}, which takes {' and '.join(get_contracts(revision))} away"


def tell(waiting: list[RevisionStep]) -> None:
    """Tell what has not been carried out, and what it waits for."""
    if waiting:
        log.info("Stopped before revision %s. %s", describe(waiting[0].revision), GO_ON)


def explain_waiting(migration: MigrationContext) -> None:
    """Raise CommandError if the database waits, and is to be compared with the models."""
    script: ScriptDirectory = migration.opts["script"]
    heads = migration.get_current_heads()
    if not heads or set(heads) == set(script.get_heads()):
        return
    for pending in script.iterate_revisions("heads", heads):
        if get_contracts(pending):
            raise CommandError(f"The database waits before revision {describe(pending)}. {GO_ON}")
