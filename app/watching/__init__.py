"""Watching the site: for operators, and for the programs that watch for them.

The room hangs on to the others; none of them knows it, but for an include in the first page of the
administration.

- `health`: `/healthz` and `/readyz`; `revision`: which one the database is at
- `measuring`: what a request takes; `queries`: what its statements do, and which are slow
- `request_log`: a line in the log for each request; `recent`: the figures of the last minutes
- `metrics`: figures for Prometheus, in files that processes share; `exporter`: their sums;
  `commands`: `flask metrics`, which serves them
- `site`: what administrators see
"""

import os
from importlib import import_module

from flask import Blueprint, Flask

from app.watching import commands, measuring, queries, request_log
from app.watching.measuring import Observer
from app.watching.recent import Recent
from settings import ConfigError

watching = Blueprint("watching", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the pages and the command, and measure each request."""
    app.register_blueprint(watching)
    app.cli.add_command(commands.metrics)
    recent = app.extensions["recent_requests"] = Recent()
    observers: list[Observer] = [recent.add]
    if app.config["LOG_REQUESTS"]:
        observers.append(request_log.write)
    if app.config["METRICS_FOLDER"]:
        observers.append(make_recorder(app))
    queries.init_app(app)
    measuring.init_app(app, observers)


def make_recorder(app: Flask) -> Observer:
    """Return what counts requests for Prometheus, in the folder that the settings name.

    Its package reads when it is imported that it counts in files, and it takes a while to import.
    """
    folder = app.config["METRICS_FOLDER"]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"METRICS_FOLDER: {folder} cannot be made: {error.strerror}") from None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    recorder = import_module("app.watching.metrics").Recorder(folder)
    return recorder.add  # type: ignore[no-any-return]


from app.watching import health, site  # noqa: E402, F401  # they register themselves
