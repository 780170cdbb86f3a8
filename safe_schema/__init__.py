"""What makes `flask db` safe. `migrations/env.py` calls `run`; nothing here knows the models.

- `environment`: the order of things, for each database
- `locks`: one upgrade at a time
- `sqlite`: a migration as one transaction, and foreign keys that are kept
- `journal`: where MariaDB, which has no such transactions, was interrupted
- `guard`: no operation that would destroy data, unless its revision says so; `counting` tells what
  there is, `conversions` what fits into another type
- `untouched`: no column changes that the revision does not name
- `mariadb`: a column that is changed there keeps all the rest
- `adoption`: a database that `db.create_all()` made gets a history; `fingerprint` compares it
- `dropped`: a database that `db.drop_all()` emptied begins anew
- `backup`: a copy of an SQLite file before it is changed
- `renames`: `flask db migrate` asks whether a column or a table was renamed;
  `renamed` is the database as it will be then
- `comparison`: what it sees of types beyond Alembic, and which ones it writes
- `checks`: what it sees of CHECKs
- `dialects`: which database it is
- `commands`: `flask db restore`
- `style`: what it has written looks as if by hand; `template/` is what `flask db init` begins with

Messages are for operators: a `CommandError` ends a command with one line.
"""

from safe_schema.commands import init_app
from safe_schema.environment import run

__all__ = ["init_app", "run"]
