"""Texts that would do harm, or look it: they are shown as what they are."""

import re
from urllib.parse import quote

import pytest
from flask import Flask

from app import db
from app.models.texts import normalize_text
from tests.auth.people import add_account, log_in, submit
from tests.board.people import NEW, texts_on, user_of
from tests.clients import CheckingClient
from tests.pages import find, form_token, text_of

ZALGO = "".join(f"{letter}{chr(0x300 + i % 112) * 40}" for i, letter in enumerate("zalgo"))
HOSTILE = [
    "<script>alert(1)</script>",
    "</p></article><script src=//evil.example></script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "JaVaScRiPt://example.com/%0aalert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    'https://example.com/"onmouseover="alert(1)',
    "https://example.com/'onmouseover='alert(1)",
    "https://example.com/><script>alert(1)</script>",
    "https://user:password@evil.example/",
    "https://example.com@evil.example/",
    "https://example.com\\@evil.example",
    "https://\u202egpj.elpmaxe",
    "http://[::1",
    "http://[",
    "http://%00",
    "https://" + "a" * 3900,
    "http://" * 500,
    "https://example.com/" + ")" * 3900,
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "%(name)s %s %n {0} {name}",
    "&lt;b&gt; &amp; &#0; &#x202e;",
    "]]> <!-- --> <![CDATA[",
    "</textarea><script>alert(1)</script>",
    "<style>body{display:none}</style>",
    "<base href=//evil.example>",
    "'; DROP TABLE messages; --",
    ZALGO,
    "\u202eright to left\u202c and \u2066isolated",
    "\u202e" * 100 + "never closed",
    "\u0627\u0644\u0633\u0644\u0627\u0645 abc https://example.com \u05e9\u05dc\u05d5\u05dd",
    "x" * 4000,
    "🙂" * 4000,
    "👩‍👩‍👧‍👦" * 1700,
    "🇨🇳" * 4000,
    "e\u0301" * 4000,
    "nul\0nul \x01 \x1b[31m \x7f \x85 \ufdd0 \ufffe \U0001ffff",
    "\r\rold\rmac\r\n\r\nwindows\n\rodd",
    "\u2028line\u2029paragraph\v\f",
    "\ufeffbom \u200bzero \u00adsoft \u2060word",
    "line\n" * 799 + "end",
    '=HYPERLINK("http://evil.example")',
]  # fmt: skip


NAME = "\"'<b>&amp;</b>"


def member(app: Flask) -> CheckingClient:
    """Return the browser of somebody whose name looks like markup."""
    add_account(app, "susan")
    client = log_in(app, "susan")
    with app.app_context():
        user_of(app, "susan").username = NAME
        db.session.commit()
    return client


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_text_is_shown_as_it_is(sqlite_app: Flask, number: int) -> None:
    text = HOSTILE[number]
    client = member(sqlite_app)
    answer = submit(client, NEW, text=text)
    assert answer.status_code == 303, answer.text
    pages = ["/board/", "/board/1", "/board/1/edit", f"{NEW}?reply_to=1", f"/user/{quote(NAME)}"]
    for path in pages:
        page = client.get(path)
        assert page.status_code == 200
        if path.endswith("/edit"):
            field = find(page.text, ".//textarea")
            assert words(field.text or "") == words(normalize_text(text))
            continue
        assert texts_on(page) == [words(normalize_text(text))]
        for link in find(page.text, ".//*[@class='message-text']").iter("a"):
            assert re.match(r"https?://[!-~]+$", link.get("href", ""), re.IGNORECASE)
            assert link.get("rel") == "ugc nofollow"
            assert link.keys() == ["href", "rel"]
            assert link.text == link.get("href")
        assert text_of(find(page.text, ".//*[@class='message-author']")) == NAME or "user" in path


def test_there_are_forty() -> None:
    assert len({*HOSTILE}) >= 40


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"%ED%A0%80", 303),  # a lone surrogate, escaped: the escapes stay as they are
        (b"%FF%FE", 303),
        (b"%00", 303),
        (b"\xed\xa0\x80", 400),  # as raw bytes: no part of the form can be read
        (b"%20%E2%80%8B", 422),
        (b"a" * 200_000, 413),
        (b"%F0%9F%99%82" * 4001, 422),
        (b"&" * 3000 + b"x", 422),
    ],
)
def test_raw_bytes_are_answered(sqlite_app: Flask, body: bytes, status: int) -> None:
    client = member(sqlite_app)
    token = form_token(client.get(NEW).text)
    answer = client.post(
        NEW,
        data=b"csrf_token=" + token.encode() + b"&text=" + body,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == status
    assert client.get("/board/").status_code == 200


@pytest.mark.parametrize("reason", ["<script>alert(1)</script>", "https://a.example", ZALGO])
def test_a_hostile_reason_is_shown_as_it_is(sqlite_app: Flask, reason: str) -> None:
    client = member(sqlite_app)
    submit(client, NEW, text="Hello!")
    add_account(sqlite_app, "anna", role="Moderator")
    anna = log_in(sqlite_app, "anna")
    submit(anna, "/board/1/hide", reason=reason)
    for browser, path in [(client, "/board/"), (client, "/board/1"), (anna, "/board/hidden")]:
        page = browser.get(path)
        said = text_of(find(page.text, ".//*[@class='message-reason']"))
        assert said == f"Hidden by a moderator: {words(normalize_text(reason))}"
