"""What all forms are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from flask import request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from app.extensions import csrf
from app.models.account_name import parse_chosen_name
from app.models.nickname import parse_nickname
from app.models.texts import TranslatableError
from app.web.languages import gettext, translate_error
from app.web.proofs import take_unsent_fields

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_TEXT = 2048  # characters; what each field takes is less, and its own rule says so


def csrf_checked_by_form(view: View) -> View:
    """Let a view's form look at the token against forgery, and come back with what was typed.

    That is for views which make a `Form` below before they do anything. For all others Flask-WTF
    looks at it beforehand, and answers 400.
    """
    csrf.exempt(view)
    return view


class SessionToken(FlaskForm.Meta.csrf_class):  # type: ignore[misc, valid-type]
    """Flask-WTF's token against forgery, signed once for a session: forms live as long as that."""

    is_valid = False  # of the form that this one is made for

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        """Return the token of this session. Begin one, if there is none."""
        if token_of_session := session.get("csrf_token"):
            return _sign(token_of_session)
        token: str = super().generate_csrf_token(csrf_token_field)
        return token

    def validate_csrf_token(self, form: BaseForm, field: Field) -> None:
        """Look at the token of a form once: `Form.validate` does, and WTForms would again."""
        if not self.is_valid:
            super().validate_csrf_token(form, field)
            self.is_valid = True


@lru_cache(maxsize=4096)
def _sign(_token_of_session: str) -> str:
    """Return that token signed; Flask-WTF takes it from the session itself.

    A signed token does not age, because WTF_CSRF_TIME_LIMIT is None.
    """
    token: str = generate_csrf()
    return token


class Form(FlaskForm):
    """A form that is filled from a request's form alone, and not from files or JSON as well."""

    class Meta(FlaskForm.Meta):
        """What Flask-WTF calls the settings of a form."""

        csrf_class = SessionToken

    longest_text = LONGEST_TEXT
    is_dangerous = False  # whether its button does what cannot be undone, and looks like that

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # what WTForms takes
        form = request.form if self.is_submitted() else MultiDict(take_unsent_fields()) or None
        super().__init__(form, **kwargs)  # type: ignore[no-untyped-call]

    def is_submitted(self) -> bool:
        """Return whether the request sends the form, and does not only ask for its page."""
        return request.method == "POST"

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as in WTForms
        """Look at the token first: without it, the form says only that, and nothing is tried."""
        return self.has_token() and self.has_no_long_text() and super().validate(extra_validators)

    def has_token(self) -> bool:
        """Look at the token, and say what to do if it is missing, or another session's."""
        if "csrf_token" in self and not self["csrf_token"].validate(self):
            self.form_errors.append(
                gettext(
                    "Your session has ended, or your browser does not accept cookies. "
                    "Please allow cookies and press the button again."
                )
            )
        return not self.is_forged

    def has_no_long_text(self) -> bool:
        """Look at lengths before any rule does: normalizing a long text can take for ever."""
        texts = [field for field in self if isinstance(field, StringField)]
        long_ones = [field for field in texts if len(field.data or "") > self.longest_text]
        for field in long_ones:
            field.errors = [
                gettext("Please enter at most %(number)s characters.", number=self.longest_text)
            ]
        return not long_ones

    @property
    def is_forged(self) -> bool:
        """Whether the token is missing, or another session's. Without WTF_CSRF_ENABLED none is."""
        return "csrf_token" in self and bool(self["csrf_token"].errors)

    @property
    def status_code(self) -> int:
        """The status of the page that shows it: 200 at first, 400 if it is forged, or else 422."""
        if not self.is_submitted():
            return 200
        return 400 if self.is_forged else 422


@contextmanager
def show_error_at_field() -> Iterator[None]:
    """Let the form say at the field which rule its text breaks: for validators."""
    try:
        yield
    except TranslatableError as error:
        raise ValidationError(translate_error(error)) from None


def is_given(message: str) -> Callable[[Form, Field], None]:
    """Return a validator that takes anything but nothing, which it asks for in these words.

    It comes first, and the field's other validators are not asked about nothing.
    """

    def validate(_form: Form, field: Field) -> None:
        if not field.data:
            raise StopValidation(str(message))

    return validate


def is_listed(_form: Form, field: SelectField) -> None:
    """Take only what the list offers, which somebody may post by hand."""
    if field.data not in {choice[0] for choice in field.iter_choices()}:
        raise ValidationError(gettext("Please choose an option from the list."))


def is_name(_form: Form, field: Field) -> None:
    """Take only what is a name: a validator, which raises ValidationError."""
    with show_error_at_field():
        parse_nickname(field.data or "")


def is_account_name(_form: Form, field: Field) -> None:
    """Take only what somebody may choose as the name of their account."""
    with show_error_at_field():
        parse_chosen_name(field.data or "")
