"""Mail: decided in the transaction that causes it, sent later by a worker.

`outbox.enqueue` decides, `Worker.run` sends, and `flask mail` is for operators. As in the book,
`mail.send(message)` sends a message of Flask-Mail's at once, to whoever waits for it:
this package has the methods of Flask-Mail's object.
"""

from flask import Flask

from app.extensions import mail as flask_mail
from app.mail import background, commands, log, mailbox, wake_up

__all__ = ["connect", "init_app", "record_messages", "send", "send_message"]

connect = flask_mail.connect
record_messages = flask_mail.record_messages
send = flask_mail.send
send_message = flask_mail.send_message


def init_app(app: Flask) -> None:
    """Give the application its connection to the mail server, its outbox and its commands."""
    flask_mail.init_app(app)
    wake_up.init_app(app)
    background.init_app(app)
    log.init_app(app)
    mailbox.init_app(app)
    app.cli.add_command(commands.mail)
