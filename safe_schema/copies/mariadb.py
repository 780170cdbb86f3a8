"""Copies of a MariaDB or MySQL database, by mariadb-dump, and the way back by renaming tables."""

import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from safe_schema.copies import clients, files, routines
from safe_schema.runs.journal import join_lines

SUFFIX = "sql"
NEW, FORMER = "alembic_restored_", "alembic_former_"  # what names of databases begin with
HEADER = re.compile(rb"(/\*M?!\d+.*\n)?-- (MariaDB|MySQL) dump ")
END = b"-- Dump completed"
BYTES_TO_LOOK_AT = 4096  # at both ends of a file
ELSEWHERE = (b"USE ", b"CREATE DATABASE ")  # as `--databases` writes it
REVISIONS = re.compile(rb"INSERT INTO `alembic_version`.*?VALUES\s*(\(.*)", re.DOTALL)
SSL = {"ca": "ssl-ca", "capath": "ssl-capath", "cert": "ssl-cert", "key": "ssl-key"}
TABLES = text(
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = :schema AND table_type <> 'VIEW' ORDER BY table_name"
)
COLLATION = text(
    "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
    "WHERE schema_name = :schema"
)


def write(engine: Engine, part: Path) -> None:
    """Write what a database holds at one moment into a file. Others go on meanwhile."""
    dump(engine, engine.url.database or "", part)


def dump(engine: Engine, database: str, part: Path) -> None:
    """Write all that one of the server's databases holds into a file."""
    options = ["--single-transaction", "--routines", "--triggers", "--events", "--hex-blob"]
    options += ["--default-character-set=utf8mb4", "--no-tablespaces", f"--result-file={part}"]
    program = find_program(engine, "dump")
    if Path(program).name == "mysqldump" and not is_mariadb(engine):
        options.append("--set-gtid-purged=OFF")
    with defaults(engine) as file:
        clients.run([program, f"--defaults-file={file}", *options, database])
    check(part)


def is_mariadb(engine: Engine) -> bool:
    """Return whether a server is MariaDB: the first connection tells."""
    with engine.connect() as connection:
        return bool(getattr(connection.dialect, "is_mariadb", False))


def find_program(engine: Engine, kind: str) -> str:
    """Return the path of the client, or of what dumps."""
    end = "-dump" if kind == "dump" else ""
    names, package = [f"mariadb{end}", f"mysql{end.lstrip('-')}"], "mariadb-client"
    if not is_mariadb(engine):
        names, package = names[::-1], "default-mysql-client"
    return clients.find(names, package)


@contextmanager
def defaults(engine: Engine) -> Iterator[Path]:
    """Give a file, for its owner alone, with what the clients need to connect."""
    _, options = engine.dialect.create_connect_args(engine.url)
    found: dict[str, Any] = {"user": options.get("user"), "password": options.get("password")}
    if options.get("unix_socket"):
        found["socket"] = options["unix_socket"]
    else:  # also for localhost, where the clients would take a socket
        found |= {"host": options.get("host") or "localhost", "protocol": "tcp"}
        found["port"] = options.get("port")
    ssl = options.get("ssl") or {}
    found |= {name: ssl.get(key) for key, name in SSL.items()}
    lines = ["[client]", *(f"{key}={quote(str(value))}" for key, value in found.items() if value)]
    lines += ["ssl"] if ssl else []
    lines += ["ssl-verify-server-cert"] if ssl.get("check_hostname") else []
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:  # of mode 0600
        file.write("\n".join([*lines, ""]))
        file.flush()
        yield Path(file.name)


