"""Reading and writing messages."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from app.board import board, messages, unread
from app.board.forms import EditForm, MessageForm
from app.board.limits import limit_messages
from app.board.messages import RefusedError
from app.board.models import Message
from app.board.pages import (
    get_message,
    get_own_message,
    get_reply_to,
    name_draft,
    paginate_messages,
    redirect_with_notice,
    show_form,
)
from app.models import Permission
from app.web.access import everybody, permission_required
from app.web.confirmation import ask_to_confirm
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext, translate_error
from app.web.paging import is_first_page
from app.web.tones import Tone
from app.web.visitors import find_current_user, get_current_user


@board.route("/")
@everybody
def index() -> ResponseReturnValue:
    """List the messages, the newest first, below a form for whoever may write."""
    reader = find_current_user()
    may_write = reader is not None and reader.can(Permission.WRITE)
    last_read = unread.note_visit(reader) if reader and is_first_page() else None
    page = paginate_messages(messages.visible_messages(reader))
    return render_template(
        "board/index.html",
        page=page,
        last_read=last_read if unread.is_any_new(page.rows, reader, last_read) else None,
        form=MessageForm() if may_write else None,
        draft=name_draft("new") if may_write else None,
    )


@board.route("/<id:message_id>")
@everybody
def message(message_id: int) -> ResponseReturnValue:
    """Show a message at its own address, and below it what replies to it."""
    found, reader = get_message(message_id), find_current_user()
    if reader:
        unread.note_read(reader, found)
    replies = messages.visible_messages(reader).where(Message.reply_to_id == found.id)
    page = paginate_messages(replies, newest_first=False)
    return render_template("board/message.html", message=found, page=page)


@board.route("/new", methods=["GET", "POST"])
@permission_required(Permission.WRITE)
@csrf_checked_by_form
def new() -> ResponseReturnValue:
    """Write a message, perhaps in reply to another one."""
    form, user, reply_to = MessageForm(), get_current_user(), get_reply_to()
    draft = name_draft("reply", reply_to.id) if reply_to else name_draft("new")
    title = gettext("Reply") if reply_to else gettext("New message")
    try:
        if form.validate_on_submit():
            limit_messages(user)
            written = messages.post(user, form.text.data or "", reply_to)
            return redirect_with_notice(written, gettext("Your message is on the board."), draft)
    except TooManyRequests as error:
        form.ask_to_wait(error)
    return show_form(form, title, draft=draft, reply_to=reply_to)


@board.route("/<id:message_id>/edit", methods=["GET", "POST"])
@permission_required(Permission.WRITE)
@csrf_checked_by_form
def edit(message_id: int) -> ResponseReturnValue:
    """Change one's own message, while it is new."""
    found, user = get_own_message(message_id), get_current_user()
    form, draft = EditForm(text=found.text), name_draft("edit", message_id)
    if request.method == "GET":
        messages.check_edit(user, found)
    try:
        if form.validate_on_submit():
            messages.edit(user, found, form.text.data or "")
            return redirect_with_notice(found, gettext("Your message has been changed."), draft)
    except RefusedError as error:
        form.form_errors.append(translate_error(error))
    return show_form(form, gettext("Edit message"), draft=draft, message=found)


@board.route("/<id:message_id>/delete", methods=["GET", "POST"])
@permission_required(Permission.WRITE)
def delete(message_id: int) -> ResponseReturnValue:
    """Delete one's own message, after asking."""
    found = get_own_message(message_id)
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Delete message"),
            gettext("The text is gone for good. What others replied to it stays."),
            url_for(".message", message_id=message_id),
        )
    messages.delete(get_current_user(), found)
    flash(gettext("Your message has been deleted."), Tone.SUCCESS)
    return redirect(url_for(".index"), 303)
