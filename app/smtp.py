"""The connection to the mail server: with a time limit, and encrypted to who it is meant for.

Flask-Mail's own waits for ever for a server that says nothing, takes any certificate, and forgets
what the server answered.
"""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType

from flask import current_app
from flask_mail import Connection
from flask_mail import Mail as FlaskMail

SECONDS_TO_WAIT = 20  # for the server, at each step
# For its word that it has the mail, which it may check first (RFC 5321, section 4.5.3.2.6): a mail
# that was not waited for is sent again.
SECONDS_TO_CONFIRM = 120
MAIL_FOLLOWS = 354


class Mail(FlaskMail):
    """Flask-Mail, over our connection."""

    def connect(self) -> "CheckedConnection":
        """Return a connection, to be opened by `with`, to the server of this application.

        Opening it raises OSError if there is no server in time, ssl.SSLError if its certificate is
        not that of its name, and smtplib.SMTPException if it refuses.
        """
        return CheckedConnection(current_app.extensions["mail"])


class Client(smtplib.SMTP):
    """An SMTP client that keeps the server's last answer: its code and its text."""

    answer: tuple[int, bytes] = (0, b"")

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, and keep it."""
        if self.answer[0] == MAIL_FOLLOWS and self.sock:
            self.sock.settimeout(SECONDS_TO_CONFIRM)
        self.answer = super().getreply()
        if self.sock:
            self.sock.settimeout(SECONDS_TO_WAIT)
        return self.answer


class EncryptedClient(Client, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


class CheckedConnection(Connection):
    """Flask-Mail's connection, with a time limit and checked certificates."""

    host: Client | None

    def configure_host(self) -> Client:
        """Connect, encrypt and log in, as the settings say."""
        settings = self.mail
        server, port = str(settings.server), settings.port or 0
        host: Client
        if settings.use_ssl:
            context = ssl.create_default_context()
            host = EncryptedClient(server, port, timeout=SECONDS_TO_WAIT, context=context)
        else:
            host = Client(server, port, timeout=SECONDS_TO_WAIT)
        try:
            if settings.use_tls:
                host.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
            host.ehlo_or_helo_if_needed()
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Say goodbye. What a server makes of that changes nothing about mails that it has."""
        if self.host is not None:
            with contextlib.suppress(OSError):
                self.host.quit()
            self.host.close()

    @property
    def is_lost(self) -> bool:
        """Whether the server, or the wire to it, went away."""
        return self.host is not None and self.host.sock is None

    def send_letter(self, letter: EmailMessage) -> str:
        """Hand a letter to the server, and return how it confirmed that.

        Raises OSError if the server is gone or answers in no time, smtplib.SMTPException, which is
        an OSError too, if it refuses the letter, and ValueError for a letter to more than one.
        """
        assert self.host is not None  # noqa: S101  # or there is no server to ask
        [recipient] = letter["To"].addresses
        self.host.send_message(letter, to_addrs=[recipient.addr_spec])
        return format_reply(*self.host.answer)


def format_reply(code: int, text: bytes | str) -> str:
    """Return a server's answer as one line."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {words}".split())