def quote(value: str) -> str:
    """Return a value as a file of options has it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def check(file: Path) -> None:
    """Raise CommandError if a file is no dump, or not a whole one, of one database."""
    with file.open("rb") as opened:
        head = opened.read(BYTES_TO_LOOK_AT)
        opened.seek(max(0, file.stat().st_size - BYTES_TO_LOOK_AT))
        tail = opened.read()
    if not HEADER.match(head):
        raise CommandError(
            f"{file} is no copy of a MariaDB database that `flask db backup` or `mariadb-dump` "
            "has made. Nothing was changed."
        )
    if END not in tail:
        raise CommandError(f"{file} is not whole: its end is missing. Nothing was changed.")


def read_revisions(_engine: Engine, file: Path) -> set[str]:
    """Return the revisions that a dump is at. Raise CommandError if it would write elsewhere."""
    found: set[str] = set()
    with file.open("rb") as lines:
        for line in lines:
            if line.startswith(ELSEWHERE):
                raise CommandError(
                    f"{file} names the database that it is for, as with `mariadb-dump --databases`."
                    " Nothing was changed; make one without."
                )
            if line.startswith(b"INSERT INTO `alembic_version`"):
                statement = line
                while not statement.rstrip().endswith(b";") and (more := lines.readline()):
                    statement += more
                if rows := REVISIONS.match(statement):
                    found |= {each.decode() for each in re.findall(rb"'([^']*)'", rows.group(1))}
    return found


def restore(engine: Engine, file: Path) -> Path | None:
    """Fill a database of another name from a dump, and change its tables for those that are there.

    All tables change in one statement. Only then are the former ones, with each row that was ever
    committed to them, written into a file, whose path is returned, or None if there were none.
    """
    live = engine.url.database or ""
    token = uuid.uuid4().hex[:8]
    new, former = f"{NEW}{token}", f"{FORMER}{token}"
    with engine.connect() as connection:
        owner = connection.execution_options(isolation_level="AUTOCOMMIT")
        is_used = bool(get_tables(owner, live))
        try:
            with scratch(owner, new, like=live), scratch(owner, former, like=live):
                fill(engine, new, file)
                swap(owner, live, new, former)
                saved = keep(engine, former, live) if is_used else None
                owner.exec_driver_sql(f"DROP DATABASE {former}")
        finally:
            owner.invalidate()  # it may be on another database
    return saved


@contextmanager
def scratch(owner: Connection, name: str, like: str) -> Iterator[None]:
    """Make an empty database, and drop it afterwards, unless what was live is in it.

    Raises CommandError, with what to grant, if that is not allowed.
    """
    charset, collation = owner.execute(COLLATION, {"schema": like}).one()
    try:
        owner.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET {charset} COLLATE {collation}")
    except DBAPIError as error:
        raise CommandError(
            "A copy is brought back by way of a database of another name, and none can be made: "
            f"{join_lines(str(error.orig))}. Nothing was changed. Allow it for once: GRANT ALL ON "
            "`alembic\\_%`.* TO the user of the address."
        ) from None
    try:
        yield
    finally:
        if not (name.startswith(FORMER) and get_tables(owner, name)):
            owner.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def fill(engine: Engine, name: str, file: Path) -> None:
    """Carry out a dump in a database."""
    program = find_program(engine, "client")
    with clients.reading(file), defaults(engine) as options, file.open("rb") as dumped:
        clients.run(
            [program, f"--defaults-file={options}", "--default-character-set=utf8mb4", name],
            read_from=dumped,
        )


def swap(owner: Connection, live: str, new: str, former: str) -> None:
    """Let the tables of one database take the place of another's, which go to a third one."""
    quoted = owner.dialect.identifier_preparer.quote
    moves = [(table, live, former) for table in get_tables(owner, live)]
    moves += [(table, new, live) for table in get_tables(owner, new)]
    here, there = (routines.find(owner, database) for database in (live, new))
    renames = ", ".join(
        f"{quoted(old)}.{quoted(table)} TO {quoted(to)}.{quoted(table)}" for table, old, to in moves
    )
    routines.drop(owner, new, there)
    routines.drop(owner, live, here)
    try:
        owner.exec_driver_sql(f"RENAME TABLE {renames}".replace("%", "%%"))
    except DBAPIError as error:
        routines.create(owner, live, here)
        raise CommandError(
            f"The tables cannot be changed: {join_lines(str(error.orig))}. Nothing was changed."
        ) from None
    routines.create(owner, live, there)
    routines.create(owner, former, here)


def get_tables(owner: Connection, database: str) -> list[str]:
    """Return the names of a database's tables, without its views."""
    return list(owner.scalars(TABLES, {"schema": database}))


def keep(engine: Engine, former: str, live: str) -> Path:
    """Write the former tables into a file."""
    saved = Path.cwd() / files.name(live, files.BEFORE_RESTORE, SUFFIX)
    try:
        with files.new_file(saved) as part:
            dump(engine, former, part)
    except CommandError as error:
        reason = str(error).replace(" Nothing was changed.", "")
        raise CommandError(
            f"The copy is back. What was there before is in the database {former}, and could not "
            f"be written into a file: {reason}"
        ) from None
    return saved
