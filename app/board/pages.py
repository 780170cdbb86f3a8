"""What the pages of the board share: finding a message, showing pages, and the way on."""

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.board import board, messages
from app.board.messages import RefusedError
from app.board.models import Message
from app.board.texts import MOST_CHARACTERS, make_html
from app.models import Permission, User
from app.models.columns import LARGEST_INTEGER
from app.web.forms import Form
from app.web.languages import translate_error
from app.web.paging import Page, paginate
from app.web.tones import Tone
from app.web.visitors import find_current_user, get_current_user

SENT = "sent_draft"  # in the session: which form's text need not be kept any more; see board.js

board.add_app_template_filter(make_html, "message_html")


@board.context_processor
def _variables() -> dict[str, object]:
    """Give the board's templates what they ask about messages."""
    return {
        "may_delete": messages.may_delete,
        "may_edit": messages.may_edit,
        "may_moderate": messages.may_moderate,
        "MOST_CHARACTERS": MOST_CHARACTERS,
        "PERMISSION": Permission,
        "take_sent_draft": take_sent_draft,
    }


def take_sent_draft() -> str | None:
    """Return, once, which text a browser need not keep any more."""
    draft: str | None = session.pop(SENT, None)
    return draft


@board.app_template_global("messages_of")
def list_messages_of(user: User) -> Page:
    """Return a page of a user's messages, the newest first, for the page about the user."""
    mine = messages.visible_messages(find_current_user()).where(Message.author_id == user.id)
    return paginate_messages(mine)


def paginate_messages(found: Select[Message], *, newest_first: bool = True) -> Page:
    """Return the page of a list that this request asks for."""
    return paginate(found, Message.id, newest_first=newest_first, is_counted=False)


@board.errorhandler(RefusedError)
def show_refusal(error: RefusedError) -> ResponseReturnValue:
    """Lead back to the message, and say why nothing was done to it."""
    flash(translate_error(error), Tone.ERROR)
    return redirect_to_message((request.view_args or {})["message_id"])


def get_message(number: int) -> Message:
    """Return a message that may be seen, or answer 404, or 410 if it is deleted."""
    found = messages.find_visible(number, find_current_user())
    return found or abort(410 if messages.is_deleted(number) else 404)


def get_own_message(number: int) -> Message:
    """Return a message that who is logged in has written, or answer 403."""
    found = get_message(number)
    return found if found.author_id == get_current_user().id else abort(403)


def get_reply_to() -> Message | None:
    """Return the message that `?reply_to=NUMBER` names, or None without that.

    It is one that everybody may see, or the answer is 404.
    """
    number = request.args.get("reply_to", "")
    if not number:
        return None
    is_id = number.isascii() and number.isdigit() and len(number) <= len(str(LARGEST_INTEGER))
    found = is_id and int(number) <= LARGEST_INTEGER and messages.find_visible(int(number))
    return found or abort(404)


def name_draft(*parts: object) -> str:
    """Return what a browser keeps the text of a form under: nobody else's who logs in there."""
    return "/".join(map(str, [get_current_user().id, *parts]))


def show_form(
    form: Form, title: str, template: str = "board/form.html", **variables: object
) -> ResponseReturnValue:
    """Answer with a page around a form, which comes back with its errors if it has any."""
    return render_template(template, form=form, title=title, **variables), form.status_code


def redirect_to_message(number: int) -> ResponseReturnValue:
    """Lead to the page of a message."""
    return redirect(url_for("board.message", message_id=number), 303)


def redirect_with_notice(message: Message, notice: str, draft: str) -> ResponseReturnValue:
    """Lead to a message that is saved, say so, and let the browser forget the text it has kept."""
    session[SENT] = draft
    flash(notice, Tone.SUCCESS)
    return redirect_to_message(message.id)
