"""Copies of a PostgreSQL database, by pg_dump, and the way back in one transaction."""

import re
import tempfile
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import Engine

from safe_schema.copies import clients, files
from safe_schema.copies.psql import Psql

SUFFIX = "dump"
FIRST_BYTES = b"PGDMP"
TRIES = 100  # to lock the tables
OF_THE_DRIVER = "context"
SECRETS = {"password", "sslpassword"}
REVISIONS = re.compile(
    r"^COPY \S*alembic_version \(.*\) FROM stdin;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL
)
EXTENSION = re.compile(r"\d+; \d+ \d+ (?:EXTENSION -|COMMENT - EXTENSION) (\S+)")

# What an application made: neither the server's own, nor an extension's.
OWN = (
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS "
    "(SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"
)
RELATIONS = f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OWN.format('c')}"
# Who has read and waits to write waits for us, as we wait for them: those are stopped.
LOCK = f"""
DO $$ DECLARE names text; BEGIN
SELECT string_agg(c.oid::regclass::text, ', ') INTO names {RELATIONS} AND c.relkind IN ('r', 'p');
FOR try IN 1..{TRIES} LOOP
  BEGIN
    IF names IS NOT NULL THEN EXECUTE 'LOCK TABLE ' || names || ' IN {{}} MODE'; END IF;
    RETURN;
  EXCEPTION WHEN deadlock_detected THEN
    IF try = {TRIES} THEN RAISE; END IF;
    PERFORM pg_cancel_backend(pid) FROM pg_locks
    WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid));
  END;
  PERFORM pg_sleep(0.01);
END LOOP; END $$;
"""  # noqa: S608  # our own words

DROP = f"""
DO $$ DECLARE what text; BEGIN
FOREACH what IN ARRAY (SELECT coalesce(array_agg(name ORDER BY rank), '{{}}') FROM (
SELECT 1 AS rank, CASE c.relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW '
  WHEN 'f' THEN 'FOREIGN TABLE ' ELSE 'TABLE ' END || c.oid::regclass AS name
  {RELATIONS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL SELECT 2, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TYPE ' END || c.oid::regclass
  {RELATIONS} AND c.relkind IN ('S', 'c')
UNION ALL SELECT 3, 'ROUTINE ' || p.oid::regprocedure FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OWN.format("p")}
UNION ALL SELECT 4, CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || t.oid::regtype
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r') AND {OWN.format("t")}
) AS found) LOOP
EXECUTE regexp_replace(what, '^([A-Z ]+) (.*)$', 'DROP \\1 IF EXISTS \\2 CASCADE');
END LOOP; END $$;
"""  # noqa: S608  # our own words


def write(engine: Engine, part: Path) -> None:
    """Write all that a database holds at one moment into a file. Others go on meanwhile."""
    program = find_program(engine, "pg_dump")
    where, environment = address(engine)
    options = ["--format=custom", "--no-password", f"--file={part}", f"--dbname={where}"]
    clients.run([program, *options], environment)
    # Which reads and unpacks all of it.
    clients.run([find_program(engine, "pg_restore"), "--file=/dev/null", part])


def find_program(engine: Engine, name: str) -> str:
    """Return the path of one of PostgreSQL's programs that is not older than the server."""
    with engine.connect() as connection:
        major = int((connection.dialect.server_version_info or (0,))[0])
    return clients.find([name], f"postgresql-client-{major}", major)


def address(engine: Engine) -> tuple[str, dict[str, str]]:
    """Return where the database is, without the password, and the environment that has it.

    That is what the address says. What the driver's own library adds, older programs do not know.
    """
    _, found = engine.dialect.create_connect_args(engine.url)
    named = {key: str(found[key]) for key in found.keys() - SECRETS if key != OF_THE_DRIVER}
    where = " ".join(f"{key}='{escape(value)}'" for key, value in named.items())
    password = found.get("password")
    return where, {"PGPASSWORD": str(password)} if password else {}


def escape(value: str) -> str:
    """Return a value as it stands between quotes in an address of libpq's."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def read_revisions(engine: Engine, file: Path) -> set[str]:
    """Return the revisions that a dump is at. Raise CommandError if it is none."""
    options = ["--data-only", "--table=alembic_version", "--file=-"]
    program = find_program(engine, "pg_restore")
    with clients.reading(file):
        said = clients.run([program, *options, file]).decode()
    return {row for rows in REVISIONS.findall(said) for row in rows.splitlines()}


def is_empty(engine: Engine) -> bool:
    """Return whether an application has made nothing in a database."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT 1 {RELATIONS} LIMIT 1")
        return found.first() is None


def restore(engine: Engine, file: Path) -> Path | None:
    """Replace all that a database holds by what a dump holds, in one transaction.

    Returns the path of a dump of what it held until then, or None if that was nothing. From before
    that dump on, nobody else writes: each row that was ever committed is in one of the two.
    """
    saved = None
    if not is_empty(engine):
        name = files.name(engine.url.database or "", files.BEFORE_RESTORE, SUFFIX)
        saved = Path.cwd() / name
    where, environment = address(engine)
    with Psql(find_program(engine, "psql"), where, environment) as psql:
        psql.run(f"BEGIN; SET LOCAL lock_timeout = '30s'; {LOCK.format('EXCLUSIVE')}")
        if saved:
            with files.new_file(saved) as part:
                write(engine, part)
        psql.run(LOCK.format("ACCESS EXCLUSIVE"))
        psql.run(DROP)
        with clients.reading(file):
            run_script(engine, psql, str(file))
    return saved


def run_script(engine: Engine, psql: Psql, file: str) -> None:
    """Run the SQL of a dump in a session, and commit."""
    program = find_program(engine, "pg_restore")
    options = ["--single-transaction", "--no-owner", "--clean", "--if-exists", "--file=-"]
    with tempfile.NamedTemporaryFile() as wanted:
        wanted.write(list_contents(engine, [program, "--list", file]))
        wanted.flush()
        psql.run_output_of([program, *options, f"--use-list={wanted.name}", file])


def list_contents(engine: Engine, command: list[str]) -> bytes:
    """Return what a dump holds, without the extensions that are there: they are the server's."""
    with engine.connect() as connection:
        there = connection.exec_driver_sql("SELECT extname FROM pg_extension").scalars().all()
    lines = clients.run(command).splitlines(keepends=True)
    extensions = [(line, EXTENSION.match(line.decode())) for line in lines]
    return b"".join(line for line, found in extensions if not found or found[1] not in there)


def check(file: Path) -> None:
    """Raise CommandError if a file is no dump of PostgreSQL's."""
    with file.open("rb") as opened:
        if opened.read(len(FIRST_BYTES)) != FIRST_BYTES:
            raise CommandError(
                f"{file} is no copy of a PostgreSQL database that `flask db backup` or "
                "`pg_dump --format=custom` has made. Nothing was changed."
            )
