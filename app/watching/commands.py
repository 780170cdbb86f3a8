"""The command `flask metrics`."""

import signal
from importlib import import_module
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import click
from flask import current_app
from flask.cli import with_appcontext


class SilentHandler(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=9200,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port to listen on.",
)
@with_appcontext
def metrics(host: str, port: int) -> None:
    """Serve figures for Prometheus until stopped by Ctrl+C or SIGTERM.

    They are for whoever runs the site: let nobody else reach that address.
    """
    folder = current_app.config["METRICS_FOLDER"]
    if folder is None:
        raise click.ClickException("METRICS_FOLDER is not set; see docs/operating.md")
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    exporter = import_module("app.watching.exporter").make_exporter(app, folder)
    try:
        server = make_server(host, port, exporter, handler_class=SilentHandler)
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}") from None
    click.echo(f"The metrics are at http://{host}:{port}/metrics. Press Ctrl+C to stop.", err=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
    with server:  # whose handlers swallow what a signal raises while they answer
        server.serve_forever()
