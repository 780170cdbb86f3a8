"""What visitors see when something fails, what is lost, and how long it takes until all is well.

Run it with `python -m bench.faults [--database postgresql] [--seconds 6] [FAULT ...]`. A site runs
in production, as README.md says, under visitors who say names, write and sign up. One fault after
the other is made, for some seconds, and taken away. All of them are real, and stay on this machine:
the bench has a PostgreSQL, a Redis and a mail server of its own. What a machine lacks is left out,
and said. If anything that was acknowledged is lost, it exits with 1. It needs Linux.

- `table`: makes the faults in turn, and prints a line for each
- `kinds`: the faults, each a context manager
- `site`: the server and the mail worker; `units`: what systemd does for them
- `audit`: what became of what was acknowledged
- `servers`: PostgreSQL and Redis, to be stopped and frozen
"""
