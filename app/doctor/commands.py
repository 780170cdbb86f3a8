"""`flask doctor`. It works where nothing else does: without settings, database and network."""

import sys

import click
from flask import Flask, current_app
from flask.cli import cli, with_appcontext

from settings import ConfigError

REFUSED = "refused_settings"  # the extension that holds the ConfigError, where there is one


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--attack", metavar="URL", help="Try on your own site, at URL, what strangers do.")
@click.option("--yes", is_flag=True, help="Do not ask whether the site at URL is yours.")
@with_appcontext
def doctor_command(as_json: bool, attack: str | None, yes: bool) -> None:  # noqa: FBT001  # click's way
    """Find out what is wrong with this site, and what to do.

    Exits with 0 if all is well, 1 after a warning, and 2 if anything fails.
    """
    # All else is loaded here, for no other command and no server needs it.
    from app.doctor.examination import examine  # noqa: PLC0415
    from app.doctor.report import Report  # noqa: PLC0415

    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    report = Report(app.config, as_json=as_json)
    if attack:
        from app.doctor.attack import run  # noqa: PLC0415

        sys.exit(report.show(run(attack, is_confirmed=yes)))
    sys.exit(report.show(examine(app)))


def is_called() -> bool:
    """Return whether this process is `flask doctor`."""
    parser = cli.make_parser(click.Context(cli, resilient_parsing=True))
    _, words, _ = parser.parse_args(sys.argv[1:])  # without `--app X`, and the like
    return words[:1] == ["doctor"]


def make_bare_app(error: ConfigError) -> Flask:
    """Return an application that has `flask doctor` alone, in place of one whose settings fail."""
    app = Flask("app")
    app.extensions[REFUSED] = error
    app.cli.add_command(doctor_command)
    return app
