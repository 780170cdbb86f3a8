"""What the board does for whoever is logged in: favourites, notifications, and mails about them."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.board import board, favourites, notification_mails, unread
from app.board.forms import FREQUENCIES, MailsForm
from app.board.models import MailFrequency, Notification
from app.board.pages import (
    find_names,
    get_message,
    paginate_messages,
    redirect_to_message,
    show_form,
)
from app.models import User
from app.web.access import login_required
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.paging import paginate
from app.web.tones import Tone
from app.web.visitors import get_current_user

board.add_app_template_global(unread.count_news, "count_news")


@board.app_template_global("frequency_of_mails")
def name_frequency(reader: User) -> str:
    """Return how often somebody gets mails, in words."""
    return str(FREQUENCIES[notification_mails.get_frequency(reader)])


@board.route("/favourites")
@login_required
def list_favourites() -> ResponseReturnValue:
    """List the messages that one keeps, the newest first."""
    page = paginate_messages(favourites.favourite_messages(get_current_user()))
    return render_template("board/favourites.html", page=page)


@board.route("/<id:message_id>/favourite", methods=["POST"])
@login_required
def add_favourite(message_id: int) -> ResponseReturnValue:
    """Keep a message."""
    favourites.add(get_current_user(), get_message(message_id))
    flash(gettext("Added to your favourites."), Tone.SUCCESS)
    return redirect_to_message(message_id)


@board.route("/<id:message_id>/favourite/remove", methods=["POST"])
@login_required
def remove_favourite(message_id: int) -> ResponseReturnValue:
    """Keep a message no more."""
    favourites.remove(get_current_user(), get_message(message_id))
    flash(gettext("Removed from your favourites."), Tone.SUCCESS)
    return redirect_to_message(message_id)


@board.route("/notifications")
@login_required
def notifications() -> ResponseReturnValue:
    """List what one was told, the newest first."""
    mine = unread.notifications_of(get_current_user())
    page = paginate(mine, Notification.id, newest_first=True, is_counted=False)
    find_names(notification.message.text for notification in page.rows)
    return render_template("board/notifications.html", page=page)


@board.route("/notifications/read", methods=["POST"])
@login_required
def read_notifications() -> ResponseReturnValue:
    """Mark all notifications as read."""
    unread.mark_all_read(get_current_user())
    flash(gettext("All notifications are marked as read."), Tone.SUCCESS)
    return redirect(url_for(".notifications"), 303)


@board.route("/settings", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def settings() -> ResponseReturnValue:
    """Choose how often one gets mails about notifications."""
    reader = get_current_user()
    form = MailsForm(frequency=notification_mails.get_frequency(reader))
    if form.validate_on_submit():
        notification_mails.set_frequency(reader, MailFrequency(form.frequency.data))
        flash(gettext("Saved."), Tone.SUCCESS)
        return redirect(url_for("auth.settings"), 303)
    return show_form(form, gettext("Emails about notifications"), "board/settings.html")
