"""What the pages of the board share: finding a message, showing pages, and the way on."""

from collections.abc import Iterable

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import Select

from app.board import board, mentions, messages, moderation, reports
from app.board.favourites import is_favourite
from app.board.messages import RefusedError
from app.board.models import Message
from app.board.texts import MOST_CHARACTERS, make_html
from app.models import Permission, User
from app.web.converters import parse_id
from app.web.forms import Form
from app.web.languages import translate_error
from app.web.paging import Page, paginate
from app.web.tones import Tone
from app.web.visitors import find_current_user, get_current_user

SENT = "sent_draft"  # in the session: which form's text need not be kept any more; see board.js

board.add_app_template_filter(make_html, "letter_html")


@board.app_template_filter("message_html")
def show_text(text: str) -> Markup:
    """Return a message as HTML, in which those who are mentioned are links."""
    return make_html(text, mentions.make_linker(find_names([text])))


def find_names(texts: Iterable[str]) -> dict[str, str]:
    """Return the names, by their keys, of those whom messages mention.

    Who was asked for once is not asked for again while the page is made: a list asks for all of
    its messages at once.
    """
    keys = dict.fromkeys(key for text in texts for key in mentions.find_keys(text))
    known: dict[str, str | None] = g.setdefault("mentioned_names", {})
    unknown = [key for key in keys if key not in known]
    known.update(dict.fromkeys(unknown) | mentions.look_up_names(unknown))
    return {key: name for key in keys if (name := known[key])}


@board.context_processor
def _variables() -> dict[str, object]:
    """Give the board's templates what they ask about messages."""
    return {
        "is_favourite": is_favourite,
        "may_delete": messages.may_delete,
        "may_edit": messages.may_edit,
        "may_moderate": moderation.may_moderate,
        "may_report": reports.may_report,
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
    page = paginate(found, Message.id, newest_first=newest_first, is_counted=False)
    find_names(message.text for message in page.rows)
    return page


@board.errorhandler(RefusedError)
def show_refusal(error: RefusedError) -> ResponseReturnValue:
    """Lead back to the message, and say why nothing was done to it."""
    flash(translate_error(error), Tone.ERROR)
    return redirect_to_message((request.view_args or {})["message_id"])


def get_message(number: int) -> Message:
    """Return a message that may be seen, or answer 404, or 410 if it is deleted."""
    return get_message_for(find_current_user(), number)


def get_message_for(reader: User | None, number: int) -> Message:
    """Return a message that somebody may see, or everybody, or answer as `get_message` does."""
    found = messages.find_visible(number, reader)
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
    message_id = parse_id(number)
    found = messages.find_visible(message_id) if message_id is not None else None
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
