"""What makes `flask db` safe. `migrations/env.py` calls `run`; nothing here knows the models.

- `environment`: the order of things, for each database; `steps`: and for each revision
- `commands`: what is added to `flask db`; `options`: what `-x` takes
- `autogenerate`: what `flask db migrate` finds, asks and writes
- `runs`: how a migration runs: alone, whole or resumed
- `protection`: what it may not do unless its revision says so
- `operations`: how tables are changed, beyond Alembic
- `copies`: `flask db backup` and `restore`
- `explanations`: what Alembic and the drivers refuse, in words that tell the way out; `reasons`:
  what a database says of an error, without values
- `dialects`: which database it is
- `template/`: what `flask db init` begins with

Messages are for operators: a `CommandError` ends a command with one line.
"""

from safe_schema.commands import init_app
from safe_schema.environment import run

__all__ = ["init_app", "run"]
