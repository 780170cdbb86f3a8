"""What all forms are made of."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms import ValidationError
from wtforms.fields import Field

from app.extensions import csrf
from app.models.nickname import InvalidNameError, Nickname, account_name, nickname
from app.web.languages import gettext

View = TypeVar("View", bound=Callable[..., Any])


def form_checks_token(view: View) -> View:
    """Let a view's form look at the token against forgery, and come back with what was typed.

    That is for views which make a `Form` below before they do anything. For all others Flask-WTF
    looks at it beforehand, and answers 400.
    """
    csrf.exempt(view)
    return view


class SessionToken(FlaskForm.Meta.csrf_class):  # type: ignore[misc, valid-type]
    """Flask-WTF's token against forgery, signed once for a session: forms live as long as that."""

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        """Return the token of this session. Begin one, if there is none."""
        if "csrf_token" in session:
            return _sign(session["csrf_token"])
        token: str = super().generate_csrf_token(csrf_token_field)
        return token


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

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # what WTForms takes
        form = request.form if self.is_submitted() else None
        super().__init__(form, **kwargs)  # type: ignore[no-untyped-call]

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as in WTForms
        """Look at the token first: a form without it says nothing, and nothing is tried with it."""
        has_token = "csrf_token" not in self or self["csrf_token"].validate(self)
        return has_token and super().validate(extra_validators)

    @property
    def is_forged(self) -> bool:
        """Whether the token is missing, or another session's. Without WTF_CSRF_ENABLED none is."""
        return "csrf_token" in self and bool(self["csrf_token"].errors)


def is_name(_form: Form, field: Field) -> None:
    """Take only what is a name: a validator, which raises ValidationError."""
    _check_name(nickname, field)


def is_account_name(_form: Form, field: Field) -> None:
    """Take only what can be the name of an account."""
    _check_name(account_name, field)


def _check_name(rule: Callable[[str], Nickname], field: Field) -> None:
    try:
        rule(field.data or "")
    except InvalidNameError as error:
        raise ValidationError(gettext(error.message, **error.values)) from None
