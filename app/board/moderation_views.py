"""What moderators see and decide, and the log of it, which everybody may read."""

from typing import Literal

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.board import board, messages, moderation
from app.board.appeals import find_outcome
from app.board.models import ModerationAction, ModerationEvent
from app.board.moderation import DecidedError
from app.board.moderation_forms import DismissForm, HideForm, RejectForm
from app.board.moderation_queue import (
    MOST_COUNTED,
    Case,
    count_waiting,
    find_case,
    make_cases,
    waiting_messages,
)
from app.board.pages import get_message, paginate_messages, redirect_to_message, show_form
from app.models import Permission
from app.web.access import everybody, permission_required
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext, translate_error
from app.web.languages import lazy_gettext as _
from app.web.paging import paginate
from app.web.tones import Tone
from app.web.visitors import get_current_user

ACTION_NAMES = {
    ModerationAction.HIDDEN: _("hidden"),
    ModerationAction.SHOWN: _("shown again"),
    ModerationAction.REPORTS_DISMISSED: _("reports dismissed"),
    ModerationAction.APPEAL_REJECTED: _("appeal rejected"),
}


@board.route("/moderation")
@everybody
def moderation_log() -> ResponseReturnValue:
    """List what moderators decided, the newest first: not what was written, nor by whom."""
    page = paginate(
        moderation.logged_events(), ModerationEvent.id, newest_first=True, is_counted=False
    )
    return render_template("board/moderation_log.html", page=page, action_names=ACTION_NAMES)


@board.route("/hidden")
@permission_required(Permission.MODERATE)
def hidden() -> ResponseReturnValue:
    """List what is hidden, the newest first."""
    page = paginate_messages(messages.hidden_messages())
    return render_template("board/hidden.html", page=page)


@board.route("/reports")
@permission_required(Permission.MODERATE)
def reports() -> ResponseReturnValue:
    """List what waits for a decision, the oldest message first."""
    page = paginate_messages(waiting_messages(get_current_user()), newest_first=False)
    return render_template("board/reports.html", page=page, cases=make_cases(page.rows))


@board.route("/<id:message_id>/hide", methods=["GET", "POST"])
@permission_required(Permission.MODERATE)
@csrf_checked_by_form
def hide(message_id: int) -> ResponseReturnValue:
    """Hide a message, and tell its author why."""
    found, form = get_message(message_id), HideForm()
    moderation.check_moderate(get_current_user(), found)
    if form.validate_on_submit():
        moderation.hide(found, form.reason.data or "", get_current_user())
        flash(gettext("The message is hidden."), Tone.SUCCESS)
        return redirect_to_message(message_id)
    return show_form(form, gettext("Hide message"), "board/ask_about_message.html", message=found)


@board.route("/<id:message_id>/show", methods=["POST"])
@permission_required(Permission.MODERATE)
def show(message_id: int) -> ResponseReturnValue:
    """Let everybody see a hidden message again."""
    moderation.show(get_message(message_id), get_current_user())
    flash(gettext("Everyone can see the message again."), Tone.SUCCESS)
    return redirect_to_message(message_id)


@board.route("/<id:message_id>/dismiss", methods=["GET", "POST"])
@permission_required(Permission.MODERATE)
def dismiss(message_id: int) -> ResponseReturnValue:
    """Let a message be as it is, whoever reported it."""
    case, form = _get_case(message_id, "reports"), DismissForm()
    if form.validate_on_submit():
        moderation.dismiss_reports(case.message, form.reason.data or "", get_current_user())
        return _redirect_to_reports(gettext("The reports are dismissed."), Tone.SUCCESS)
    return show_form(form, gettext("Dismiss reports"), "board/ask_about_case.html", case=case)


@board.route("/<id:message_id>/reject", methods=["GET", "POST"])
@permission_required(Permission.MODERATE)
def reject(message_id: int) -> ResponseReturnValue:
    """Let a message stay hidden, whatever its author answered."""
    case, form = _get_case(message_id, "appeal"), RejectForm()
    if form.validate_on_submit():
        moderation.reject_appeal(case.message, form.reason.data or "", get_current_user())
        return _redirect_to_reports(gettext("The appeal is rejected."), Tone.SUCCESS)
    return show_form(form, gettext("Reject appeal"), "board/ask_about_case.html", case=case)


@board.errorhandler(DecidedError)
def show_decision(error: DecidedError) -> ResponseReturnValue:
    """Lead back to what else waits."""
    return _redirect_to_reports(translate_error(error), Tone.ERROR)


def _get_case(message_id: int, what: Literal["reports", "appeal"]) -> Case:
    """Return what waits about a message for whoever is logged in, or raise DecidedError."""
    case = find_case(message_id, get_current_user())
    if case is None or not getattr(case, what):
        raise DecidedError("There is nothing left to decide about this message.")
    return case


def _redirect_to_reports(notice: str, tone: Tone) -> ResponseReturnValue:
    flash(notice, tone)
    return redirect(url_for("board.reports"), 303)


@board.context_processor
def _variables() -> dict[str, object]:
    """Give the board's templates what they ask about moderators."""
    return {
        "count_waiting": lambda: count_waiting(get_current_user()),
        "find_outcome": find_outcome,
        "MOST_WAITING": MOST_COUNTED,
    }
