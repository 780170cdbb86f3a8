"""The rule about mail addresses: which ones there are, and when two are the same."""

from email.utils import parseaddr
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from settings import read_address

LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
LONGEST_EMAIL = 254  # characters, as SMTP takes them (RFC 5321)


class InvalidAddressError(ValueError):
    """A text is no mail address."""


class MailAddress(NamedTuple):
    """A mail address: as its owner writes it, and the key to compare by."""

    shown: str
    key: str


def mail_address(typed: str) -> MailAddress:
    """Return the address that somebody typed. Raise InvalidAddressError if it is none.

    The case of Latin letters does not count: servers may tell john@ from John@ (RFC 5321), and none
    does. Of others, who knows: two letters that only look alike may be two people's.
    """
    text = typed.strip()
    if len(text) > LONGEST_EMAIL:
        raise InvalidAddressError(f"a mail address has at most {LONGEST_EMAIL} characters")
    try:
        line = read_address(text)
        name, plain = parseaddr(line)
        user, _, domain = plain.rpartition("@")
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except ValueError as error:
        raise InvalidAddressError(str(error)) from None
    key = f"{user.translate(LOWER)}@{ascii_domain}"
    if name or plain != text or len(key) > LONGEST_EMAIL or "." not in domain:
        raise InvalidAddressError(f"{text!r} is not a mail address")
    return MailAddress(plain, key)
