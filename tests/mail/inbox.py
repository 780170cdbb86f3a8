"""A real mail server on this machine, which answers as a test wants it to."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port


class Inbox:
    """Keeps what a mail server takes. `answers` says how it answers to a command, if not well."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.on_connection: Callable[[], None] = lambda: None
        self.on_data: Callable[[], None] = lambda: None
        self.port = free_port()

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        self.on_connection()
        session.host_name = name
        return [self.answers["EHLO"]] if "EHLO" in self.answers else answers

    async def handle_HELO(  # noqa: N802
        self, server: SMTP, session: Session, _envelope: Envelope, name: str
    ) -> str:
        session.host_name = name
        return self.answers.get("HELO", f"250 {server.hostname}")

    async def handle_MAIL(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.on_data()
        answer = self.answers.get("DATA", "250 2.0.0 taken")
        if answer == "hang up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        elif answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.envelopes.append(envelope)
        return answer

    @property
    def keys(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(mail["Message-ID"] for mail in self.mails)

    def wait_for(self, number: int, *, seconds: float = 60) -> None:
        """Return as soon as that many mails are there. Fail if they never are."""
        end = time.monotonic() + seconds
        while len(self.mails) < number:
            assert time.monotonic() < end, f"{len(self.mails)} of {number} mails came"
            time.sleep(0.02)

    @contextmanager
    def open(self, **options: Any) -> Iterator[None]:
        """Listen, for as long as the block runs."""
        options.setdefault("hostname", "127.0.0.1")
        options.setdefault("enable_SMTPUTF8", True)
        options.setdefault("ready_timeout", 60)  # not five, which a busy machine may take
        controller = Controller(self, port=self.port, **options)
        controller.start()
        try:
            yield
        finally:
            controller.stop()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return what a mail says."""
    part = mail.get_body([kind])
    assert part
    return str(part.get_content()).replace("\r\n", "\n").strip()
