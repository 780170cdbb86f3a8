"""What Prometheus is told when it asks: the sums of all processes, and how the site is."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.mail.status import get_seconds_overdue, get_status
from app.models import OutgoingMail


def make_exporter(app: Flask, folder: Path) -> WSGIApplication:
    """Return an application that answers with all figures, each time as they are then."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    registry.register(SiteCollector(app))
    return make_wsgi_app(registry)


class SiteCollector(Collector):
    """Reads from the database what no process has to count."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def collect(self) -> Iterable[Metric]:
        """Return whether the database answers, and what the outbox holds."""
        with self.app.app_context():
            try:
                figures = read_figures()
            except SQLAlchemyError:
                figures = {}
        yield GaugeMetricFamily(
            "flasky_database_up", "Whether the database answers.", float(bool(figures))
        )
        for name, (meaning, value) in figures.items():
            yield GaugeMetricFamily(f"flasky_mails_{name}", meaning, value)


def read_figures() -> dict[str, tuple[str, int]]:
    """Return what there is to know of mails, whichever process sends them."""
    status = get_status()
    sent = select(func.count()).where(OutgoingMail.sent_at > datetime.now(UTC) - timedelta(hours=1))
    return {
        "waiting": ("Mails and notices that wait.", status.waiting),
        "given_up": ("Mails that were given up.", status.given_up),
        "sent_last_hour": ("Mails sent within an hour.", db.session.scalar(sent) or 0),
        "overdue_seconds": ("How long a mail is due that nobody takes.", get_seconds_overdue()),
    }
