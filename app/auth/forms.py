"""The forms about accounts."""

from collections.abc import Sequence

from flask_login import current_user
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import Field

from app.auth import logins
from app.auth.limits import OWN_PASSWORD
from app.models import passwords
from app.models.addresses import InvalidAddressError, mail_address
from app.models.passwords import WeakPasswordError
from app.models.user import LONGEST_ABOUT
from app.web.forms import Form, is_account_name
from app.web.languages import gettext, language_tag
from app.web.languages import lazy_gettext as _
from app.web.templates import writable
from app.web.time_zones import AREAS, place, zones_to_choose
from app.web.visitors import me
from config import LANGUAGES

CURRENT = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}
ONE_TIME = {"autocomplete": "one-time-code"}
ANY_CODE = _("The six digits that your app shows, or a recovery code.")


class PasswordForm(Form):
    """A form that sets a password. `owner` is what others know of whoever is to have it."""

    owner: Sequence[str] = ()


def is_address(_form: Form, field: Field) -> None:
    """Take only what is a mail address."""
    try:
        mail_address(field.data or "")
    except InvalidAddressError:
        raise ValidationError(
            gettext("Please write a mail address, like john@example.com.")
        ) from None


def is_strong(form: PasswordForm, field: Field) -> None:
    """Take only what others would not guess."""
    try:
        passwords.check(field.data or "", form.owner)
    except WeakPasswordError as error:
        raise ValidationError(gettext(error.message, **error.values)) from None


def is_own_password(_form: Form, field: Field) -> None:
    """Take only the password of whoever is logged in. Raise TooManyRequests after many others."""
    user = me()
    OWN_PASSWORD.hit(str(user.id), user)
    if not logins.confirm(field.data or ""):
        raise ValidationError(gettext("This is not your password."))
    OWN_PASSWORD.forget(str(user.id))


def is_another_address(form: Form, field: Field) -> None:
    """Take only a mail address that is not one's own already."""
    is_address(form, field)
    if mail_address(field.data).key == current_user.email_key:
        raise ValidationError(gettext("This is your address already."))


def in_lines(text: str | None) -> str:
    """Return a text as it is kept: with plain line ends, and nothing that no page may hold."""
    return writable((text or "").replace("\r\n", "\n")).strip()


def is_listed(_form: Form, field: SelectField) -> None:
    """Take only what the list offers, which somebody may post by hand."""
    if field.data not in {choice[0] for choice in field.iter_choices()}:
        raise ValidationError(gettext("Please choose one from the list."))


def languages_to_choose() -> list[tuple[str, str, dict[str, str]]]:
    """Return the languages by their own names, after the choice to make none."""
    listed = [(code, name, {"lang": language_tag(code)}) for code, name in LANGUAGES.items()]
    return [("", gettext("As the browser says"), {}), *listed]


def time_zones_to_choose() -> dict[str, list[tuple[str, str]]]:
    """Return the zones by area, after the choice to make none."""
    choices: dict[str, list[tuple[str, str]]] = {
        str(AREAS.get(area, "")): [(zone, place(zone)) for zone in zones]
        for area, zones in zones_to_choose().items()
    }
    choices[""].insert(0, ("", gettext("As the browser says")))
    return choices


class RegisterForm(Form):
    """Asks which name is to get an account, and its owner's address."""

    name = StringField(_("Name"), [is_account_name], render_kw={"autocomplete": "username"})
    email = EmailField(_("Mail address"), [is_address], render_kw={"autocomplete": "email"})
    submit = SubmitField(_("Register"))


class NewPasswordForm(PasswordForm):
    """Asks for a password to be set."""

    password = PasswordField(
        _("New password"),
        [is_strong],
        description=_("At least 8 characters, of any kind. A sentence is a good password."),
        render_kw=NEW,
    )
    submit = SubmitField(_("Set the password"))


class LoginForm(Form):
    """Asks who it is, and for the password."""

    login = StringField(_("Name or mail address"), render_kw={"autocomplete": "username"})
    password = PasswordField(_("Password"), render_kw=CURRENT)
    keep = BooleanField(_("Keep me logged in"))
    submit = SubmitField(_("Log in"))


