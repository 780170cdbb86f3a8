"""What fails of old code and new code on one database, while a column is renamed.

Run it with `python bench/side_by_side.py [--database postgresql] [--users 20000] [--seconds 10]`.
The new code is a copy of Flasky in which `users.first_seen` has become `first_visit`, with the
revisions that `flask db migrate --gradually` writes there. Visitors say names and look at pages of
users: of the old code while the column is added and filled; of both; and of the new code while the
old column is dropped. At the end, each greeting that was acknowledged has to have been counted.

Postgresql and mariadb are those of the tests: see docs/testing.md.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.renaming import RENAMING, Site, audit, compare, fill, show, write_new_code
from safe_schema.tests.databases import DATABASES, create_database
from tests.servers import ROOT


def run(kind: str, arguments: argparse.Namespace, folder: Path) -> None:
    """Rename the column, with both codes at work."""
    with create_database(kind, folder) as url, ExitStack() as at_the_end:
        old = Site(ROOT, url, arguments.users)
        new = Site(folder / "new", url, arguments.users)
        write_new_code(new.folder)
        old.flask("upgrade")
        fill(url, arguments.users)
        new.flask("migrate", *RENAMING)
        began = time.monotonic()
        with old.served(arguments.visitors):
            time.sleep(1)
            new.flask("upgrade")
            show("old code; expand and copy", old.visitors, began)
            at_the_end.enter_context(new.served(arguments.visitors))
            began = time.monotonic()
            time.sleep(arguments.seconds)
            show("old and new code", [*old.visitors, *new.visitors], began)
        began = time.monotonic()
        new.flask("upgrade", "-x", "contract=yes")
        time.sleep(arguments.seconds)
        show("new code; contract", new.visitors, began)
        at_the_end.close()
        audit(url, arguments.users, [*old.visitors, *new.visitors])
        compare(url, new, folder)


def main() -> None:
    """Print a report for a database."""
    parser = argparse.ArgumentParser(description="Rename a column under old and new code.")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=4, help="of each code")
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{arguments.database}, {arguments.users} users, {arguments.visitors} visitors each:")
        run(arguments.database, arguments, Path(folder))


if __name__ == "__main__":
    main()
