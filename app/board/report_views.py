"""What users tell moderators: that a message should be hidden, or that theirs should not be."""

from flask import flash, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from app.board import appeals, board, reports
from app.board.limits import limit_reports
from app.board.moderation_forms import AppealForm, ReportForm
from app.board.pages import get_message, get_own_message, redirect_to_message, show_form
from app.web.access import login_required
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.tones import Tone
from app.web.visitors import get_current_user


@board.route("/<id:message_id>/report", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def report(message_id: int) -> ResponseReturnValue:
    """Ask the moderators to look at a message."""
    found, form, user = get_message(message_id), ReportForm(), get_current_user()
    if request.method == "GET":
        reports.check_report(user, found)
    try:
        if form.validate_on_submit():
            limit_reports(user)
            reports.report(user, found, form.reason.data or "")
            flash(gettext("Thank you. A moderator will look at the message."), Tone.SUCCESS)
            return redirect_to_message(message_id)
    except TooManyRequests as error:
        form.ask_to_wait(error)
    return show_form(form, gettext("Report message"), "board/ask_about_message.html", message=found)


@board.route("/<id:message_id>/appeal", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def appeal(message_id: int) -> ResponseReturnValue:
    """Answer the moderators who have hidden one's own message."""
    found, form, user = get_own_message(message_id), AppealForm(), get_current_user()
    if request.method == "GET":
        appeals.check_appeal(user, found)
    if form.validate_on_submit():
        appeals.appeal(user, found, form.reason.data or "")
        flash(gettext("Your appeal is with the moderators."), Tone.SUCCESS)
        return redirect_to_message(message_id)
    return show_form(form, gettext("Appeal"), "board/ask_about_message.html", message=found)
