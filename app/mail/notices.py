"""What the administrator is told: gathered, so that a flood of events is no flood of mails.

Whoever has something to tell writes a row, for which nobody waits. The worker gathers the rows on a
topic into one mail, once the last mail on that topic is done with, and old enough.
"""

import json
import logging
import uuid
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.database import rows_matched
from app.extensions import db
from app.mail.outbox import enqueue
from app.models import Notice, OutgoingMail
from app.models.outgoing_mail import LONGEST_TOPIC

# The others are told in the next mail: many servers take ten megabytes.
MOST_IN_ONE_MAIL = 10_000
MOST_BYTES = 5_000_000
BYTES_OF_A_NOTICE = 150  # of markup and headers; and its parameters stand there about three times

log = logging.getLogger(__name__)


class Topic(NamedTuple):
    """Something to tell of: its mail, and the setting with the seconds between two of them."""

    template: str
    interval: str


_topics: dict[str, Topic] = {}


def register_topic(template: str, *, interval: str) -> Topic:
    """Let notices be gathered into the mail of that template, which has them as `mail.notices`."""
    topic = _topics[template] = Topic(template, interval)
    return topic


def tell_admin(topic: Topic, detail: str = "", **parameters: Any) -> None:  # noqa: ANN401
    """Add to the current transaction what FLASKY_ADMIN, if there is one, is to be told.

    Each `detail` of a topic has mails of its own.
    """
    if current_app.config["FLASKY_ADMIN"]:
        db.session.add(Notice(topic=_make_topic_key(topic, detail), parameters=parameters))


def count_waiting(topic: Topic, detail: str = "") -> int:
    """Return how many notices wait for the next mail on a topic."""
    waiting = select(func.count()).where(Notice.mail_id.is_(None))
    return db.session.scalar(waiting.where(Notice.topic == _make_topic_key(topic, detail))) or 0


def mail_waiting() -> None:
    """Write a mail on each topic on which there is something to tell, if it is time for one."""
    if current_app.config["FLASKY_ADMIN"]:
        waiting = select(Notice.topic).where(Notice.mail_id.is_(None)).distinct()
        for topic in db.session.scalars(waiting).all():
            try:
                _mail_topic(topic)
            except SQLAlchemyError:
                raise
            except Exception:  # the mails to all others are not to suffer from one topic
                log.exception("The notices on %r cannot be gathered.", topic)
            finally:
                db.session.rollback()
        db.session.rollback()


def _make_topic_key(topic: Topic, detail: str) -> str:
    return f"{topic.template} {detail}".strip()[:LONGEST_TOPIC]


def _mail_topic(topic_key: str) -> None:
    """Write the mail, and commit it, unless it is too early or another worker writes it."""
    topic = _topics[topic_key.partition(" ")[0]]
    last = _last_mail(topic_key)
    if last and not _is_over(last, current_app.config[topic.interval]):
        return
    # Each mail has its key from the one before: of two workers that both write the next one,
    # the database refuses one.
    after = last.key if last else ""
    try:
        mail = enqueue(
            current_app.config["FLASKY_ADMIN"],
            topic.template,
            locale=current_app.config["BABEL_DEFAULT_LOCALE"],
        )
        mail.key = uuid.uuid5(uuid.NAMESPACE_OID, f"{topic_key} {after}").hex
        db.session.flush()
    except IntegrityError:
        return
    waiting = (Notice.topic == topic_key) & Notice.mail_id.is_(None)
    gathered = update(Notice).where(waiting, Notice.id <= _last_that_fits(waiting))
    gathered = gathered.values(mail_id=mail.id)
    result = db.session.execute(gathered, execution_options={"synchronize_session": False})
    if rows_matched(result):  # or another worker has gathered them
        db.session.commit()


def _last_that_fits(waiting: ColumnElement[bool]) -> int:
    """Return the number of the last notice that has room in the mail, or 0 if there is none."""
    last, size = 0, 0
    oldest = select(Notice.id, Notice.parameters).where(waiting).order_by(Notice.id)
    for number, parameters in db.session.execute(oldest.limit(MOST_IN_ONE_MAIL)):
        size += BYTES_OF_A_NOTICE + 3 * len(json.dumps(parameters))
        if last and size > MOST_BYTES:
            break
        last = number
    return last


def _last_mail(topic_key: str) -> OutgoingMail | None:
    """Return the newest mail that a topic was gathered into."""
    gathered = select(func.max(Notice.mail_id)).where(Notice.topic == topic_key)
    newest = db.session.scalar(gathered)
    return None if newest is None else db.session.get(OutgoingMail, newest)


def _is_over(mail: OutgoingMail, interval: int) -> bool:
    """Return whether a mail is done with, and so many seconds have passed since."""
    done_at = mail.sent_at or mail.created_at
    return mail.due is None and (datetime.now(UTC) - done_at).total_seconds() >= interval
