"""A mailbox for developers: the newest mails, as their recipients would read them."""

from flask import Blueprint, Flask, abort, render_template
from flask.typing import ResponseReturnValue

from app.client import is_from_this_machine
from app.extensions import db
from app.mail.letters import body_of, title_of, write
from app.mail.status import MAIL_STATES, find_newest
from app.models import OutgoingMail
from app.web.access import everybody
from config_checks import is_development_server

MOST_MAILS = 50

mailbox = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")


def init_app(app: Flask) -> None:
    """Add the pages to a developer's site, and to no other. Say so if it could be another."""
    if app.config["CONFIGURATION"] != "development":
        return
    app.register_blueprint(mailbox)
    if not is_development_server():
        app.logger.warning(
            "This is the development configuration, which is for one machine alone: whoever reads "
            "its mailbox can enter every account. For a site set FLASK_CONFIG=production."
        )


@mailbox.before_request
def open_here_alone() -> None:
    """Answer 404 to other machines: the links in the mails open accounts."""
    if not is_from_this_machine():
        abort(404)


@mailbox.route("/")
@everybody
def index() -> ResponseReturnValue:
    """List the newest mails."""
    return render_template(
        "dev/mailbox.html", mails=find_newest(MOST_MAILS), states=MAIL_STATES, title_of=title_of
    )


@mailbox.route("/<id:mail_id>")
@everybody
def show(mail_id: int) -> ResponseReturnValue:
    """Show a mail, written anew."""
    mail = db.get_or_404(OutgoingMail, mail_id)
    letter = write(mail)
    return render_template("dev/mail.html", mail=mail, letter=letter, text=body_of(letter, "plain"))


@mailbox.route("/<id:mail_id>.html")
@everybody
def show_html(mail_id: int) -> ResponseReturnValue:
    """Show the HTML of a mail alone."""
    letter = write(db.get_or_404(OutgoingMail, mail_id))
    return body_of(letter, "html")
