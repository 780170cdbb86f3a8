"""`flask db backup` and `restore`, and the copy of an SQLite file before it is changed.

- `backup`: a copy is made; `restore`: what it must be to come back
- `files`: what copies are called, and which ones fade
- `sqlite`, `postgresql`, `mariadb`: how each is copied and comes back
- `clients`: the servers' own programs; `psql`: a session of one; `routines`: MariaDB's views,
  triggers and the like
"""
