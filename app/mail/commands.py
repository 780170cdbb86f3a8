"""The commands `flask mail ...`."""

import signal
import ssl
from collections.abc import Callable, Sequence
from threading import Event, Thread, current_thread, main_thread
from types import FrameType

import click
from flask import current_app

from app import retention
from app.commands import DatabaseGroup, echo_json, examples, json_option
from app.mail import gathering, letters, outbox
from app.mail.delivery import ServerUnavailableError, connect_to_server, deliver_due, describe_error
from app.mail.status import find_newest, get_status
from app.mail.worker import Worker
from app.models import OutgoingMail
from app.models.columns import LARGEST_INTEGER
from app.smtp import CheckedConnection

mail = DatabaseGroup("mail", help="Send, list and retry outgoing emails.")

NUMBER = click.IntRange(1, LARGEST_INTEGER)
RESULTS = ("sent", "put off", "failed")
HEADINGS = ("ID", "TO", "TEMPLATE", "STATUS", "TRIES", "WHEN (UTC)", "ERROR")


@mail.command()
def worker() -> None:
    """Send emails until stopped by Ctrl+C or SIGTERM.

    The email that is being sent is finished first; a second signal does not wait for it.
    """
    check_server()
    sender = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    stop_on_signal(sender.stop)
    click.echo("The mail worker is running. Press Ctrl+C to stop it.", err=True)
    sender.run()


@mail.command()
@json_option
def send(*, as_json: bool) -> None:
    """Send the emails that are due, then exit: for cron.

    Also deletes what `flask clean` deletes.
    """
    check_server()
    stopping = Event()
    stop_on_signal(stopping.set)
    problem = None
    gathering.gather_all()
    try:
        results = deliver_due(stopping.is_set)
    except ServerUnavailableError as error:
        results, problem = error.results, f"No email can be sent now: {error}. All emails wait."
    if as_json:
        echo_json({word.replace(" ", "_"): results[word] for word in RESULTS})
    elif results or not problem:
        click.echo(", ".join(f"{results[word]} {word}" for word in RESULTS))
    retention.delete_old()
    if problem:
        raise click.ClickException(problem)


def stop_on_signal(stop: Callable[[], None]) -> None:
    """Call a function, in a thread, when the process is told to end; told twice, it ends at once.

    In the handler itself it could wait for a lock that the interrupted thread holds.
    """
    if current_thread() is not main_thread():
        return  # nobody sends it signals

    def start(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        Thread(target=stop).start()

    signal.signal(signal.SIGTERM, start)
    signal.signal(signal.SIGINT, start)


@mail.command("list")
@click.option("--all", "everything", is_flag=True, help="Include emails that were sent.")
@click.option("--limit", type=NUMBER, default=50, show_default=True, help="How many, newest first.")
@json_option
def list_mails(*, everything: bool, limit: int, as_json: bool) -> None:
    """List the emails that are waiting or failed."""
    mails = find_newest(limit, unsent_only=not everything)
    if as_json:
        echo_json(get_status()._asdict() | {"emails": [represent(mail) for mail in mails]})
        return
    if mails:
        click.echo(format_table([HEADINGS, *(make_row(mail) for mail in mails)]))
    numbers = get_status()
    notices = f" ({numbers.notices} of them notices)" if numbers.notices else ""
    click.echo(f"{numbers.waiting} waiting{notices}, {numbers.given_up} failed")


@mail.command(epilog=examples("flask mail retry 7 9", "flask mail retry --failed"))
@click.argument(
    "ids", metavar="ID...", nargs=-1, type=NUMBER, help="As `flask mail list` shows them."
)
@click.option("--failed", is_flag=True, help="Retry all failed emails.")
def retry(ids: tuple[int, ...], *, failed: bool) -> None:
    """Retry failed emails. Their tries are counted from the start."""
    if bool(ids) == failed:
        raise click.UsageError(
            "Give the IDs of emails, which `flask mail list` shows, or --failed."
        )
    count = outbox.retry(None if failed else ids)
    click.echo(f"Retrying {count} {'email' if count == 1 else 'emails'}")
    if count < len({*ids}):
        which = "the others" if count else "any"
        raise click.ClickException(
            f"Cannot retry {which}: already sent, never tried, being sent now, or unknown."
        )


@mail.command(epilog=examples("flask mail test susan@example.com"))
@click.argument("address", help="Where to.")
def test(address: str) -> None:
    """Send a test email to ADDRESS, and show the server's answer."""
    if not current_app.config["MAIL_SERVER"]:
        raise click.ClickException("MAIL_SERVER is not set; see docs/configuration.md")
    try:
        letter = letters.compose(address, "Test", "This is a test: email from Flasky arrives.\n")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from None
    try:
        with connect_to_server() as connection:
            click.echo(f"Connected to {describe_connection(connection)}")
            click.echo(f"The server answered: {connection.send_letter(letter)}")
    except ServerUnavailableError as error:
        raise click.ClickException(f"The mail server cannot be used: {error}") from None
    except OSError as error:
        raise click.ClickException(
            f"The mail server rejected it: {describe_error(error)}"
        ) from None


def check_server() -> None:
    """Stop where mails would only be written to a log that nobody reads."""
    settings = current_app.config
    if not settings["MAIL_SERVER"] and settings["CONFIGURATION"] == "production":
        raise click.ClickException(
            "MAIL_SERVER is not set, so emails wait and none is sent. See docs/configuration.md"
        )


def represent(mail: OutgoingMail) -> dict[str, object]:
    """Return what programs are told of an email: not what it says."""
    return {
        "id": mail.id,
        "to": mail.recipient,
        "template": mail.template.removeprefix("mail/"),
        "status": mail.state,
        "tries": mail.tries,
        "created_at": mail.created_at,
        "due_at": mail.due,
        "sent_at": mail.sent_at,
        "error": mail.error,
    }


def make_row(mail: OutgoingMail) -> tuple[str, ...]:
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


def format_table(lines: Sequence[Sequence[str]]) -> str:
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
