"""Users: everybody who ever said a name. Some have an account, with an address and a password."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import CheckConstraint, ForeignKey, event, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.extensions import Model, db
from app.models import passwords
from app.models.account_name import AccountName, make_claim
from app.models.addresses import LONGEST_EMAIL, parse_email
from app.models.columns import UtcDateTime, max_length_check, non_negative_check, text_type, utc_now
from app.models.nickname import LONGEST_KEY, LONGEST_NAME, InvalidNameError, parse_nickname
from app.models.role import Permission, Role

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultExecutionContext
    from sqlalchemy.orm import Session, UOWTransaction

    from app.models.login_session import LoginSession

LONGEST_ABOUT = 1000  # characters
LONGEST_LOCALE = 16
LONGEST_TIME_ZONE = 64  # the longest of today's has 30


def _key_of_username(context: DefaultExecutionContext) -> str:
    """Return the key for a row that did not come from an object, but from `insert(User)`.

    Raises InvalidNameError for a name that is not in its form: what is kept is what is shown.
    """
    row: dict[str, str] = context.get_current_parameters()
    name = parse_nickname(row["username"])
    if name.shown != row["username"]:
        raise InvalidNameError(
            "%(name)s is written %(form)s.", name=repr(row["username"]), form=repr(name.shown)
        )
    return name.key


class User(Model):
    """A visitor whom Flasky has met, with an account or without.

    Who has an account has an address, a password and a role. A role alone makes no account.
    """

    is_active = True  # as Flask-Login asks: who is disabled has no session any more
    is_authenticated = True
    is_anonymous = False
    session_key = cast("str | None", None)  # of this browser
    proved_at = cast("datetime | None", None)  # in this browser; see app.web.proofs

    __tablename__ = "users"
    __table_args__ = (
        max_length_check(LONGEST_NAME, "username"),
        max_length_check(LONGEST_KEY, "username_key"),
        non_negative_check("visits"),
        max_length_check(LONGEST_EMAIL, "email"),
        max_length_check(LONGEST_EMAIL, "email_key"),
        max_length_check(LONGEST_ABOUT, "about_me"),
        max_length_check(LONGEST_LOCALE, "locale"),
        max_length_check(LONGEST_TIME_ZONE, "time_zone"),
        non_negative_check("links_epoch"),
        CheckConstraint("password_hash IS NULL OR role_id IS NOT NULL", name="account_role"),
        CheckConstraint("password_hash IS NULL OR email_key IS NOT NULL", name="account_email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(text_type(LONGEST_NAME), unique=True, index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"), index=True)
    username_key: Mapped[str] = mapped_column(
        text_type(LONGEST_KEY), unique=True, default=_key_of_username
    )
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    visits: Mapped[int] = mapped_column(default=0)

    email: Mapped[str | None] = mapped_column(text_type(LONGEST_EMAIL))
    email_key: Mapped[str | None] = mapped_column(text_type(LONGEST_EMAIL), unique=True)
    password_hash: Mapped[str | None] = mapped_column(text_type(200))
    # Part of what mailed links are bound to: raised, it voids them.
    links_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    member_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    let_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # by an operator
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # that passwords are guessed
    # State of a password that was found to be known from a breach.
    breached_state: Mapped[str | None] = mapped_column(text_type(32))
    about_me: Mapped[str] = mapped_column(text_type(LONGEST_ABOUT), default="", server_default="")
    # What was chosen, and was there to choose then; see app.web.languages and app.web.time_zones.
    locale: Mapped[str | None] = mapped_column(text_type(LONGEST_LOCALE))
    time_zone: Mapped[str | None] = mapped_column(text_type(LONGEST_TIME_ZONE))

    role: Mapped[Role | None] = relationship(back_populates="users")
    logins: Mapped[list[LoginSession]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

    @validates("username")
    def _enforce_username(self, _column: str, username: str) -> str:
        """Bring the name into its form, and keep its key beside it. Raise InvalidNameError."""
        name = parse_nickname(username)
        self.username_key = name.key
        return name.shown

    @validates("email")
    def _enforce_email(self, _column: str, email: str | None) -> str | None:
        """Keep the key of the address beside it. Raise InvalidAddressError for what is none."""
        if email is None:
            self.email_key = None
            return None
        address = parse_email(email)
        self.email_key = address.key
        return address.shown

    @property
    def password(self) -> str:
        """Raise AttributeError: what is kept tells nobody the password, only whether it is."""
        raise AttributeError("password is not a readable attribute")

    @password.setter
    def password(self, password: str) -> None:
        """Keep a password's hash. Raise WeakPasswordError for one that others would guess."""
        self.password_hash = passwords.check_and_hash(password, self.known_to_others)

    @property
    def known_to_others(self) -> list[str]:
        """What a password must not be."""
        return [word for word in (self.username, self.email) if word]

    def verify_password(self, password: str) -> bool:
        """Return whether this is the password. It takes as long for a user who has none."""
        return passwords.verify(self.password_hash, password)

    @property
    def has_breached_password(self) -> bool:
        """Whether the present password was found to be known from a breach."""
        if self.breached_state is None:
            return False
        return self.breached_state == passwords.state_of(self.password_hash)

    @property
    def has_account(self) -> bool:
        """Whether the user can log in, unless disabled."""
        return self.password_hash is not None

    def can(self, permission: int) -> bool:
        """Return whether the user's role allows all of that."""
        return self.role is not None and self.role.has_permission(permission)

    def is_administrator(self) -> bool:
        """Return whether the user may do everything."""
        return self.can(Permission.ADMIN)

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie: the key of this browser's session."""
        if self.session_key is None:
            raise ValueError(f"{self!r} has no session; see app.auth.browser.log_in")
        return self.session_key

    def __repr__(self) -> str:
        """Return `<User 'john'>`."""
        return f"<User {self.username!r}>"


@event.listens_for(db.session, "before_flush")
def _complete_accounts(session: Session, _context: UOWTransaction, _objects: object) -> None:
    """Give a new account what it was not given: the role of all new ones, and its first day."""
    for user in session.new:
        if isinstance(user, User) and user.has_account:
            user.member_since = user.member_since or utc_now()
            if user.role is None and user.role_id is None:
                user.role = Role.get_or_insert(Role.DEFAULT)
            _claim_name(session, user)


def _claim_name(session: Session, user: User) -> None:
    """Let an account that is made in the shell have its name, even if that rests.

    Two accounts there may look alike: the first one has the claim.
    """
    skeleton = make_claim(user.username)
    with session.no_autoflush:
        claim = session.scalar(select(AccountName).where(AccountName.skeleton == skeleton))
    if claim is None:
        session.add(AccountName(skeleton=skeleton, user=user))
    elif claim.user_id is None or claim.given_up_at is not None:
        claim.user, claim.given_up_at = user, None


class AnonymousUser:
    """Whoever is not logged in, who may do nothing that needs a permission."""

    is_active = False
    is_authenticated = False
    is_anonymous = True
    time_zone = None

    def can(self, permission: int) -> bool:  # noqa: ARG002
        return False

    def is_administrator(self) -> bool:
        return False

    def get_id(self) -> None:
        pass
