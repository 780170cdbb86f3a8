"""Whether mails leave. None is sent."""

import smtplib
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from app.doctor.checks import Finding, check, fail, ok, warn
from app.doctor.database import IT_ANSWERS
from app.doctor.servers import is_local
from app.extensions import db, mail
from app.mail.status import get_status
from app.models import OutgoingMail
from app.smtp import format_reply

AT_ITS_NEWEST_REVISION = "F021"
LONGEST_DUE = timedelta(minutes=5)  # a worker looks every second


@check("F050", seconds=12)
def server_takes_us() -> Finding | None:
    """Connect to the mail server, encrypt and log in, as before each mail."""
    server, port = current_app.config["MAIL_SERVER"], current_app.config["MAIL_PORT"]
    if not server:
        if current_app.config["CONFIGURATION"] != "production":
            return None
        return warn("there is no MAIL_SERVER, so mails wait, and nobody can register", "set it")
    place = f"the mail server {server}:{port}"
    try:
        with mail.connect():
            return ok(f"{place} takes us")
    except smtplib.SMTPResponseException as error:
        answer = format_reply(error.smtp_code, error.smtp_error)
        return fail(f"{place} refuses: {answer}", "look at MAIL_USERNAME and MAIL_PASSWORD")
    except smtplib.SMTPNotSupportedError as error:
        to_do = "look at MAIL_PORT; set MAIL_USE_TLS=false only if the server is on this machine"
        return fail(f"{place} cannot be used: {str(error).rstrip('.')}", to_do)
    except OSError as error:
        to_do = "look at MAIL_SERVER, MAIL_PORT, MAIL_USE_TLS and MAIL_USE_SSL"
        return fail(f"{place} cannot be used: {error}", to_do)


@check("F051")
def way_to_server_is_encrypted() -> Finding | None:
    """Look whether links that open accounts could be read on their way."""
    config = current_app.config
    if not config["MAIL_SERVER"]:
        return None
    if config["MAIL_USE_TLS"] or config["MAIL_USE_SSL"] or is_local(config["MAIL_SERVER"]):
        return ok("mails are encrypted on their way to the mail server, or stay on this machine")
    seen = f"mails, and the links in them, go to {config['MAIL_SERVER']} without encryption"
    return fail(seen, "set MAIL_USE_TLS=true")


@check("F052", needs=[IT_ANSWERS, AT_ITS_NEWEST_REVISION])
def somebody_sends() -> Finding | None:
    """Look for a mail that was due long ago: of one in hand, that is when another may have it."""
    if not current_app.config["MAIL_SERVER"]:
        return None
    due = db.session.scalar(select(func.min(OutgoingMail.due)))
    late = datetime.now(UTC) - due if due else timedelta(0)
    if late > LONGEST_DUE:
        minutes = late.total_seconds() / 60
        seen = f"a mail has been due for {minutes:.0f} minutes, and nobody has tried to send it"
        return fail(seen, "start flask mail worker, or set MAIL_THREAD=true")
    return ok("no mail waits for a worker")


@check("F053", needs=[IT_ANSWERS, AT_ITS_NEWEST_REVISION])
def none_was_given_up() -> Finding:
    """Count the mails that will not be tried again."""
    if given_up := get_status().given_up:
        return warn(f"{given_up} mails were given up", "look at: flask mail list")
    return ok("no mail was given up")
