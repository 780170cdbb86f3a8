"""The forms about accounts."""

from collections.abc import Callable, Sequence

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

from app.accounts.authentication import confirm_password
from app.accounts.limits import OWN_PASSWORD, limit_own_password
from app.models import passwords
from app.models.account_name import RESTS_FOR
from app.models.addresses import InvalidAddressError, parse_email
from app.models.nickname import are_same
from app.models.texts import normalize_text
from app.models.user import LONGEST_ABOUT
from app.web.forms import Form, is_account_name, is_given, is_listed, show_error_at_field
from app.web.languages import gettext, language_tag
from app.web.languages import lazy_gettext as _
from app.web.time_zones import AREAS, format_place, zones_to_choose
from app.web.visitors import get_current_user
from config import LANGUAGES

CURRENT = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}
ENTER_PASSWORD = _("Please enter your password.")


class PasswordForm(Form):
    """A form that sets a password. `owner` is what others know of whoever is to have it."""

    owner: Sequence[str] = ()


def is_address(_form: Form, field: Field) -> None:
    """Take only what is a mail address."""
    try:
        parse_email(field.data or "")
    except InvalidAddressError:
        raise ValidationError(
            gettext("Please enter a valid email address, like john@example.com.")
        ) from None


def is_strong(form: PasswordForm, field: Field) -> None:
    """Take only what others would not guess."""
    with show_error_at_field():
        passwords.check(field.data or "", form.owner)


def is_own_password(_form: Form, field: Field) -> None:
    """Take only the password of whoever is logged in. Raise TooManyRequests after many others."""
    if not field.data:
        raise ValidationError(ENTER_PASSWORD)
    user = get_current_user()
    limit_own_password(user)
    if not confirm_password(user, field.data or ""):
        raise ValidationError(gettext("That is not your password."))
    OWN_PASSWORD.reset(str(user.id))


def is_another_address(form: Form, field: Field) -> None:
    """Take only a mail address that is not one's own already."""
    is_address(form, field)
    if parse_email(field.data).key == get_current_user().email_key:
        raise ValidationError(gettext("This is already your email address."))


def is_at_most(length: int) -> Callable[[Form, Field], None]:
    """Return a validator that takes only texts of that many characters at most."""

    def validate(_form: Form, field: Field) -> None:
        if len(field.data or "") > length:
            raise ValidationError(
                gettext("Please enter at most %(number)s characters.", number=length)
            )

    return validate


def languages_to_choose() -> list[tuple[str, str, dict[str, str]]]:
    """Return the languages by their own names, after the choice to make none."""
    listed = [(code, name, {"lang": language_tag(code)}) for code, name in LANGUAGES.items()]
    return [("", gettext("Same as the browser"), {}), *listed]


def time_zones_to_choose() -> dict[str, list[tuple[str, str]]]:
    """Return the zones by area, after the choice to make none."""
    choices: dict[str, list[tuple[str, str]]] = {
        str(AREAS.get(area, "")): [(zone, format_place(zone)) for zone in zones]
        for area, zones in zones_to_choose().items()
    }
    choices[""].insert(0, ("", gettext("Same as the browser")))
    return choices


class RegisterForm(Form):
    """Asks which name is to get an account, and its owner's address."""

    name = StringField(_("Name"), [is_account_name], render_kw={"autocomplete": "username"})
    email = EmailField(_("Email address"), [is_address], render_kw={"autocomplete": "email"})
    submit = SubmitField(_("Sign up"))


class NewPasswordForm(PasswordForm):
    """Asks for a password to be set."""

    password = PasswordField(
        _("New password"),
        [is_strong],
        description=_(
            "At least %(number)s characters of any kind. A short sentence works well.",
            number=passwords.SHORTEST,
        ),
        render_kw=NEW,
    )
    submit = SubmitField(_("Set password"))


class LoginForm(Form):
    """Asks who it is, and for the password."""

    login = StringField(
        _("Name or email address"),
        [is_given(_("Please enter your name or your email address."))],
        render_kw={"autocomplete": "username webauthn"},
    )
    password = PasswordField(_("Password"), [is_given(ENTER_PASSWORD)], render_kw=CURRENT)
    keep = BooleanField(_("Keep me logged in"))
    submit = SubmitField(_("Log in"))


class AddressForm(Form):
    """Asks for the address to which a link is mailed."""

    email = EmailField(_("Email address"), [is_address], render_kw={"autocomplete": "email"})
    submit = SubmitField(_("Send link"))


class ConfirmForm(Form):
    """Asks for nothing but a press of the button: a link that is fetched changes nothing."""

    submit = SubmitField(_("Yes, use this address"))


class NameForm(Form):
    """Asks which name one wants to have."""

    name = StringField(
        _("Name"),
        [is_account_name],
        description=_(
            "Your public page moves with it. Nobody else can use your old name for %(days)s days.",
            days=RESTS_FOR.days,
        ),
        render_kw={"autocomplete": "username"},
    )
    submit = SubmitField(_("Change name"))


class LanguageForm(Form):
    """Asks in which language, and in which zone's time, Flasky is to speak to one."""

    locale = SelectField(
        _("Language"),
        [is_listed],
        choices=languages_to_choose,
        validate_choice=False,
        description=_("Used for emails to you, and for pages wherever you log in."),
    )
    time_zone = SelectField(
        _("Time zone"),
        [is_listed],
        choices=time_zones_to_choose,
        validate_choice=False,
        description=_("Used for all times on the site."),
    )
    submit = SubmitField(_("Save"))


class ProfileForm(Form):
    """Asks what others may read about one."""

    about_me = TextAreaField(
        _("About me"),
        [is_at_most(LONGEST_ABOUT)],
        filters=[normalize_text],
        render_kw={"autocomplete": "off"},
    )
    submit = SubmitField(_("Save"))


class ChangePasswordForm(PasswordForm):
    """Asks for the password to come."""

    password = PasswordField(_("New password"), [is_strong], render_kw=NEW)
    submit = SubmitField(_("Change password"))


class ChangeAddressForm(Form):
    """Asks for the address to come."""

    email = EmailField(
        _("New email address"),
        [is_address, is_another_address],
        render_kw={"autocomplete": "email"},
    )
    submit = SubmitField(_("Send link"))


class ProofForm(Form):
    """Asks for the password. One for whoever has a second factor asks for that as well."""

    current = PasswordField(_("Your password"), [is_own_password], render_kw=CURRENT)
    submit = SubmitField(_("Continue"))

    def get_code(self) -> str | None:
        """Return what the checks of app.accounts.login_sessions are to look at."""
        return None

    def refuse_code(self) -> None:
        """Say that it was not enough."""
        self.form_errors.append(
            gettext("Your account has changed in the meantime. Please try again.")
        )


class ExportForm(Form):
    """Asks for nothing but a press of the button."""

    submit = SubmitField(_("Download"))


def is_own_name(_form: Form, field: Field) -> None:
    """Take only the name of whoever is logged in, in any spelling."""
    if not are_same(field.data or "", get_current_user().username):
        raise ValidationError(gettext("That is not the name of your account."))


class DeleteForm(Form):
    """Asks whether the account is to be deleted, and what its owner has written for others."""

    is_dangerous = True
    with_writings = BooleanField(
        _("Also delete what I wrote for others"),
        description=_("Otherwise it stays, without your name."),
    )
    name = StringField(
        _("Type your name to confirm"), [is_own_name], render_kw={"autocomplete": "off"}
    )
    submit = SubmitField(_("Delete my account"))
