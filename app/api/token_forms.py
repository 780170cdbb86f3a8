"""The form for a new token."""

from wtforms import BooleanField, SelectField, StringField, SubmitField

from app.api.models import LONGEST_TOKEN_NAME, Scope
from app.auth.forms import is_at_most
from app.web.forms import Form, is_given, is_listed
from app.web.languages import lazy_gettext as _

READ_ONLY, READ_AND_WRITE = Scope.READ.value, f"{Scope.READ} {Scope.WRITE}"
NEVER = ""
SCOPES = {
    READ_ONLY: _("Read what you can see"),
    READ_AND_WRITE: _("Read and write as you"),
}
DAYS = {
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("a year"),
    NEVER: _("until you revoke it"),
}


def scopes_to_choose() -> list[tuple[str, str]]:
    """Return what a token may do, in words."""
    return [(scopes, str(words)) for scopes, words in SCOPES.items()]


def days_to_choose() -> list[tuple[str, str]]:
    """Return how long a token may be used, in words."""
    return [(days, str(words)) for days, words in DAYS.items()]


class TokenForm(Form):
    """Asks what a token is for."""

    name = StringField(
        _("Token name"),
        [is_given(_("Please give it a name.")), is_at_most(LONGEST_TOKEN_NAME)],
        description=_("What you will use it for, so that you can tell your tokens apart."),
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectField(
        _("What it may do"), [is_listed], choices=scopes_to_choose, validate_choice=False
    )
    days = SelectField(
        _("Valid for"), [is_listed], choices=days_to_choose, default="90", validate_choice=False
    )
    submit = SubmitField(_("Create token"))


class TokenSavedForm(Form):
    """Asks whether a token is saved, as it cannot be shown again."""

    saved = BooleanField(
        _("I have saved this token"),
        [is_given(_("Please save the token first: you will not see it again."))],
    )
    submit = SubmitField(_("Done"))
