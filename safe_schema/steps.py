"""How each revision of a command runs: checked, noted, and on the databases that it knows of."""

import warnings
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import signature
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep

from safe_schema.copies import backup
from safe_schema.operations import named_types
from safe_schema.protection import guard
from safe_schema.runs import contracts
from safe_schema.runs.own_transactions import Run


def fit_steps(migration: MigrationContext) -> None:
    """Let revisions that know of one database alone change the default one, and no other."""
    plan = migration._migrations_fn  # noqa: SLF001  # Alembic has no hook before a step
    assert plan  # noqa: S101

    def fitted_plan(heads: Any, of: MigrationContext) -> Iterator[Any]:  # noqa: ANN401
        for step in plan(heads, of):
            if not signature(step.migration_fn).parameters:
                step.migration_fn = on_default_database(step.migration_fn)
            yield step

    migration._migrations_fn = fitted_plan  # noqa: SLF001


def on_default_database(function: Callable[..., Any]) -> Callable[..., None]:
    """Return a function that is called for the default database, without its name."""

    @wraps(function)
    def run_step(engine_name: str = "") -> None:
        if not engine_name:
            function()

    return run_step


def watch_steps(run: Run, options: dict[str, str], copies: list[backup.MadeCopy]) -> None:
    """Let each step be checked and noted, and an SQLite file be copied before the first."""
    migration, connection, notes = run.migration, run.connection, run.notes
    plan = migration._migrations_fn  # noqa: SLF001  # Alembic has no hook before a step
    assert plan  # noqa: S101

    def watched_plan(heads: Any, of: MigrationContext) -> Iterator[RevisionStep]:  # noqa: ANN401
        steps: list[Any] = list(plan(heads, of))
        if any(step.info.is_stamp for step in steps):
            yield from steps
            return
        notes.check(get_step_name(steps[0]) if steps else None)
        held_back = []
        if heads and not notes.has_begun:  # what was begun goes on
            held_back = contracts.find_waiting(steps, of, options)
            steps = steps[: len(steps) - len(held_back)]
        if steps and heads:
            copies.extend(backup.before_change(connection, heads))
        with run.checking():
            for step in steps:
                step.migration_fn = watched(step, step.migration_fn)
                yield step
        contracts.tell(held_back)

    def watched(step: RevisionStep, function: Callable[..., Any]) -> Callable[..., None]:
        @wraps(function)
        def run_step(**arguments: Any) -> None:  # noqa: ANN401
            with (
                warnings.catch_warnings(),
                guard.watching(step, connection, options, notes.is_replaying),
                notes.recording(get_step_name(step)),
                run.step("upgrade" if step.is_upgrade else "downgrade", get_step_name(step)),
                named_types.dropping_unused(connection),
            ):
                # A rename says so for MariaDB; the others have no use for it.
                warnings.filterwarnings("ignore", "autoincrement and existing_autoincrement only")
                # `nothing_forgotten` sees to those.
                warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression")
                # `rebuilds` keeps those, and says so if it cannot.
                warnings.filterwarnings("ignore", "Unnamed CHECK constraint on reflected table")
                function(**arguments)

        return run_step

    migration._migrations_fn = watched_plan  # noqa: SLF001
    migration.on_version_apply_callbacks += (notes.forget,)


def get_step_name(step: RevisionStep) -> str:
    """Return what the journal calls a step."""
    direction = "upgrade to" if step.is_upgrade else "downgrade of"
    return f"{direction} {step.revision.revision}"
