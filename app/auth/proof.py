"""The page that asks somebody who is logged in to prove who they are, and leads back.

It asks for the password. A room with a further way to prove it hooks in here:

- what is asked besides the password: `login_sessions.register_check` looks at it, at each login and
  each proof, and `register_form` gives the page a form that asks for it, a `ProofForm` with a field
- what does without the password: `register_part` shows a template below the form, whose link or
  script leads to a view of its own; that looks at it, and then calls `accept(shown_by=...)`

A view that needs a proof says `@proof_required()`, of app.web.access.
"""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.authentication import CodeNeededError
from app.auth import auth, browser
from app.auth.forms import ProofForm
from app.auth.pages import show_setting
from app.models import Detail, User
from app.web.access import login_required_unconditionally
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.proofs import forget_unsent, is_fresh, is_unsent
from app.web.redirects import get_safe_target
from app.web.visitors import get_current_user

# Returns the form that a user is to fill in, or None if the password will do.
FormChoice = Callable[[User], type[ProofForm] | None]
_choices: list[FormChoice] = []
_parts: list[str] = []


def register_form(choice: FormChoice) -> FormChoice:
    """Let a function choose the form for a user. The first that chooses one decides."""
    _choices.append(choice)
    return choice


def register_part(template: str) -> None:
    """Show a template below the form. It knows `current_user`, and `target`, where to go on to.

    It shows nothing to a user whom it does not concern.
    """
    _parts.append(template)


@auth.route("/prove", methods=["GET", "POST"])
@login_required_unconditionally
@csrf_checked_by_form
def prove() -> ResponseReturnValue:
    """Ask for a proof, unless there is one of late, and lead to the page that needs it."""
    user, target = get_current_user(), get_target()
    if is_fresh(user):
        return redirect(target, 303)
    form = choose_form(user)()
    if form.validate_on_submit():
        try:
            return accept(form.get_code())
        except CodeNeededError:
            form.refuse_code()
    lead = gettext("This is to make sure that nobody else is using your browser.")
    if is_unsent(target):
        lead = gettext("It has been a while, so nothing has been changed yet.") + f" {lead}"
    return show_setting(
        form,
        gettext("Confirm that it is you"),
        "auth/prove.html",
        lead=lead,
        username=user.username,
        target=target,
        parts=_parts,
    )


def get_target() -> str:
    """Return the page to go on to, as the address says, or the settings."""
    return get_safe_target(request.args.get("next")) or url_for("auth.settings")


def choose_form(user: User) -> type[ProofForm]:
    """Return the form that asks a user for what they need to prove who they are."""
    return next((form for choice in _choices if (form := choice(user))), ProofForm)


def accept(code: str | None = None, *, shown_by: Detail | None = None) -> ResponseReturnValue:
    """Take a proof, as `browser.prove` does, and lead on. Raises CodeNeededError."""
    browser.prove(code, shown_by=shown_by)
    target = get_target()
    if is_unsent(target):
        flash(gettext("Nothing has been changed yet. Please look at this and press the button."))
    else:
        forget_unsent()
    return redirect(target, 303)
