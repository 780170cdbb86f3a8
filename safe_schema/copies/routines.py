"""Views, triggers, procedures, functions and events of MariaDB, which are renamed with no table."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

SCHEMA = "information_schema"
# By kind: which view of the server's lists them, under which names, and where SHOW CREATE has them.
KINDS = {
    "TRIGGER": (
        "triggers",
        "trigger_schema",
        "trigger_name",
        "action_order",
        "SQL Original Statement",
    ),
    "EVENT": ("events", "event_schema", "event_name", "event_name", "Create Event"),
    "VIEW": ("views", "table_schema", "table_name", "table_name", "Create View"),
    "PROCEDURE": ("routines", "routine_schema", "routine_name", "routine_name", "Create Procedure"),
    "FUNCTION": ("routines", "routine_schema", "routine_name", "routine_name", "Create Function"),
}


@dataclass
class Routine:
    """What SQL there is for one of them."""

    kind: str
    name: str
    sql: str
    mode: str  # in which the SQL is to be read


def find(connection: Connection, database: str) -> list[Routine]:
    """Return what a database has of them."""
    quote = connection.dialect.identifier_preparer.quote
    before = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
    connection.exec_driver_sql(f"USE {quote(database)}")  # and no name says the database then
    found = []
    for kind, (view, schema, name, order, column) in KINDS.items():
        where = " AND routine_type = :kind" if view == "routines" else ""
        names = connection.scalars(
            text(
                f"SELECT {name} FROM {SCHEMA}.{view} WHERE {schema} = :schema{where} "  # noqa: S608
                f"ORDER BY {order}, {name}"
            ),
            {"schema": database, "kind": kind} if where else {"schema": database},
        ).all()
        for each in names:
            show = f"SHOW CREATE {kind} {quote(each)}".replace("%", "%%")
            row = connection.exec_driver_sql(show).mappings().one()
            found.append(Routine(kind, each, row[column], row.get("sql_mode", "")))
    connection.exec_driver_sql(f"USE {quote(before)}")
    return found


def drop(connection: Connection, database: str, routines: list[Routine]) -> None:
    """Drop them."""
    quote = connection.dialect.identifier_preparer.quote
    for each in routines:
        name = f"{quote(database)}.{quote(each.name)}".replace("%", "%%")
        connection.exec_driver_sql(f"DROP {each.kind} IF EXISTS {name}")


def create(connection: Connection, database: str, routines: list[Routine]) -> None:
    """Create them in a database, whatever one they came from: functions first, then views."""
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(f"USE {quote(database)}")
    connection.exec_driver_sql("SET @former_mode = @@sql_mode")
    left = sorted(routines, key=lambda each: list(KINDS)[::-1].index(each.kind))
    while left:
        begun = len(left)
        left = [each for each in left if not is_created(connection, each, is_last=begun == 1)]
        if len(left) == begun:  # none of which can be created
            is_created(connection, left[0], is_last=True)
    connection.exec_driver_sql("SET sql_mode = @former_mode")


def is_created(connection: Connection, routine: Routine, *, is_last: bool) -> bool:
    """Create one, and return whether that is done: a view may need another one."""
    connection.exec_driver_sql(f"SET sql_mode = '{routine.mode}'")
    try:
        connection.exec_driver_sql(routine.sql.replace("%", "%%"))
    except Exception:
        if is_last:
            raise
        return False
    return True
