"""The forms for reports, what moderators decide, and appeals: each asks for a reason."""

from collections.abc import Callable, Sequence

from wtforms import SubmitField, TextAreaField
from wtforms.validators import Length

from app.board.forms import OFF, LimitedForm
from app.board.models import LONGEST_REASON
from app.models.texts import normalize_text
from app.web.forms import Form, is_given
from app.web.languages import lazy_gettext as _

FITS = Length(max=LONGEST_REASON, message=_("Please shorten the reason."))


def make_reason_field(
    label: str, description: str, validators: Sequence[Callable[..., None]] = ()
) -> TextAreaField:
    """Return the field for a reason, with what tells who will read it."""
    return TextAreaField(
        label,
        [*validators, FITS],
        filters=[normalize_text],
        description=description,
        render_kw=OFF,
    )


class ReportForm(LimitedForm):
    """Asks what is wrong with a message."""

    lead = _(
        "A moderator will see the message as it is now, even if it is edited or deleted later."
    )
    reason = make_reason_field(
        _("Reason"),
        _("The moderators read it, and see that you wrote it. The author does not."),
        [is_given(_("Please write what is wrong with the message."))],
    )
    submit = SubmitField(_("Report message"))


class HideForm(Form):
    """Asks why a message is to be hidden."""

    lead = _("Only its author and the moderators will see it. You can show it again.")
    reason = make_reason_field(
        _("Reason"),
        _("Everyone can read it in the moderation log. The author gets it by email."),
        [is_given(_("Please write why: the author will read it."))],
    )
    submit = SubmitField(_("Hide message"))


class DismissForm(Form):
    """Asks why a message stays, whoever reported it: who says nothing need not."""

    lead = _("The message stays as it is. The people who reported it will not be notified.")
    reason = make_reason_field(
        _("Reason (optional)"), _("Everyone can read it in the moderation log.")
    )
    submit = SubmitField(_("Dismiss reports"))


class RejectForm(Form):
    """Asks why a message stays hidden, whatever its author answered."""

    lead = _("The message stays hidden. Its author cannot appeal again.")
    reason = make_reason_field(
        _("Reason"),
        _("The author can read it, and everyone else in the moderation log."),
        [is_given(_("Please write why: the author will read it."))],
    )
    submit = SubmitField(_("Reject appeal"))


class AppealForm(Form):
    """Asks the author of a hidden message what they have to say."""

    lead = _("You can appeal once. A moderator then decides.")
    reason = make_reason_field(
        _("Why should the message be shown again?"),
        _("Only the moderators can read it."),
        [is_given(_("Please write why the message should be shown again."))],
    )
    submit = SubmitField(_("Send appeal"))
