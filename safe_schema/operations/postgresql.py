"""PostgreSQL: an Enum is a type of its own, which columns share, and which Alembic forgets.

A column of an Enum that is not there yet makes it. An Enum with other values is changed, and with
it all columns that have it: new values are added in a moment; for all else the columns are written
anew, and no row may hold a value that goes.
"""

from typing import Any, NamedTuple

from alembic.ddl.postgresql import PostgresqlImpl
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Enum, Table, text
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.exc import StatementError
from sqlalchemy.types import TypeEngine

from safe_schema.operations.percent_signs import SinglePercentSigns
from safe_schema.protection.column_types import resolve_type
from safe_schema.runs.journal import NOTED_AS

NEW_VALUE_IS_UNSAFE = "55P04"  # unsafe_new_enum_value_usage
FIND_VALUES = text(
    "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder"
)
FIND_COLUMNS = text(
    "SELECT c.oid::regclass::text AS of_table, quote_ident(a.attname) AS name, "
    "pg_get_expr(d.adbin, d.adrelid) AS default_ FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = a.attrelid "
    "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "WHERE a.atttypid = to_regtype(:name) AND NOT a.attisdropped AND a.attinhcount = 0 "
    "AND c.relkind IN ('r', 'p') ORDER BY 1, 2"
)
FIND_TYPE = text(
    "SELECT atttypid = to_regtype(:name) FROM pg_attribute "
    "WHERE attrelid = to_regclass(:table) AND attname = :column AND NOT attisdropped"
)


