"""The form that asks for a name."""

from wtforms import StringField, SubmitField, ValidationError

from app.models.nickname import InvalidNameError, nickname
from app.web.forms import Form
from app.web.languages import gettext
from app.web.languages import lazy_gettext as _


class NameForm(Form):
    """Asks a visitor's name. `name.data` stays as it was typed."""

    name = StringField(_("What is your name?"))
    submit = SubmitField(_("Submit"))

    def validate_name(self, field: StringField) -> None:
        """Take only what is a name."""
        try:
            nickname(field.data or "")
        except InvalidNameError as error:
            raise ValidationError(gettext(error.message, **error.values)) from None
