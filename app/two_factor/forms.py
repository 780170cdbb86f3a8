"""The forms about codes."""

from wtforms import BooleanField, StringField, SubmitField

from app.auth.forms import ProofForm
from app.web.forms import Form, is_given
from app.web.languages import gettext
from app.web.languages import lazy_gettext as _

ONE_TIME = {"autocomplete": "one-time-code"}
is_code_given = is_given(_("Please enter the code."))
ANY_CODE = _("The six digits your app shows, or a recovery code.")
RECOVERY_CODE = _("One of your recovery codes.")  # of who has no app


class CodeForm(Form):
    """Asks for a code of the second factor."""

    code = StringField(_("Code"), [is_code_given], description=ANY_CODE, render_kw=ONE_TIME)
    submit = SubmitField(_("Log in"))


class FirstCodeForm(Form):
    """Asks for a code that proves that an app has the secret."""

    code = StringField(
        _("Code"),
        [is_code_given],
        description=_("The six digits your app shows now."),
        render_kw=ONE_TIME | {"inputmode": "numeric"},
    )
    submit = SubmitField(_("Turn on"))


class SetUpForm(Form):
    """Asks whether a second factor is to be set up."""

    submit = SubmitField(_("Set up two-factor authentication"))


class PasswordAndCodeForm(ProofForm):
    """Asks for the password and a code."""

    code = StringField(_("Code"), [is_code_given], description=ANY_CODE, render_kw=ONE_TIME)

    def get_code(self) -> str | None:
        """Return the code."""
        return self.code.data

    def refuse_code(self) -> None:
        """Say that the code is wrong."""
        self.code.errors = [get_wrong_code_message()]


class PasswordAndRecoveryCodeForm(PasswordAndCodeForm):
    """Asks for the password and a recovery code."""

    code = StringField(_("Code"), [is_code_given], description=RECOVERY_CODE)


class CodesSavedForm(Form):
    """Asks whether the recovery codes are saved, as they cannot be shown again."""

    saved = BooleanField(
        _("I have saved these codes"),
        [is_given(_("Please save the codes first: you will not see them again."))],
    )
    submit = SubmitField(_("Done"))


def get_wrong_code_message() -> str:
    """Return what is said about a code that does not let one in."""
    return gettext("This code is wrong, or it has already been used. Please try another one.")
