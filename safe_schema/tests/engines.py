"""How a careful application sets up its database; a careless one changes nothing of the rules."""

import sqlite3
from typing import Any

from sqlalchemy import make_url

NAMES_OF_CONSTRAINTS = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SECONDS_TO_WAIT_FOR_A_LOCK = 30


class WatchfulConnection(sqlite3.Connection):
    """Looks after foreign keys, as SQLite does when it is told to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("PRAGMA foreign_keys = ON")


def engine_options(url: str) -> dict[str, Any]:
    """Return the arguments of `create_engine` for the database at that address."""
    match make_url(url).get_backend_name():
        case "sqlite":
            arguments = {
                "timeout": SECONDS_TO_WAIT_FOR_A_LOCK,
                "isolation_level": "IMMEDIATE",
                "factory": WatchfulConnection,
            }
            return {"connect_args": arguments}
        case "postgresql":
            return {"pool_pre_ping": True}
        case _:
            strict = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
            return {
                "connect_args": {"init_command": strict},
                "pool_pre_ping": True,
                "isolation_level": "READ COMMITTED",
            }
