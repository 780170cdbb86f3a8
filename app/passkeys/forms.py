"""The form of a new passkey."""

from wtforms import HiddenField, StringField, SubmitField

from app.auth.forms import is_at_most
from app.passkeys.models import LONGEST_PASSKEY_NAME
from app.web.forms import Form, is_given
from app.web.languages import lazy_gettext as _

LONGEST_ANSWER = 12_000  # characters of JSON, of which most are a public key, twice


class NewPasskeyForm(Form):
    """Asks what a passkey is to be called. The script of the page adds what the passkey answers."""

    longest_text = LONGEST_ANSWER
    name = StringField(
        _("Passkey name"),
        [is_given(_("Please give it a name.")), is_at_most(LONGEST_PASSKEY_NAME)],
        description=_("The device or the password manager that holds it."),
        render_kw={"autocomplete": "off"},
    )
    credential = HiddenField()
    submit = SubmitField(_("Create passkey"))
