"""What an administrator does for somebody who lost the second factor."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.admin.users import ask_about, get_account_or_404, redirect_to_user
from app.two_factor import second_factor, two_factor
from app.web.access import admin_required
from app.web.languages import gettext
from app.web.tones import Tone
from app.web.visitors import get_current_user


@two_factor.route("/admin/users/<id:user_id>/forget-factor", methods=["GET", "POST"])
@admin_required
def forget(user_id: int) -> ResponseReturnValue:
    """Let somebody who lost the second factor log in by the password alone, after asking."""
    if user_id == get_current_user().id:  # whose password and code are asked for
        return redirect(url_for(".turn_off"), 303)
    found = get_account_or_404(user_id)
    if request.method == "GET":
        return ask_about(
            found,
            gettext("Turn off two-factor authentication"),
            gettext(
                "%(name)s will be logged out everywhere, and can then log in with just a password. "
                "Do this only if you are sure that the request comes from %(name)s.",
                name=found.username,
            ),
        )
    if second_factor.reset(found, get_current_user()):
        return redirect_to_user(
            user_id,
            gettext("Two-factor authentication is off, and the user is logged out everywhere."),
        )
    message = gettext("The user has not set up two-factor authentication.")
    return redirect_to_user(user_id, message, Tone.ERROR)
