"""How a migration runs: alone, whole or resumed, and without keeping visitors waiting.

- `locks`: one upgrade at a time; `file_lock`: SQLite's lock of a whole migration
- `journal`: where MariaDB, which has no transactions for tables, was interrupted
- `own_transactions`: steps before which all that came before is committed
- `waiting`: a migration that keeps others waiting for too long is stopped
- `contracts`: what takes something away from old code waits for its end
- `adoption`: a database that `db.create_all()` made gets a history
- `dropped`: a database that `db.drop_all()` emptied begins anew
"""