class AddressForm(Form):
    """Asks for the address to which a link is mailed."""

    email = EmailField(_("Mail address"), [is_address], render_kw={"autocomplete": "email"})
    submit = SubmitField(_("Send the link"))


class ConfirmForm(Form):
    """Asks for nothing but a press of the button: a link that is fetched changes nothing."""

    submit = SubmitField(_("Yes, use this address"))


class NameForm(Form):
    """Asks which name one wants to have."""

    name = StringField(
        _("Name"),
        [is_account_name],
        description=_("The page about you moves with it. The former name is free for others."),
        render_kw={"autocomplete": "username"},
    )
    submit = SubmitField(_("Change the name"))


class LanguageForm(Form):
    """Asks in which language, and in which zone's time, Flasky is to speak to one."""

    locale = SelectField(
        _("Language"),
        [is_listed],
        choices=languages_to_choose,
        validate_choice=False,
        description=_("Of the mails to you, and of the pages in each browser where you log in."),
    )
    time_zone = SelectField(
        _("Time zone"),
        [is_listed],
        choices=time_zones_to_choose,
        validate_choice=False,
        description=_("Of all times on the pages."),
    )
    submit = SubmitField(_("Save"))


class ProfileForm(Form):
    """Asks what others may read about one."""

    about_me = TextAreaField(_("About me"), filters=[in_lines], render_kw={"autocomplete": "off"})
    submit = SubmitField(_("Save"))

    def validate_about_me(self, field: Field) -> None:
        """Take what fits."""
        if len(field.data or "") > LONGEST_ABOUT:
            raise ValidationError(
                gettext("Please write at most %(number)s characters.", number=LONGEST_ABOUT)
            )


class ChangePasswordForm(PasswordForm):
    """Asks for the password and for the one to come."""

    current = PasswordField(_("Your password"), [is_own_password], render_kw=CURRENT)
    password = PasswordField(_("New password"), [is_strong], render_kw=NEW)
    submit = SubmitField(_("Change the password"))


class ChangeAddressForm(Form):
    """Asks for the password and for the address to come."""

    email = EmailField(
        _("New mail address"), [is_address, is_another_address], render_kw={"autocomplete": "email"}
    )
    current = PasswordField(_("Your password"), [is_own_password], render_kw=CURRENT)
    submit = SubmitField(_("Send the link"))


class CodeForm(Form):
    """Asks for a code of the second factor."""

    code = StringField(_("Code"), description=ANY_CODE, render_kw=ONE_TIME)
    submit = SubmitField(_("Log in"))


class FirstCodeForm(Form):
    """Asks for a code that proves that an app has the secret."""

    code = StringField(
        _("Code"), description=_("The six digits that your app shows now."), render_kw=ONE_TIME
    )
    submit = SubmitField(_("Turn it on"))


class OwnPasswordForm(Form):
    """Asks for the password before something is done."""

    current = PasswordField(_("Your password"), [is_own_password], render_kw=CURRENT)


class EndSessionForm(OwnPasswordForm):
    """Asks for the password before other browsers are logged out."""

    submit = SubmitField(_("Log out"))


class SetUpForm(OwnPasswordForm):
    """Asks for the password before a second factor is set up."""

    submit = SubmitField(_("Set it up"))


class ProofForm(OwnPasswordForm):
    """Asks for the password and a code before something is done."""

    code = StringField(_("Code"), description=ANY_CODE, render_kw=ONE_TIME)


class RecoveryCodesForm(ProofForm):
    """Asks for proof before the recovery codes are made anew."""

    submit = SubmitField(_("Make new recovery codes"))


class TurnOffForm(ProofForm):
    """Asks for proof before the second factor is turned off."""

    submit = SubmitField(_("Turn it off"))


class DeleteForm(OwnPasswordForm):
    """Asks for the password before the account is deleted."""

    submit = SubmitField(_("Delete my account"))
