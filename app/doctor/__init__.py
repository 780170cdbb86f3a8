"""`flask doctor`: what is wrong with a site, in lines that say what to do (docs/doctor.md).

Nothing of it but the command and one page is loaded before somebody calls it.

- `commands`: `flask doctor`, also where the settings are refused
- `checks`: what a check is, and how another one is added; `examination`: all of them, each with a
  time limit; `report`: the lines, the JSON, the exit status, and no secret in any
- `configuration`, `keys`, `files`, `packages`: what this machine has
- `database`, `sqlite`, `servers`, `copies`: where the rows are
- `site`, `proxies`: what comes through PUBLIC_URL, by `visit`; `echo`: the page by
  which the site tells what it saw
- `mail`, `limits`, `administration`: who sends, counts and administers
- `attack`: what strangers do, done to one's own site
"""

from flask import Blueprint, Flask

from app.doctor.commands import doctor_command

doctor = Blueprint("doctor", __name__)


def init_app(app: Flask) -> None:
    """Add the command, and the page that answers to it."""
    app.cli.add_command(doctor_command)
    app.register_blueprint(doctor)


from app.doctor import echo  # noqa: E402, F401  # it registers itself
