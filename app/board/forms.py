"""The forms about messages."""

from typing import Any

from flask import request
from werkzeug.exceptions import TooManyRequests
from wtforms import SubmitField, TextAreaField
from wtforms.fields import Field
from wtforms.validators import Length

from app.board.models import LONGEST_REASON, LONGEST_TEXT
from app.board.texts import parse_text
from app.models.texts import normalize_text
from app.web.forms import Form, is_given, show_error_at_field
from app.web.languages import lazy_gettext as _
from app.web.limits import explain_rate_limit

BYTES_OF_A_CHARACTER = 12  # as a form sends an emoji: %F0%9F%99%82
OTHER_BYTES = 16 * 1024  # the token, and the line ends that a browser sends as two characters
OFF = {"autocomplete": "off"}


def is_message(_form: Form, field: Field) -> None:
    """Take only what can be the text of a message."""
    with show_error_at_field():
        parse_text(field.data or "")


class MessageForm(Form):
    """Asks for a message. It may be longer than what other pages read."""

    longest_text = LONGEST_TEXT * 2  # of which `is_message` takes what fits, in its own words
    text = TextAreaField(_("Your message"), [is_message], render_kw=OFF)
    submit = SubmitField(_("Post"))

    must_wait = False

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # what WTForms takes
        request.max_content_length = LONGEST_TEXT * BYTES_OF_A_CHARACTER + OTHER_BYTES
        super().__init__(**kwargs)

    def ask_to_wait(self, error: TooManyRequests) -> None:
        """Say before the form when it may be sent again. What was typed stays in it."""
        seconds = error.retry_after if isinstance(error.retry_after, int) else 60
        self.form_errors.append(explain_rate_limit(seconds))
        self.must_wait = True

    @property
    def status_code(self) -> int:
        """The status of the page that shows it: 429 for one who has to wait."""
        return 429 if self.must_wait else super().status_code


class EditForm(MessageForm):
    """Asks for the new text of a message."""

    submit = SubmitField(_("Save"))


class HideForm(Form):
    """Asks why a message is to be hidden."""

    reason = TextAreaField(
        _("Reason"),
        [
            is_given(_("Please write why: the author will read it.")),
            Length(max=LONGEST_REASON, message=_("Please shorten the reason.")),
        ],
        filters=[normalize_text],
        description=_("The author and the moderators can read it."),
        render_kw=OFF,
    )
    submit = SubmitField(_("Hide message"))