class NativeEnums(SinglePercentSigns, PostgresqlImpl):
    """How Alembic makes and changes columns, with the types that these need."""

    __dialect__ = "postgresql"

    def create_table(self, table: Table, **options: Any) -> None:  # noqa: ANN401
        """Create a table, which may have an Enum that another one has."""
        if not self.as_sql:
            for column in table.columns:
                if kind := self._make_enum(column.type):
                    # SQLAlchemy looks here for what needs not be made for this table.
                    self.memo.setdefault(f"pg_{ENUM.__visit_name__}", set()).add(
                        (kind.schema, kind.name)
                    )
        super().create_table(table, **options)

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:  # noqa: ANN401
        """Add a column, and the type that it has."""
        if not self.as_sql:
            self._make_enum(column.type)
        super().add_column(table_name, column, **options)

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        type_: TypeEngine[Any] | None = None,
        schema: str | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Change a column; another Enum of the same name is a change of that type."""
        if self.as_sql and type_ is not None:
            type_ = self._print_enum_change(type_, options.get("existing_type"))
        new = None if self.as_sql or type_ is None else self._make_enum(type_)
        if new is not None:
            self._change_enum(new)
            quote = self.dialect.identifier_preparer.quote
            table = ".".join(quote(part) for part in (schema, table_name) if part)
            names = {"name": self._format(new), "table": table, "column": column_name}
            if self._connection.scalar(FIND_TYPE, names):
                type_ = None
            else:
                using = f"{quote(column_name)}::text::{self._format(new)}"
                options.setdefault("postgresql_using", using)
        super().alter_column(table_name, column_name, type_=type_, schema=schema, **options)

    def _print_enum_change(self, type_: TypeEngine[Any], old: Any) -> TypeEngine[Any] | None:  # noqa: ANN401
        """Print how an Enum gets more values, for `--sql`. Return the type that is left to change.

        What a revision says of the values before is believed. Raises CommandError if some go.
        """
        new = resolve_type(type_, self.dialect).dialect_impl(self.dialect)
        if not isinstance(new, ENUM) or not isinstance(old, Enum) or old.name != new.name:
            return type_
        additions = list_additions(old.enums, new.enums)
        if additions is None:
            raise CommandError(
                f"The enum {new.name} gets other values than more of them, and --sql does not know "
                "which columns have it. Run `flask db upgrade` on the database."
            )
        for addition in additions:
            statement = f"ALTER TYPE {self._format(new)} ADD VALUE {addition}"
            self.static_output(f"{statement}{self.command_terminator}")
        return None

    @property
    def _connection(self) -> Connection:
        assert self.connection  # noqa: S101
        return self.connection

    def _format(self, kind: ENUM) -> str:
        preparer: Any = self.dialect.identifier_preparer  # PostgreSQL's own, which has more
        return str(preparer.format_type(kind))

    def _find_values(self, kind: ENUM) -> list[str]:
        return list(self._connection.scalars(FIND_VALUES, {"name": self._format(kind)}))

    def _make_enum(self, kind: TypeEngine[Any]) -> ENUM | None:
        """See to it that an Enum is a type in the database. Return that, or None for no Enum.

        A type that is there stays as it is, and so does one that the revision makes by itself.
        """
        resolved = resolve_type(kind, self.dialect).dialect_impl(self.dialect)
        if not isinstance(resolved, ENUM) or not resolved.enums:
            return None
        if resolved.create_type and not self._find_values(resolved):
            resolved.create(self._connection, checkfirst=True)
        return resolved

    def _change_enum(self, kind: ENUM) -> None:
        """Let a type have these values, if it has others."""
        there = self._find_values(kind)
        if there and there != kind.enums:
            EnumChange(self._connection, kind, self._format(kind), there).carry_out()


class EnumChange(NamedTuple):
    """A type whose values become others."""

    connection: Connection
    kind: ENUM
    name: str  # as SQL has it
    there: list[str]

    def carry_out(self) -> None:
        """Change the values: add some, or write all columns of the type anew."""
        additions = list_additions(self.there, self.kind.enums)
        if additions is None:
            self._refuse_values_in_use()
            self._make_anew()
            return
        for addition in additions:
            self._run(f"ALTER TYPE {self.name} ADD VALUE {double_percent_signs(addition)}")

    def _refuse_values_in_use(self) -> None:
        """Raise CommandError while a row holds a value that goes, in any column of the type."""
        kept = [quote(value) for value in self.kind.enums]
        values = double_percent_signs(", ".join(kept))
        for column in self.connection.execute(FIND_COLUMNS, {"name": self.name}).all():
            count = f"SELECT count(*) FROM {column.of_table} WHERE {column.name}::text NOT IN "  # noqa: S608
            if rows := self.connection.exec_driver_sql(f"{count}({values})").scalar():
                raise CommandError(
                    f"The enum {self.name} loses values that {rows} row(s) of "
                    f"{column.of_table}.{column.name} hold. Nothing was changed by that. Change "
                    "these rows first; a value that is to be called otherwise is renamed by "
                    f"op.execute(\"ALTER TYPE {self.name} RENAME VALUE 'old' TO 'new'\")."
                )

    def _make_anew(self) -> None:
        """Make the type anew, and turn its columns into that, with their defaults."""
        columns = self.connection.execute(FIND_COLUMNS, {"name": self.name}).all()
        former = f'"{self.kind.name}, as it was"'
        self._run(f"ALTER TYPE {self.name} RENAME TO {former}")
        self.kind.create(self.connection, checkfirst=False)
        for column in columns:
            alter = f"ALTER TABLE {column.of_table} ALTER COLUMN {column.name}"
            changes = [f"{alter} TYPE {self.name} USING {column.name}::text::{self.name}"]
            if column.default_:
                default = double_percent_signs(column.default_)
                changes = [f"{alter} DROP DEFAULT", *changes, f"{alter} SET DEFAULT {default}"]
            for change in changes:
                self._run(change, {NOTED_AS: change})  # by no SQL of the revision's own
        schema = f"{self.name.rpartition('.')[0]}." if self.kind.schema else ""
        self._run(f"DROP TYPE {schema}{former}")

    def _run(self, statement: str, options: dict[str, Any] | None = None) -> None:
        self.connection.exec_driver_sql(statement, execution_options=options or {})


def list_additions(there: list[str], wanted: list[str]) -> list[str] | None:
    """Return the values that are new, with their places, or None if any other goes or moves."""
    if [value for value in wanted if value in there] != there:
        return None
    values = [quote(value) for value in wanted]
    return [
        f"{values[place]} AFTER {values[place - 1]}"
        if place
        else f"{values[0]} BEFORE {quote(there[0])}"
        for place, value in enumerate(wanted)
        if value not in there
    ]


def quote(value: str) -> str:
    """Return a value as SQL has it."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def double_percent_signs(sql: str) -> str:
    """Return SQL as the driver takes it."""
    return sql.replace("%", "%%")


def as_model(there: TypeEngine[Any], model: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return what a database's Enum was, in words that all databases understand."""
    if isinstance(there, Enum) and isinstance(model, Enum):
        return Enum(*there.enums, name=model.name)
    return there


def explain(error: StatementError) -> str:
    """Return what else there is to know of an error, as a sentence after another, or nothing."""
    if getattr(error.orig, "sqlstate", None) != NEW_VALUE_IS_UNSAFE:
        return ""
    return (
        " PostgreSQL keeps a new value of an Enum from being used before it is committed: run "
        "`flask db upgrade` to the revision that adds it first, and then the rest."
    )
