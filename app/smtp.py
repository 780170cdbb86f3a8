"""The connection to the mail server: with a time limit, and encrypted to who it is meant for.

Flask-Mail's own waits for ever for a server that says nothing, takes any certificate, and forgets
what the server answered.
"""

import contextlib
import smtplib
import socket
import ssl
import time
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from flask import current_app
from flask_mail import Connection
from flask_mail import Mail as FlaskMail

SECONDS_TO_WAIT = 20  # for the server, at each step
# For its word that it has the mail, which it may check first (RFC 5321, section 4.5.3.2.6): a mail
# that was not waited for is sent again.
SECONDS_TO_CONFIRM = 120
MAIL_FOLLOWS = 354
# For all of a connection's beginning, and for all of a mail: a server may say something all the
# time, and never come to an end. A mail's is shorter than its lease.
SECONDS_TO_CONNECT = 60
SECONDS_TO_SEND = 240
LONGEST_REPLY = 64 * 1024  # bytes


class Mail(FlaskMail):
    """Flask-Mail, over our connection."""

    def connect(self) -> "CheckedConnection":
        """Return a connection, to be opened by `with`, to the server of this application.

        Opening it raises OSError if there is no server in time, ssl.SSLError if its certificate is
        not that of its name, and smtplib.SMTPException if it refuses.
        """
        return CheckedConnection(current_app.extensions["mail"])


class Client(smtplib.SMTP):
    """An SMTP client that waits for its server for a while, and keeps its last answer."""

    answer: tuple[int, bytes] = (0, b"")  # code and text

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        self.allow(SECONDS_TO_CONNECT)
        super().__init__(*arguments, **options)

    def allow(self, seconds: float) -> None:
        """Let the server have that much time for all that it says from now on."""
        self.end = time.monotonic() + seconds

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, and keep it."""
        is_mail_given = self.answer[0] == MAIL_FOLLOWS
        seconds = SECONDS_TO_CONFIRM if is_mail_given else SECONDS_TO_WAIT
        if self.sock:
            rest = b"" if self.file is None else self.file.rest
            self.file = Reply(self.sock, seconds, self.end, rest)
        self.answer = super().getreply()
        if self.sock:
            self.sock.settimeout(SECONDS_TO_WAIT)
        return self.answer


class Reply:
    """What a server answers, line by line, until the time is over: however slowly it drips."""

    def __init__(self, sock: socket.socket, seconds: float, end: float, rest: bytes) -> None:
        self.sock = sock
        self.seconds = seconds  # to wait for each part of it
        self.end = end  # of all, by the monotonic clock
        self.rest = rest  # what has come, and was not read yet
        self.room = LONGEST_REPLY

    def readline(self, longest: int) -> bytes:
        """Return the next line. Raises TimeoutError, and OSError if there is no end of lines."""
        while b"\n" not in self.rest and len(self.rest) < longest:
            left = self.end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(min(self.seconds, left))
            if not (got := self.sock.recv(4096)):
                break
            self.rest += got
        length = min((self.rest.find(b"\n") + 1) or len(self.rest), longest)
        line, self.rest = self.rest[:length], self.rest[length:]
        self.room -= length
        if self.room < 0:
            raise OSError("its answer has no end")
        return line

    def close(self) -> None:
        """Do nothing: the connection is the client's to close."""


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
        self.host.allow(SECONDS_TO_SEND)
        self.host.send_message(letter, to_addrs=[recipient.addr_spec])
        return format_reply(*self.host.answer)


def format_reply(code: int, text: bytes | str) -> str:
    """Return a server's answer as one line."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {words}".split())
