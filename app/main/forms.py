"""The form that asks for a name."""

from wtforms import StringField, SubmitField

from app.web.forms import Form, is_name
from app.web.languages import lazy_gettext as _


class NameForm(Form):
    """Asks a visitor's name. `name.data` stays as it was typed."""

    name = StringField(_("What is your name?"), [is_name])
    submit = SubmitField(_("Say hello"))
