"""The rule about mail addresses, on any text that there is: one text is one recipient at most."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.mail.letters import parse_header_address
from app.models.addresses import LONGEST_EMAIL, InvalidAddressError, parse_email

# ASCII's signs, and those that turn into them when a domain is encoded.
SIGNS = '@,;:<>()[]".\\%! ＠，；：＜＞（）［］＂．＼％！。｡℀⒈\u00ad\u200b\u0338'
SEVERAL = "one@victim.example＞，＜two＠attacker.example"

parts = st.text(st.sampled_from("abcAZ019-_+'=äßüñ例え" + SIGNS), min_size=1, max_size=20)
addresses = st.builds("@".join, st.lists(parts, min_size=2, max_size=4)) | st.builds(
    "{}@{}.{}".format, parts, parts, st.sampled_from(["example", "de", "公司", "１２"])
)


def recipients(text: str) -> list[str]:
    """Return whom a mail server is told of, if a letter goes to that address."""
    letter = EmailMessage(policy=SMTP)
    letter["To"] = parse_header_address(text)
    return [recipient.addr_spec for recipient in letter["To"].addresses]


@given(addresses | st.text(max_size=80))
@example(SEVERAL)
@example("susan@münchen.example")
@example("JOHN@EXAMPLE.COM")
def test_whatever_is_an_address_is_one_recipient_and_the_one_that_was_looked_at(
    typed: str,
) -> None:
    try:
        shown, key = parse_email(typed)
    except InvalidAddressError:
        return
    [recipient] = recipients(shown)
    assert recipient.partition("@")[0] == shown.partition("@")[0]
    assert recipient.partition("@")[2] == key.partition("@")[2]
    assert key.partition("@")[2].isascii()
    assert parse_email(shown) == (shown, key)
    assert len(shown) <= LONGEST_EMAIL
    assert len(key) <= LONGEST_EMAIL


@pytest.mark.parametrize(
    "typed",
    [
        SEVERAL,
        "m@v.example，v0＠v.example，v1＠v.example",
        "john@［127.0.0.1］",
        "john@[127.0.0.1]",
        "john@1.2.3.4",
        "john@example.１２",
        "john@localhost",
        "john@-example.com",
        "john@example..com",
        "john@ex_ample.com",
        "john@example.com.",
        "@example.com",
        '"john smith"@example.com',
        "john <john@example.com>",
        "\ud800@example.com",
        "john@" + "\u0345\u0334" * 120 + ".com",
        "john@" + "a." * 200 + "com",
    ],
)
def test_what_is_none_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAddressError):
        parse_email(typed)


def test_a_domain_is_the_one_that_its_owner_has() -> None:
    assert parse_email("susan@faß.de").key == "susan@xn--fa-hia.de"  # fass.de is another one
    assert parse_email("susan@ＥＸＡＭＰＬＥ。com") == (
        "susan@example.com",
        "susan@example.com",
    )
