"""MariaDB and MySQL: a column that is changed keeps what the revision does not change.

They change a column by saying it anew, and lose what is not said. Alembic says what the revision
tells of the column, and a revision that was written on another database knows nothing of fractions
of a second, of decimals and of collations. So the database itself is asked.
"""

import re
from typing import Any

from alembic.ddl.base import format_server_default
from alembic.ddl.mysql import MariaDBImpl
from alembic.util import CommandError
from sqlalchemy import Computed, Connection, Dialect, Identity, String, inspect, text

from safe_schema.operations.mariadb_keys import IndexesUnderKeys
from safe_schema.operations.percent_signs import SinglePercentSigns
from safe_schema.protection import guard
from safe_schema.protection.column_types import describe_type
from safe_schema.runs import journal

Words = dict[str, str]  # of a column's definition, by their place in it

PLACES = ("type", "collation", "null", "counts", "default", "on update", "comment", "check")
NOT_ASKED = {  # what Alembic calls `alter_column` with where nothing is to be changed
    "type_": None,
    "nullable": None,
    "autoincrement": None,
    "server_default": False,
    "comment": False,
}
FIND = text(
    "SELECT column_type, collation_name, is_nullable, extra, column_comment "
    "FROM information_schema.columns WHERE table_schema = coalesce(:schema, database()) "
    "AND table_name = :table AND column_name = :column"
)
# MariaDB's JSON is a text with such a check. The checks of tables stay by themselves.
FIND_CHECK = text(
    "SELECT check_clause FROM information_schema.check_constraints WHERE level = 'Column' "
    "AND constraint_schema = coalesce(:schema, database()) "
    "AND table_name = :table AND constraint_name = :column"
)


class ExactColumns(SinglePercentSigns, IndexesUnderKeys):
    """How Alembic changes a column, with all the rest of it as the database has it."""

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        name: str | None = None,
        schema: str | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Change a column. Where there is no database, for `--sql`, the revision is believed."""
        if self.as_sql or isinstance(options.get("server_default"), Computed | Identity):
            super().alter_column(table_name, column_name, name=name, schema=schema, **options)
            return
        quote = self.dialect.identifier_preparer.quote
        table = ".".join(quote(part) for part in (schema, table_name) if part)
        column = quote(column_name)
        asked = {
            key: options[key] for key, no in NOT_ASKED.items() if options.get(key, no) is not no
        }
        if asked:
            there = find(self._connection, table_name, column_name, schema)
            changes = describe(asked, there, self.dialect)
            begin = f"ALTER TABLE {table} MODIFY {column}"
            self._run(
                f"{begin} {format_definition(there | changes)}",
                f"{begin} {format_definition(changes)}",
            )
        if name is not None:  # which keeps the rest, and is a rename in checks as well
            rename = f"ALTER TABLE {table} RENAME COLUMN {column} TO {quote(name)}"
            self._run(rename, rename)

    @property
    def _connection(self) -> Connection:
        assert self.connection  # noqa: S101
        return self.connection

    def _run(self, statement: str, noted_as: str) -> None:
        """Run a statement that the journal knows by what was asked for.

        What else the database said would not be the same when an interrupted step is run again.
        """
        options = {journal.NOTED_AS: noted_as}
        self._connection.exec_driver_sql(statement, execution_options=options)


class ExactOnMySQL(ExactColumns):
    """For addresses that begin with mysql:."""

    __dialect__ = "mysql"


class ExactOnMariaDB(ExactColumns, MariaDBImpl):
    """For addresses that begin with mariadb:."""

    __dialect__ = "mariadb"


def find(connection: Connection, table: str, column: str, schema: str | None) -> Words:
    """Return the definition of a column as the database has it."""
    names = {"schema": schema, "table": table, "column": column}
    row = connection.execute(FIND, names).one_or_none()
    if row is None:
        if guard.is_replaying():
            return {}  # it was renamed or dropped since, and what is said of it will not be run
        raise CommandError(f"There is no column {table}.{column} to be changed.")
    extra = row.extra.lower().removeprefix("default_generated").strip()
    counts, is_updated = extra == "auto_increment", extra.startswith("on update")
    if extra and not counts and not is_updated:
        raise CommandError(
            f"The column {table}.{column} is {extra}, which this operation would lose, and so it "
            "changed nothing. Write the ALTER TABLE with op.execute."
        )
    check = connection.dialect.is_mariadb and connection.scalar(FIND_CHECK, names)  # type: ignore[attr-defined]
    default = default_of(connection, table, column, schema)
    return {
        "type": escape_percent_signs(row.column_type),
        "collation": f"COLLATE {row.collation_name}" if row.collation_name else "",
        "null": "NULL" if row.is_nullable == "YES" else "NOT NULL",
        "counts": "AUTO_INCREMENT" if counts else "",
        "default": f"DEFAULT {escape_percent_signs(default)}" if default else "",
        "on update": extra.upper() if is_updated else "",
        "comment": comment(row.column_comment, connection.dialect),
        "check": f"CHECK ({escape_percent_signs(check)})" if check else "",
    }


def default_of(connection: Connection, table: str, column: str, schema: str | None) -> str:
    """Return the SQL of a column's default, without the ON UPDATE that SQLAlchemy adds to it."""
    columns = inspect(connection).get_columns(table, schema)
    [default] = [each["default"] for each in columns if each["name"].lower() == column.lower()]
    return re.split(r" ON UPDATE ", default or "", flags=re.IGNORECASE)[0]


def describe(asked: dict[str, Any], there: Words, dialect: Dialect) -> Words:
    """Return the words for what an operation asks for."""
    words: Words = {}
    if "type_" in asked:
        present = there.get("collation", "").removeprefix("COLLATE ")
        words["type"], stays = describe_type(asked["type_"], present, dialect)
        if not stays:
            words["collation"] = ""
        if "json_valid" in there.get("check", ""):
            words["check"] = ""
    if "nullable" in asked:
        words["null"] = "NULL" if asked["nullable"] else "NOT NULL"
    if "autoincrement" in asked:
        words["counts"] = "AUTO_INCREMENT" if asked["autoincrement"] else ""
    if "server_default" in asked:
        default = asked["server_default"]
        compiler = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]  # as Alembic does
        is_none = default is None
        words["default"] = "" if is_none else f"DEFAULT {format_server_default(compiler, default)}"
    if "comment" in asked:
        words["comment"] = comment(asked["comment"], dialect)
    return words


def comment(words: str | None, dialect: Dialect) -> str:
    """Return the words for a comment."""
    if not words:
        return ""
    compiler = dialect.statement_compiler(dialect, None)
    return f"COMMENT {compiler.render_literal_value(words, String())}"


def escape_percent_signs(sql: str) -> str:
    """Return SQL of the database's own as the driver takes it."""
    return sql.replace("%", "%%")


def format_definition(words: Words) -> str:
    """Return a column's definition."""
    return " ".join(words[place] for place in PLACES if words.get(place))
