"""The application that `flask` and every WSGI server load, as `flasky:app`."""

# ruff: noqa: E402
import gc

# Of what is made here nothing goes away, and to look for it would be a third of a command's time.
gc.disable()

import sys

from flask.helpers import get_load_dotenv

from app import create_app, db, mail
from app.doctor import commands as doctor
from app.extensions import migrate
from app.models import Role, User
from app.sqlite_file import exit_when_terminated
from settings import BASEDIR, ConfigError, read_env_file

__all__ = ["Role", "User", "app", "db", "mail", "migrate"]

HOW_TO_RUN = """\
Do not run this file. Run one of these in its folder instead:

  make run           everything that is needed, then http://127.0.0.1:5000/
  flask run          the development server, in an environment that is set up
  flask shell        Python with the database and the models
  flask --help       all other commands"""

try:
    if get_load_dotenv():
        read_env_file(BASEDIR / ".env")
    app = create_app()
    exit_when_terminated()
except ConfigError as error:
    if not doctor.is_called():
        print(f"Flasky cannot start: {error}.", file=sys.stderr)  # noqa: T201
        sys.exit(3)  # to gunicorn this means: do not try again
    app = doctor.make_bare_app(error)
gc.enable()
gc.freeze()

if __name__ == "__main__":
    print(HOW_TO_RUN)  # noqa: T201
