"""The rule about names of accounts: a visitor's name that is not made to be taken for another's.

Names of accounts are claimed by what they look like. A name that was given up rests for a while:
whoever knew its owner would take another one for them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import ColumnElement, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.columns import UtcDateTime, text_type, utc_now
from app.models.confusables import make_skeleton, mixes_scripts
from app.models.nickname import InvalidNameError, Nickname, parse_nickname
from app.models.role import Role

if TYPE_CHECKING:
    from app.models.user import User

LONGEST_SKELETON = 255  # characters; of longer ones, which no name of letters has, the beginning
RESTS_FOR = timedelta(days=90)
MOST_MARKS = 3  # in a row, of one letter

# Who speaks for a site: its roles, and the mailboxes of RFC 2142. Roles are those of all languages.
RESERVED = """
    admin administrator moderator mod user role root system sysadmin superuser owner staff team
    official support help service bot anonymous nobody everybody everyone all null undefined deleted
    info marketing sales abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
    mailer-daemon no-reply
    管理员 管理員 系统管理员 超级管理员 网站管理员 站长 版主 用户 系统 官方 客服 客户服务 工作人员
    匿名 所有人 全体成员
"""


class AccountName(Model):
    """What the name of an account looks like: no other account gets one that looks the same."""

    __tablename__ = "account_names"

    id: Mapped[int] = mapped_column(primary_key=True)
    skeleton: Mapped[str] = mapped_column(text_type(LONGEST_SKELETON), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User | None] = relationship()

    def __repr__(self) -> str:
        """Return `<AccountName 'john' of user 3>`."""
        return f"<AccountName {self.skeleton!r} of user {self.user_id}>"


def is_free(now: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that nobody has a name any more, nor had it a short while ago."""
    is_had = AccountName.given_up_at.is_(None)
    has_rested = AccountName.given_up_at < (now or utc_now()) - RESTS_FOR
    # Or else an operator has deleted the account, in the shell.
    return (is_had & AccountName.user_id.is_(None)) | (~is_had & has_rested)


def parse_account_name(typed: str) -> Nickname:
    """Return the name that somebody typed for an account. Raise InvalidNameError if it is none.

    It holds no @, in any width: it could be taken for somebody's address; nor what makes a link.
    """
    name = parse_nickname(typed)
    if "@" in name.shown:
        raise InvalidNameError("The name of an account cannot contain @.")
    if "//" in name.shown:
        raise InvalidNameError("The name of an account cannot contain //.")
    if mixes_scripts(name.shown):
        raise InvalidNameError(
            "The name of an account cannot mix letters of different alphabets: they look alike."
        )
    if _has_many_marks(name.shown):
        raise InvalidNameError(
            "The name of an account cannot have more than %(number)s accents on one letter.",
            number=MOST_MARKS,
        )
    return name


def parse_chosen_name(typed: str) -> Nickname:
    """Return the name that somebody chose for their account. Raise InvalidNameError.

    Unlike an operator, nobody chooses a name that seems to speak for the site.
    """
    name = parse_account_name(typed)
    looks = {_make_bare_skeleton(name.shown), _make_bare_skeleton(name.key)}
    if looks & _reserved(current_app.config["SITE_NAME"]):
        raise InvalidNameError(
            "This name could be taken for the site's own. Please choose another one."
        )
    return name


def make_claim(name: str) -> str:
    """Return what of a name is claimed: its skeleton."""
    return make_skeleton(name)[:LONGEST_SKELETON]


def _has_many_marks(text: str) -> bool:
    """Return whether marks are piled up."""
    kinds = "".join(unicodedata.category(each)[0] for each in unicodedata.normalize("NFD", text))
    return "M" * (MOST_MARKS + 1) in kinds


def _make_bare_skeleton(text: str) -> str:
    """Return the skeleton without what may stand between words."""
    return re.sub(r"[\W_]", "", make_skeleton(text))


@cache
def _reserved(site: str) -> frozenset[str]:
    return frozenset(map(_make_bare_skeleton, [site, *Role.PERMISSIONS, *RESERVED.split()]))
