"""Which database it is."""

from sqlalchemy import Dialect


def is_mariadb(dialect: Dialect) -> bool:
    """Return whether it is MariaDB, or MySQL, which may be the name of either."""
    return dialect.name in {"mariadb", "mysql"}


def is_known(dialect: Dialect) -> bool:
    """Return whether migrations are tried on it."""
    return is_mariadb(dialect) or dialect.name in {"sqlite", "postgresql"}
