"""A mail server on loopback that counts, and the worker that the benches let send to it."""

import asyncio
import random
import time
from collections import Counter
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

SECONDS_FOR_A_MAIL = 0.003
REFUSED = "refused"  # the recipients whom a rough server refuses for good

# The command, with a lease and pauses that a benchmark can wait for.
WORKER = """
from datetime import timedelta
from app.mail import outbox
outbox.LEASE = timedelta(seconds=5)
outbox.FIRST_PAUSE = timedelta(seconds=0.5)
from flasky import app
app.cli(["mail", "worker"])
"""


class Sink:
    """A mail server on loopback that counts."""

    def __init__(self, *, rough: bool = False) -> None:
        self.keys: Counter[str] = Counter()
        self.names: list[str] = []
        self.recipients: set[str] = set()
        self.port = free_port()
        self.rough = rough
        self.came_at: list[float] = []  # by the monotonic clock
        self.start()

    def start(self) -> None:
        """Listen."""
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        """Refuse connections."""
        self.controller.stop()

    def pause(self, seconds: float) -> None:
        """Be down for a while."""
        self.stop()
        time.sleep(seconds)
        self.start()

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take a recipient, or not."""
        if self.rough and address.startswith(REFUSED):
            return "550 no such user"
        if self.rough and random.random() < 0.2:  # noqa: PLR2004, S311
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Count a mail, and the names in it."""
        await asyncio.sleep(SECONDS_FOR_A_MAIL)
        assert isinstance(envelope.content, bytes)  # noqa: S101
        mail = message_from_bytes(envelope.content)
        self.keys[mail["Message-ID"]] += 1
        self.recipients.update(envelope.rcpt_tos)
        self.came_at.append(time.monotonic())
        text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
        self.names.extend(line[2:] for line in text.splitlines() if line.startswith("- "))
        return "250 OK"
