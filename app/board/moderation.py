"""What moderators do: hide a message, with a reason, and show it again."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from app.board import board, messages
from app.board.forms import HideForm
from app.board.pages import get_message, paginate_messages, redirect_to_message, show_form
from app.models import Permission
from app.web.access import permission_required
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.tones import Tone
from app.web.visitors import get_current_user


@board.route("/hidden")
@permission_required(Permission.MODERATE)
def hidden() -> ResponseReturnValue:
    """List what is hidden, the newest first."""
    page = paginate_messages(messages.hidden_messages())
    return render_template("board/hidden.html", page=page)


@board.route("/<id:message_id>/hide", methods=["GET", "POST"])
@permission_required(Permission.MODERATE)
@csrf_checked_by_form
def hide(message_id: int) -> ResponseReturnValue:
    """Hide a message, and tell its author why."""
    found, form = get_message(message_id), HideForm()
    messages.check_moderate(get_current_user(), found)
    if form.validate_on_submit():
        messages.hide(found, form.reason.data or "", get_current_user())
        flash(gettext("The message is hidden."), Tone.SUCCESS)
        return redirect_to_message(message_id)
    return show_form(form, gettext("Hide message"), "board/hide.html", message=found)


@board.route("/<id:message_id>/show", methods=["POST"])
@permission_required(Permission.MODERATE)
def show(message_id: int) -> ResponseReturnValue:
    """Let everybody see a hidden message again."""
    messages.show(get_message(message_id), get_current_user())
    flash(gettext("Everyone can see the message again."), Tone.SUCCESS)
    return redirect_to_message(message_id)
