"""What `migrations/env.py` does: run a `flask db` command on each database of the application."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from alembic import context
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, StatementError

from safe_schema.autogenerate import (
    checks,
    collations,
    comparison,
    gradually,
    order,
    renames,
    style,  # noqa: F401  # and there
)
from safe_schema.copies import backup
from safe_schema.dialects import is_mariadb
from safe_schema.explanations import check_heads, explain_no_connection, tell_what_stays
from safe_schema.operations import (
    batches,  # noqa: F401  # Alembic finds its operation
    mariadb,  # noqa: F401  # Alembic finds it there
    postgresql,
    rebuilds,  # noqa: F401  # and there
)
from safe_schema.operations.sqlite import whole_transactions
from safe_schema.options import check as check_options
from safe_schema.reasons import get_reason
from safe_schema.runs import adoption, contracts, dropped, journal, waiting
from safe_schema.runs.journal import Journal, shorten
from safe_schema.runs.locks import one_at_a_time, short_waits_for_tables
from safe_schema.runs.own_transactions import Run
from safe_schema.steps import fit_steps, watch_steps

log = logging.getLogger("alembic.env")

Setting = TypeVar("Setting")

# The functions of Alembic's commands that write to a database.
WRITING = {"upgrade", "downgrade", "do_stamp"}


def run(**options: Any) -> None:  # noqa: ANN401  # what `context.configure` takes
    """Run the command that Alembic was given. Flask-Migrate's own options come before these."""
    show_progress()
    migrate = current_app.extensions["migrate"]
    check_options(context.get_x_argument(), get_setting("x_names", ()))
    arguments = {
        "process_revision_directives": finish_revision,
        "include_name": include_name,
        "render_item": comparison.write_type,
        "autogenerate_plugins": [
            "alembic.autogenerate.*",
            *(each.PLUGIN for each in (collations, renames, comparison, checks, order)),
        ],
        **options,
        **migrate.configure_args,
    }
    several = len(migrate.db.engines) > 1
    if several:
        check_template()
    for name, key in sorted((key or "", key) for key in migrate.db.engines):
        engine = migrate.db.engines[key]
        of_bind: dict[str, Any] = {"target_metadata": migrate.db.metadatas[key]}
        run_arguments: dict[str, Any] = {}
        if several:  # as the revisions of `flask db init --multidb` have it
            log.info("Migrating database %s", name or "<default>")
            of_bind |= {
                "upgrade_token": f"{name}_upgrades",
                "downgrade_token": f"{name}_downgrades",
            }
            run_arguments["engine_name"] = name
        how = run_offline if context.is_offline_mode() else run_online
        how(engine, arguments | of_bind, run_arguments)
    if not context.is_offline_mode():
        renames.check_answers()


def get_setting(name: str, default: Setting) -> Setting:
    """Return what `safe_schema.init_app` was given, if it was called."""
    settings: dict[str, Setting] = current_app.extensions.get("safe_schema", {})
    return settings.get(name, default)


def check_template() -> None:
    """Raise CommandError if revisions are written for one database, and there are several."""
    folder = context.config.get_main_option("script_location") or ""
    if "engine_name" not in Path(folder, "script.py.mako").read_text(encoding="utf-8"):
        raise CommandError(
            "The application has several databases, and migrations/script.py.mako is for one; take "
            "that of `flask db init --directory elsewhere`."
        )


def show_progress() -> None:
    """Show each revision as it runs, and leave the application's own logging as it is."""
    alembic_log = logging.getLogger("alembic")
    alembic_log.setLevel(logging.INFO)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    silent = all(isinstance(handler, logging.NullHandler) for handler in alembic_log.handlers)
    if silent and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(levelname)-5s [%(name)s] %(message)s"))
        alembic_log.addHandler(handler)


