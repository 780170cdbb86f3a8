"""The forms for messages."""

from typing import Any

from flask import request
from werkzeug.exceptions import TooManyRequests
from wtforms import SelectField, SubmitField, TextAreaField
from wtforms.fields import Field

from app.board.models import LONGEST_TEXT, MailFrequency
from app.board.texts import parse_text
from app.web.forms import Form, is_listed, show_error_at_field
from app.web.languages import lazy_gettext as _
from app.web.limits import explain_rate_limit

BYTES_OF_A_CHARACTER = 12  # as a form sends an emoji: %F0%9F%99%82
OTHER_BYTES = 16 * 1024  # the token, and the line ends that a browser sends as two characters
OFF = {"autocomplete": "off"}


def is_message(_form: Form, field: Field) -> None:
    """Take only what can be the text of a message."""
    with show_error_at_field():
        parse_text(field.data or "")


class LimitedForm(Form):
    """Asks for what may be sent so often, and no oftener."""

    must_wait = False

    def ask_to_wait(self, error: TooManyRequests) -> None:
        """Say before the form when it may be sent again. What was typed stays in it."""
        seconds = error.retry_after if isinstance(error.retry_after, int) else 60
        self.form_errors.append(explain_rate_limit(seconds))
        self.must_wait = True

    @property
    def status_code(self) -> int:
        """The status of the page that shows it: 429 for one who has to wait."""
        return 429 if self.must_wait else super().status_code


class MessageForm(LimitedForm):
    """Asks for a message. It may be longer than what other pages read."""

    longest_text = LONGEST_TEXT * 2  # of which `is_message` takes what fits, in its own words
    text = TextAreaField(_("Your message"), [is_message], render_kw=OFF)
    submit = SubmitField(_("Post"))

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # what WTForms takes
        request.max_content_length = LONGEST_TEXT * BYTES_OF_A_CHARACTER + OTHER_BYTES
        super().__init__(**kwargs)


class EditForm(MessageForm):
    """Asks for the new text of a message."""

    submit = SubmitField(_("Save"))


FREQUENCIES = {
    MailFrequency.DAILY: _("Once a day at most"),
    MailFrequency.AT_ONCE: _("At once"),
    MailFrequency.NEVER: _("Never"),
}


def frequencies_to_choose() -> list[tuple[str, str]]:
    """Return how often one can get mails, in words."""
    return [(frequency, str(words)) for frequency, words in FREQUENCIES.items()]


class MailsForm(Form):
    """Asks how often somebody wants mails about notifications."""

    frequency = SelectField(
        _("How often"),
        [is_listed],
        choices=frequencies_to_choose,
        validate_choice=False,
        description=_("When someone replies to you or mentions you, and you have not read it yet."),
    )
    submit = SubmitField(_("Save"))
