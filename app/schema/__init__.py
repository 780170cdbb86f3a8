"""What makes `flask db` safe. `migrations/env.py` calls `run`; nothing here knows the models.

- `environment`: the order of things, for each database
- `locks`: one upgrade at a time
- `sqlite`: a migration as one transaction, and foreign keys that are kept
- `journal`: where MariaDB, which has no such transactions, was interrupted
- `guard`: no operation that would destroy data, unless its revision says so
- `adoption`: a database that `db.create_all()` made gets a history
- `backup`: a copy of an SQLite file before it is changed, and `flask db restore`
- `renames`: `flask db migrate` asks whether a column or a table was renamed

Messages are for operators: a `CommandError` ends a command with one line.
"""

from app.schema.commands import init_app
from app.schema.environment import run

__all__ = ["init_app", "run"]
