"""The form that asks for a name."""

from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, ValidationError

from app.models.nickname import InvalidNameError, nickname


class NameForm(FlaskForm):
    """Asks a visitor's name. `name.data` stays as it was typed."""

    name = StringField("What is your name?")
    submit = SubmitField("Submit")

    def validate_name(self, field: StringField) -> None:
        """Take only what is a name."""
        try:
            nickname(field.data or "")
        except InvalidNameError as error:
            raise ValidationError(str(error)) from None
