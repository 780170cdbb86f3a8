"""The commands `flask mail ...`."""

import json
import signal
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

import click
from flask import current_app

from app import retention
from app.commands import DatabaseGroup
from app.mail import letters, outbox
from app.mail.delivery import ServerUnavailableError, connected, deliver_due, explain
from app.mail.figures import figures, newest
from app.mail.worker import Worker
from app.models import OutgoingMail
from app.smtp import CheckedConnection

mail = DatabaseGroup("mail", help="Send, list and retry the mails of the outbox.")

NUMBER = click.IntRange(1, 2**31 - 1)
HEADINGS = ("ID", "TO", "MAIL", "STATE", "TRIES", "WHEN (UTC)", "WHY")


@mail.command()
def worker() -> None:
    """Send mails until told to stop, by Ctrl+C or SIGTERM, which let it finish the one in hand."""
    check_server()
    sender = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    on_signal(sender.stop)
    click.echo("The mail worker is running - Ctrl+C stops it.", err=True)
    sender.run()


@mail.command()
def send() -> None:
    """Send what is due now, and end: for cron."""
    check_server()
    stopping = Event()
    on_signal(stopping.set)
    problem = None
    try:
        results = deliver_due(stopping.is_set)
    except ServerUnavailableError as error:
        results, problem = error.results, f"No mail can be sent now: {error}. The mails wait."
    if results or not problem:
        echo_results(results)
    retention.delete_old()
    if problem:
        raise click.ClickException(problem)


def echo_results(results: Counter[str]) -> None:
    """Print what became of the mails."""
    click.echo(", ".join(f"{results[word]} {word}" for word in ("sent", "put off", "given up")))


def on_signal(stop: Callable[[], None]) -> None:
    """Call a function, in a thread, when the process is told to end.

    In the handler itself it could wait for a lock that the interrupted thread holds.
    """
    if current_thread() is not main_thread():
        return  # nobody sends it signals

    def start(_number: int, _frame: FrameType | None) -> None:
        Thread(target=stop).start()

    signal.signal(signal.SIGTERM, start)
    signal.signal(signal.SIGINT, start)


@mail.command("list")
@click.option("--all", "everything", is_flag=True, help="List those that were sent as well.")
@click.option("--limit", type=NUMBER, default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures alone, as JSON.")
def list_mails(*, everything: bool, limit: int, as_json: bool) -> None:
    """List the mails that wait, and those that were given up."""
    if as_json:
        click.echo(json.dumps(figures()._asdict()))
        return
    mails = newest(limit, unsent_only=not everything)
    if mails:
        click.echo(table([HEADINGS, *(describe(mail) for mail in mails)]))
    numbers = figures()
    notices = f" ({numbers.notices} of them to be gathered)" if numbers.notices else ""
    click.echo(f"{numbers.waiting} waiting{notices}, {numbers.given_up} given up")


@mail.command()
@click.argument("ids", metavar="ID...", nargs=-1, type=NUMBER)
@click.option("--failed", is_flag=True, help="Retry all that were given up.")
def retry(ids: tuple[int, ...], *, failed: bool) -> None:
    """Make mails that could not be sent due again, as if they had never been tried."""
    if bool(ids) == failed:
        raise click.UsageError(
            "Write the numbers of mails, or --failed; `flask mail list` has them."
        )
    count = outbox.retry(None if failed else ids)
    click.echo(f"{count} {'mail is' if count == 1 else 'mails are'} due again")
    if count < len({*ids}):
        which = "The others" if count else "None can be: they"
        raise click.ClickException(
            f"{which} were sent, were never tried, are in a worker's hands, or do not exist."
        )


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send a mail to ADDRESS, now, and tell what the server answers."""
    if not current_app.config["MAIL_SERVER"]:
        raise click.ClickException("MAIL_SERVER is not set; see docs/configuration.md")
    try:
        letter = letters.compose(address, "Test", "This is a test: mails from Flasky arrive.\n")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from None
    try:
        with connected() as connection:
            click.echo(f"Connected to {describe_connection(connection)}")
            click.echo(f"The server answered: {connection.carry(letter)}")
    except ServerUnavailableError as error:
        raise click.ClickException(f"The server cannot be used: {error}") from None
    except OSError as error:
        raise click.ClickException(f"The server refused the mail: {explain(error)}") from None


def check_server() -> None:
    """Stop where mails would only be written to a log that nobody reads."""
    settings = current_app.config
    if not settings["MAIL_SERVER"] and settings["CONFIGURATION"] == "production":
        raise click.ClickException(
            "MAIL_SERVER is not set, so no mail can be sent; all of them wait. "
            "See docs/configuration.md"
        )


def describe(mail: OutgoingMail) -> tuple[str, ...]:
    """Return a mail as a line of the table. `WHEN` is the next try, or when it was sent."""
    when = mail.due or mail.sent_at
    return (
        str(mail.id),
        mail.recipient,
        mail.template.removeprefix("mail/"),
        mail.state,
        str(mail.tries),
        f"{when:%Y-%m-%d %H:%M:%S}" if when else "",
        mail.error or "",
    )


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines as a table whose columns are as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def describe_connection(connection: CheckedConnection) -> str:
    """Return which server it is, and how the connection is encrypted."""
    settings = current_app.config
    sock = connection.host.sock if connection.host else None
    how = sock.version() if isinstance(sock, ssl.SSLSocket) else "not encrypted"
    return f"{settings['MAIL_SERVER']}:{settings['MAIL_PORT']} ({how})"
