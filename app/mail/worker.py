"""The worker: sends what is due, for as long as it is wanted."""

import logging
import time
from threading import Event

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import retention
from app.database import describe_outage, is_transient_conflict
from app.extensions import db
from app.mail import gathering
from app.mail.delivery import ServerUnavailableError, deliver_due, redact_addresses

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1
LONGEST_BACK_OFF = 60  # seconds, after 1, 2, 4 ...
SECONDS_BETWEEN_CLEANINGS = 60 * 60
SECONDS_BETWEEN_GATHERINGS = 10


class Worker:
    """Sends mails, until another thread, or a signal's handler, calls `stop`."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.woken: Event = app.extensions["outbox_woken"]
        self.stopping = Event()
        self.failures = 0  # one after the other
        self.next_cleaning = self.next_gathering = 0.0  # by the monotonic clock

    def stop(self) -> None:
        """Let the mail in hand be the last one."""
        self.stopping.set()
        self.woken.set()

    def run(self) -> None:
        """Send what is due, now and whenever something is."""
        while not self.stopping.is_set():
            self.woken.clear()
            with self.app.app_context():
                self.clean()
                problem = self.send_due()
            if problem:
                pause = min(2 ** min(self.failures, 10), LONGEST_BACK_OFF)
                log.warning("No mail can be sent: %s. Trying again in %d s.", problem, pause)
                self.failures += 1
                self.stopping.wait(pause)
            else:
                if self.failures:
                    log.info("Mails can be sent again.")
                self.failures = 0
                self.woken.wait(SECONDS_BETWEEN_LOOKS)

    def send_due(self) -> str | None:
        """Send what is due now. Return what is wrong if that is not possible at all."""
        try:
            self.gather()
            deliver_due(self.stopping.is_set)
        except ServerUnavailableError as error:
            if error.results["sent"]:
                self.failures = 0
            return redact_addresses(str(error))
        except SQLAlchemyError as error:
            if is_transient_conflict(error):
                return None  # to another worker: this one looks again
            outage = describe_outage(error)
            if outage is None:
                log.exception("The database refuses.")
            return outage or "there is a bug in Flasky"
        except Exception:  # whatever it is, the other mails are not to suffer from it
            log.exception("Sending mails failed.")
            return "there is a bug in Flasky"
        finally:
            db.session.rollback()
        return None

    def gather(self) -> None:
        """Write the mails that rooms find due, once in a while."""
        if time.monotonic() >= self.next_gathering:
            # First, so that mails leave between one failure and the next.
            self.next_gathering = time.monotonic() + SECONDS_BETWEEN_GATHERINGS
            gathering.gather_all()

    def clean(self) -> None:
        """Delete what is old, once in a while."""
        if time.monotonic() < self.next_cleaning:
            return
        try:
            retention.delete_old()
        except Exception as error:  # the mails are not to suffer from it
            db.session.rollback()
            if not (
                is_transient_conflict(error) or describe_outage(error)
            ):  # of which `send_due` tells
                log.exception("What is old cannot be deleted.")
        self.next_cleaning = time.monotonic() + SECONDS_BETWEEN_CLEANINGS