def finish_revision(_context: object, _revision: object, directives: list[Any]) -> None:
    """Let `flask db migrate` write no file when the models have not changed, and drop tables whole.

    MariaDB drops no index that a foreign key needs, but with its table.
    """
    found = directives[0].upgrade_ops_list  # for each database, of which this may not be the last
    is_complete = len(found) == len(current_app.extensions["migrate"].db.engines)
    autogenerate = getattr(context.config.cmd_opts, "autogenerate", False)
    if autogenerate and is_complete and all(each.is_empty() for each in found):
        directives.clear()
        log.info("No changes in schema detected.")
        return
    context.get_context().opts["template_args"]["contracts"] = gradually.write_three(directives)
    for operations in found + directives[0].downgrade_ops_list:
        dropped = {each.table_name for each in operations.ops if isinstance(each, ops.DropTableOp)}
        operations.ops = [
            each
            for each in operations.ops
            if isinstance(each, ops.DropTableOp) or getattr(each, "table_name", None) not in dropped
        ]


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Hide the journal of an interrupted migration: no model has it."""
    return not (kind == "table" and name == journal.TABLE)


def run_offline(engine: Engine, arguments: dict[str, Any], run_arguments: dict[str, Any]) -> None:
    """Print the SQL instead of running it, for `--sql`."""
    context.configure(
        url=engine.url,
        dialect_name=engine.dialect.name,
        literal_binds=True,
        **arguments,
    )
    fit_steps(context.get_context())
    with context.begin_transaction():
        context.run_migrations(**run_arguments)


def run_online(engine: Engine, arguments: dict[str, Any], run_arguments: dict[str, Any]) -> None:
    """Run the revisions on a database, or compare it with the models."""
    with connect(engine) as connection:
        if engine.dialect.name == "sqlite":
            arguments["transactional_ddl"] = True  # which `whole_transactions` sees to
        context.configure(connection=connection, **arguments)
        migration = context.get_context()
        fit_steps(migration)
        if migration.opts["fn"].__name__ in WRITING:
            with tell_what_stays(migration):
                change(migration, connection, run_arguments)
        else:
            with context.begin_transaction():
                check_heads(migration, get_setting("other_histories", {}))
                if migration.opts["fn"].__name__ == "retrieve_migrations":
                    contracts.explain_waiting(migration)
                context.run_migrations(**run_arguments)


def change(
    migration: MigrationContext, connection: Connection, run_arguments: dict[str, Any]
) -> None:
    """Run the steps of a migration: alone, whole, and without destroying what is not meant."""
    engine = connection.engine
    options = context.get_x_argument(as_dictionary=True)
    notes = Journal(connection)
    run = Run(migration, notes)
    with ExitStack() as stack:
        stack.enter_context(explain_database_errors(run))
        stack.enter_context(one_at_a_time(engine))
        stack.enter_context(short_waits_for_tables(connection))
        stack.enter_context(whole_transactions(connection))
        copies = stack.enter_context(backup.keep_on_success())
        run.on_commit = partial(backup.keep, copies)
        watch_steps(run, options, copies)
        stack.enter_context(waiting.limited(run, options.get(waiting.OPTION)))
        stack.enter_context(context.begin_transaction())
        check_heads(migration, get_setting("other_histories", {}))
        if migration.opts["fn"].__name__ == "upgrade":
            if not run_arguments.get("engine_name"):  # others may have no table as yet
                dropped.reset_history(migration, connection)
            adoption.adopt(migration, connection, options.get("adopt"))
        context.run_migrations(**run_arguments)
        notes.finish()


@contextmanager
def explain_database_errors(run: Run) -> Iterator[None]:
    """Turn what the database says into one line with a way out."""
    try:
        yield
    except StatementError as error:
        statement = shorten(error.statement or "", is_mariadb=is_mariadb(run.connection.dialect))
        quoted = f" The statement was: {statement}." if statement else ""
        state = f"{run.state}{postgresql.explain(error)}"
        raise CommandError(
            f"The migration stopped: {get_reason(error)}.{quoted} {state}"
        ) from error


def connect(engine: Engine) -> Connection:
    """Return a connection to the database. Raise CommandError, in one line, if there is none."""
    try:
        return engine.connect()
    except DBAPIError as error:
        raise CommandError(explain_no_connection(engine.url, error)) from None
