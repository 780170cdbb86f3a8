"""The connection to the mail server: with a time limit, and encrypted to who it is meant for.

Flask-Mail's own waits for ever for a server that says nothing, and takes any certificate.
"""

import smtplib
import ssl

from flask import current_app
from flask_mail import Connection
from flask_mail import Mail as FlaskMail

SECONDS_TO_WAIT = 20  # for the server, at each step


class Mail(FlaskMail):
    """Flask-Mail, over our connection."""

    def connect(self) -> Connection:
        """Open a connection to the server of this application's settings.

        Raises OSError if there is none in time, ssl.SSLError if its certificate is not that of its
        name, and smtplib.SMTPException if it refuses.
        """
        return CheckedConnection(current_app.extensions["mail"])


class CheckedConnection(Connection):
    """Flask-Mail's connection, with a time limit and checked certificates."""

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Connect, encrypt and log in, as the settings say."""
        settings = self.mail
        context = ssl.create_default_context()
        server = str(settings.server)
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if settings.use_ssl:
            host = smtplib.SMTP_SSL(
                server, settings.port or 0, timeout=SECONDS_TO_WAIT, context=context
            )
        else:
            host = smtplib.SMTP(server, settings.port or 0, timeout=SECONDS_TO_WAIT)
        try:
            if settings.use_tls:
                host.starttls(context=context)
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
        except BaseException:
            host.close()
            raise
        return host
