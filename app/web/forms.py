"""What all forms are made of."""

from functools import lru_cache
from typing import Any

from flask import request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms.fields import Field


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
