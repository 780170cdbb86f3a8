"""Sending what is due, one mail after the other, over one connection."""

import logging
import re
import smtplib
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage

from flask import current_app

from app.database import describe_outage, is_transient_conflict
from app.extensions import db
from app.extensions import mail as flask_mail
from app.mail import letters, notices, outbox, refusals
from app.mail.log import write_to_log
from app.mail.refusals import is_about_address
from app.models import OutgoingMail, RefusedAddress
from app.smtp import CheckedConnection, format_reply

log = logging.getLogger(__name__)

# Replies as RFC 4954 and RFC 5321 have them.
GOODBYE = 421
LOGIN_NEEDED = {530, 534, 535, 538}
TOO_LARGE = 552
PERMANENT = 500  # and above

MAIL_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
MOST_IN_ONE_BATCH = 100  # mails; then it may be time to gather notices


class ServerUnavailableError(Exception):
    """The mail server cannot be reached, or will not have Flasky. As a text: why.

    `results` are those of the mails before.
    """

    def __init__(self, reason: str, results: Counter[str] | None = None) -> None:
        super().__init__(reason)
        self.results: Counter[str] = results or Counter()


def deliver_due(is_stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send every mail that is due, and return how many were sent, put off and failed.

    Raises ServerUnavailableError if there is no server, or none any more. No try of a mail counts
    for that.
    """
    results: Counter[str] = Counter()
    while not is_stopping():
        notices.mail_waiting()
        is_anything_due = outbox.is_anything_due()
        db.session.rollback()  # no transaction is open while a server is talked to
        if not is_anything_due:
            break
        try:
            batch = deliver_batch(is_stopping)
        except ServerUnavailableError as error:
            results += error.results
            if not error.results["sent"]:  # or it only wants another connection after some mails
                error.results = results
                raise
        else:
            results += batch
            if not batch:  # somebody else has what is due
                break
    return results


def deliver_batch(is_stopping: Callable[[], bool]) -> Counter[str]:
    """Send some of the mails that are due, over one connection."""
    results: Counter[str] = Counter()
    with connect_to_server() as connection:
        while results.total() < MOST_IN_ONE_BATCH and not connection.is_lost and not is_stopping():
            if (claim := outbox.claim()) is None:
                break
            try:
                results[deliver(claim, connection)] += 1
            except ServerUnavailableError as error:
                error.results = results
                raise
        if connection.is_lost:
            reason = "the connection was lost in the middle of an email"
            raise ServerUnavailableError(reason, results)
    return results


@contextmanager
def connect_to_server() -> Iterator[CheckedConnection]:
    """Connect to the mail server. Raise ServerUnavailableError, which tells why, if that fails."""
    config = current_app.config
    if not config["MAIL_SERVER"] and config["CONFIGURATION"] == "production":
        raise ServerUnavailableError("MAIL_SERVER is not set")
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(flask_mail.connect())
        except OSError as error:  # smtplib's errors among them
            raise ServerUnavailableError(describe_error(error)) from error
        except UnicodeError:  # which repeats the password
            reason = "MAIL_USERNAME and MAIL_PASSWORD have to be ASCII"
            raise ServerUnavailableError(reason) from None
        yield connection


def deliver(claim: outbox.Claim, connection: CheckedConnection) -> str:
    """Send a mail, note what became of it, and return that in a word.

    Raises ServerUnavailableError if the server will not have Flasky: then it is as if never tried.
    """
    name = f"{claim.id}"
    try:
        mail = db.session.get_one(OutgoingMail, claim.id)
        name = f"{claim.id} ({mail.template})"
        if refused := refusals.find(mail.recipient):
            return _leave_out(claim, name, refused)
        recipient, letter = mail.recipient, letters.write(mail)
    except Exception as error:
        db.session.rollback()
        if is_transient_conflict(error) or describe_outage(
            error
        ):  # all mails wait for the database, not this one alone
            outbox.put_back(claim, "The database did not answer.")
            raise
        log.exception("Mail %s cannot be written.", name)
        return _put_off(claim, name, f"{type(error).__name__}: {error}")
    db.session.rollback()
    try:
        answer = send_or_log(letter, connection)
    except OSError as error:
        reason, code = describe_error(error), get_reply_code(error)
        is_login_needed = isinstance(error, smtplib.SMTPSenderRefused) and code in LOGIN_NEEDED
        if is_login_needed or code == GOODBYE:
            outbox.put_back(claim, reason)
            raise ServerUnavailableError(reason) from error
        if is_permanent(error):
            outbox.give_up(claim, reason)
            if isinstance(error, smtplib.SMTPRecipientsRefused) and is_about_address(code, reason):
                refusals.remember(recipient, outbox.shorten(reason))
            log.warning("Mail %s failed for good (%s).", name, code)
            return "failed"
        return _put_off(claim, name, reason)
    except ValueError as error:  # a letter that cannot be put into bytes
        log.exception("Mail %s cannot be sent.", name)
        return _put_off(claim, name, f"{type(error).__name__}: {error}")
    outbox.record_sent(claim)
    log.info("Mail %s is sent: %s", name, redact_addresses(answer))
    return "sent"


def _leave_out(claim: outbox.Claim, name: str, refused: RefusedAddress) -> str:
    """Note that a mail is not tried, as its address was refused for good not long ago."""
    when = f"{refused.refused_at:%Y-%m-%d}"
    reason = f"Not sent: this address was refused on {when}. Retry it to send it anyway."
    outbox.give_up(claim, f"{reason} ({refused.answer})")
    log.warning("Mail %s is not sent: its address was refused on %s.", name, when)
    return "failed"


def send_or_log(letter: EmailMessage, connection: CheckedConnection) -> str:
    """Hand a letter over, and return the confirmation."""
    if connection.host is None:
        write_to_log(letter)
        return "written to the log"
    return connection.send_letter(letter)


def _put_off(claim: outbox.Claim, name: str, reason: str) -> str:
    """Note that a mail is to be tried again, or that this was the last time."""
    again = outbox.try_again(claim, reason)
    verdict = "put off" if again else "failed"
    log.warning("Mail %s: %s after try %d; `flask mail list` says why.", name, verdict, claim.tries)
    return verdict


def is_permanent(error: OSError) -> bool:
    """Return whether the server will refuse this mail, but not every other, for ever.

    A sender that it refuses is the same in all mails: somebody will mend the settings.
    """
    code = get_reply_code(error) or 0
    if isinstance(error, smtplib.SMTPSenderRefused):
        return code == TOO_LARGE
    if isinstance(error, smtplib.SMTPNotSupportedError):  # an address that it cannot write
        return True
    return code >= PERMANENT


def get_reply_code(error: OSError) -> int | None:
    """Return the number of the server's reply, or None if there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(code for code, _ in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


def redact_addresses(text: str) -> str:
    """Return what a server says without the people in it, for the log."""
    return MAIL_ADDRESS.sub("<address>", text)


def describe_error(error: OSError) -> str:
    """Return what went wrong, in one line: the server's own words if it has said any."""
    config = current_app.config
    server = f"{config['MAIL_SERVER']}:{config['MAIL_PORT']}"
    if isinstance(error.__context__, TimeoutError):  # as smtplib wraps it
        error = error.__context__
    match error:
        case smtplib.SMTPRecipientsRefused():
            return next(format_reply(*reply) for reply in error.recipients.values())
        case smtplib.SMTPResponseException() if error.smtp_code < 0:
            return f"what answers at {server} is no mail server"
        case smtplib.SMTPResponseException():
            return format_reply(error.smtp_code, error.smtp_error)
        case ssl.SSLCertVerificationError():
            return f"the certificate of {server} is not valid: {error.verify_message}"
        case TimeoutError():
            return f"{server} did not answer in time"
        case _:
            return f"{server}: {error.strerror or error}"
