"""No step changes a column that it does not name: all are looked at before the step and after it.

An operation names a column, and what of it changes. SQL of the revision's own may change all of a
table that it names together with ALTER, CREATE, DROP or RENAME.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from alembic.operations import ops
from sqlalchemy import DDL, Connection, Dialect, ExecutionContext, TextClause, event
from sqlalchemy.types import String

from safe_schema.protection import fingerprint, rules
from safe_schema.protection.column_types import resolve_type
from safe_schema.runs.journal import NOTED_AS, QUESTION, strip_comments

DEFINITION = re.compile(r"\b(ALTER|CREATE|DROP|RENAME)\b", re.IGNORECASE)
OF_TYPE = re.compile(r"\bALTER\s+TYPE\s+\"?(?P<name>\w+)", re.IGNORECASE)
# What an operation can ask for, its value if it does not, and what of a column that changes:
# PostgreSQL's defaults name their type, and those that number rows are its AUTO_INCREMENT.
ASPECTS = (
    ("modify_type", None, ("type", "default")),
    ("modify_nullable", None, ("null",)),
    ("modify_server_default", False, ("default", "counts")),
    ("modify_comment", False, ("comment",)),
)


class Untouched:
    """What has to be after a step as it was before: ever less, as operations name it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.tables = self._look()
        self.rules = rules.find(connection)

    def _look(self) -> fingerprint.Columns:
        return {
            self._key(table): {self._key(name): aspects for name, aspects in columns.items()}
            for table, columns in fingerprint.columns(self.connection).items()
        }

    def _key(self, name: str) -> str:
        """Return a name in small letters, unless capitals make another name."""
        return name if self.connection.dialect.name == "postgresql" else name.lower()

    def follow(self, operation: ops.MigrateOperation) -> None:
        """Let an operation change what it names."""
        rules.follow(self.rules, operation)
        table = self._key(getattr(operation, "table_name", ""))
        columns = self.tables.get(table, {})
        match operation:
            case ops.RenameTableOp():
                if table in self.tables:
                    self.tables[self._key(operation.new_table_name)] = self.tables.pop(table)
            case ops.DropTableOp():
                self.tables.pop(table, None)
            case ops.DropColumnOp():
                columns.pop(self._key(operation.column_name), None)
            case ops.AlterColumnOp():
                aspects = columns.pop(self._key(operation.column_name), None)
                if aspects is not None:
                    name = operation.modify_name or operation.column_name
                    columns[self._key(name)] = without_changes(
                        aspects, operation, self.connection.dialect
                    )
            case ops.CreatePrimaryKeyOp():
                for name in operation.columns:
                    columns.get(self._key(name), {}).pop("null", None)

    def hear(
        self,
        _connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,  # noqa: FBT001
    ) -> None:
        """Let SQL of the revision's own change the tables and the types that it names."""
        compiled = context.compiled
        is_own = compiled is None or isinstance(compiled.statement, TextClause | DDL)
        if not is_own or NOTED_AS in context.execution_options:
            return
        if QUESTION.match(strip_comments(statement)) or not DEFINITION.search(statement):
            return
        rules.hear(self.rules, statement)
        kind = OF_TYPE.search(statement)
        for table, columns in list(self.tables.items()):
            if re.search(rf"\b{re.escape(table)}\b", statement, re.IGNORECASE):
                del self.tables[table]
            for aspects in columns.values():
                if kind and aspects.get("type", "").partition(" ")[0] == kind["name"]:
                    del aspects["type"]

    def changes(self) -> Iterator[tuple[str, str]]:
        """Tell which columns changed all the same, and how."""
        now = self._look()
        for table in self.tables.keys() & now.keys():
            for name, aspects in self.tables[table].items():
                there = now[table].get(name)
                if there is None:
                    yield f"{table}.{name}", "is gone"
                    continue
                for aspect, was in aspects.items():
                    if there.get(aspect) != was:
                        yield f"{table}.{name}", f"was {was!r} and is {there.get(aspect)!r}"


def without_changes(
    aspects: fingerprint.Aspects, operation: ops.AlterColumnOp, dialect: Dialect
) -> fingerprint.Aspects:
    """Return what an operation leaves of a column as it was."""
    changed = {"counts"} if "autoincrement" in operation.kw else set()
    kind = operation.modify_type
    made = None if kind is None else resolve_type(kind, dialect)
    if made is not None and (not isinstance(made, String) or made.collation):
        changed.add("collation")
    for asked, if_not, of_it in ASPECTS:
        if getattr(operation, asked) is not if_not:
            changed |= {*of_it}
    return {aspect: was for aspect, was in aspects.items() if aspect not in changed}


_untouched: ContextVar[Untouched | None] = ContextVar("untouched columns", default=None)


def follow(operation: ops.MigrateOperation) -> None:
    """Let an operation of the present step change what it names."""
    if untouched := _untouched.get():
        untouched.follow(operation)


@contextmanager
def watch_columns(connection: Connection) -> Iterator[Untouched]:
    """Follow the operations of a step, and its SQL."""
    untouched = Untouched(connection)
    token = _untouched.set(untouched)
    event.listen(connection, "before_cursor_execute", untouched.hear)
    try:
        yield untouched
    finally:
        event.remove(connection, "before_cursor_execute", untouched.hear)
        _untouched.reset(token)
