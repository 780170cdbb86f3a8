"""A mailbox for developers: the newest mails, as their recipients would read them."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.mail.figures import MAIL_STATES, newest
from app.mail.letters import body_of, write
from app.models import OutgoingMail
from app.web.access import everybody
from app.web.paging import LARGEST_ID

MOST_MAILS = 50

mailbox = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")


def init_app(app: Flask) -> None:
    """Add the pages to a developer's site, and to no other."""
    if app.config["CONFIGURATION"] == "development":
        app.register_blueprint(mailbox)


@mailbox.route("/")
@everybody
def index() -> ResponseReturnValue:
    """List the newest mails."""
    return render_template("dev/mailbox.html", mails=newest(MOST_MAILS), states=MAIL_STATES)


@mailbox.route(f"/<int(max={LARGEST_ID}):mail_id>")
@everybody
def show(mail_id: int) -> ResponseReturnValue:
    """Show a mail, written anew."""
    mail = db.get_or_404(OutgoingMail, mail_id)
    letter = write(mail)
    return render_template("dev/mail.html", mail=mail, letter=letter, text=body_of(letter, "plain"))


@mailbox.route(f"/<int(max={LARGEST_ID}):mail_id>.html")
@everybody
def show_html(mail_id: int) -> ResponseReturnValue:
    """Show the HTML of a mail alone."""
    letter = write(db.get_or_404(OutgoingMail, mail_id))
    return body_of(letter, "html")
