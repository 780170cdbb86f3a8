"""Names that no mother gave, through the form: greeted alike on every database, or refused."""

from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db
from app.models import User
from app.models.nickname import parse_nickname
from tests.clients import CheckingClient
from tests.pages import form_token, heading, name_error

# What is typed, and the name that is greeted.
GREETED = [
    ("john", "john"),
    ("  john\N{NO-BREAK SPACE} ", "john"),
    ("John  F.   Kennedy", "John F. Kennedy"),
    ("x" * 64, "x" * 64),
    (" " * 90 + "y" * 64 + "\N{NO-BREAK SPACE}" * 90, "y" * 64),
    ("José", "José"),
    ("Jose\N{COMBINING ACUTE ACCENT}", "José"),
    ("Zoe\N{COMBINING DIAERESIS}" * 8, "Zoë" * 8),
    ("Z\u0300\u0301\u0302\u0303\u0304algo", "Z\u0300\u0301\u0302\u0303\u0304algo"),
    ("\N{FULLWIDTH LATIN SMALL LETTER J}ane", "jane"),
    ("\N{LATIN SMALL LIGATURE FI}ona", "fiona"),
    ("\N{MATHEMATICAL SCRIPT CAPITAL J}ack", "Jack"),
    ("Henry \N{ROMAN NUMERAL EIGHT}", "Henry VIII"),
    ("İstanbul", "İstanbul"),
    ("ılgaz", "ılgaz"),
    ("Strauß", "Strauß"),
    ("Strauss", "Strauss"),
    ("STRAU\N{LATIN CAPITAL LETTER SHARP S}E", "STRAU\N{LATIN CAPITAL LETTER SHARP S}E"),
    ("ΟΔΥΣΣΕΥΣ", "ΟΔΥΣΣΕΥΣ"),
    ("Пётр", "Пётр"),
    ("محمد", "محمد"),
    ("דוד", "דוד"),
    ("王小明", "王小明"),
    ("𠮷野家", "𠮷野家"),
    ("山田　太郎", "山田 太郎"),
    ("ﾔﾏﾀﾞ", "ヤマダ"),
    ("김철수", "김철수"),
    ("\u1100\u1161", "가"),
    ("สมชาย", "สมชาย"),
    ("राम", "राम"),
    ("क्\N{ZERO WIDTH JOINER}ष", "क्\N{ZERO WIDTH JOINER}ष"),
    ("Nguyễn Thị Minh Khai", "Nguyễn Thị Minh Khai"),
    ("😀", "😀"),
    ("😀" * 64, "😀" * 64),
    ("👍🏽", "👍🏽"),
    ("🇩🇪", "🇩🇪"),
    ("\N{HEAVY BLACK HEART}", "\N{HEAVY BLACK HEART}"),
    ("Robert'); DROP TABLE users;--", "Robert'); DROP TABLE users;--"),
    ("' OR '1'='1", "' OR '1'='1"),
    ('"; SELECT 1; --', '"; SELECT 1; --'),
    ("%", "%"),
    ("_", "_"),
    ("\\", "\\"),
    ("%s %(name)s :name ?", "%s %(name)s :name ?"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ('"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'),
    ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ("{% raw %}", "{% raw %}"),
    ("${7*7}", "${7*7}"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("../../etc/passwd", "../../etc/passwd"),
    ("//evil.example", "//evil.example"),
    ("a/b?c=d#e&f+g", "a/b?c=d#e&f+g"),
    ("...", "..."),
    ("/", "/"),
    ("NULL", "NULL"),
    ("None", "None"),
    ("undefined", "undefined"),
    ("0", "0"),
    ("-1", "-1"),
    ("1e309", "1e309"),
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("\N{REPLACEMENT CHARACTER}", "\N{REPLACEMENT CHARACTER}"),
]

# What is typed, and words of the reason why it is no name.
REFUSED = [
    ("", "Please enter your name"),
    (" ", "Please enter your name"),
    ("\N{IDEOGRAPHIC SPACE}\N{NO-BREAK SPACE}\N{EM SPACE}", "Please enter your name"),
    ("x" * 65, "up to 64 characters"),
    ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 4, "up to 64 characters"),
    ("z" * 1024, "up to 64 characters"),
    ("z" * 10_000, "at most 2048 characters"),
    ("a\0b", "U+0000"),
    ("\0", "U+0000"),
    ("a\tb", "U+0009"),
    ("john\r\nBcc: susan@example.com", "U+000D"),
    ("john\nsusan", "U+000A"),
    ("\x1b[31mred", "U+001B"),
    ("\x7f", "U+007F"),
    ("\x85", "U+0085"),
    ("a\N{ZERO WIDTH SPACE}b", "ZERO WIDTH SPACE"),
    ("a\N{ZERO WIDTH NON-JOINER}b", "ZERO WIDTH NON-JOINER"),
    ("a\N{ZERO WIDTH JOINER}b", "ZERO WIDTH JOINER"),
    ("👩\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧", "ZERO WIDTH JOINER"),
    ("❤\N{VARIATION SELECTOR-16}", "VARIATION SELECTOR-16"),
    ("a\N{SOFT HYPHEN}b", "SOFT HYPHEN"),
    ("\N{ZERO WIDTH NO-BREAK SPACE}john", "ZERO WIDTH NO-BREAK SPACE"),
    ("\N{RIGHT-TO-LEFT OVERRIDE}nhoj", "RIGHT-TO-LEFT OVERRIDE"),
    ("john\N{LEFT-TO-RIGHT MARK}", "LEFT-TO-RIGHT MARK"),
    ("\N{FIRST STRONG ISOLATE}john", "FIRST STRONG ISOLATE"),
    ("\N{LINE SEPARATOR}", "LINE SEPARATOR"),
    ("\N{HANGUL FILLER}", "HANGUL"),
    ("\N{BRAILLE PATTERN BLANK}", "visible character"),
    ("\N{COMBINING GRAVE ACCENT}", "visible character"),
    ("\N{INTERLINEAR ANNOTATION ANCHOR}", "INTERLINEAR ANNOTATION ANCHOR"),
    ("\ue000", "U+E000"),
    ("\ufdd0", "U+FDD0"),
    ("\U0010ffff", "U+10FFFF"),
    ("\u0378", "too new, or not a valid character"),
    ("\N{TAG LATIN SMALL LETTER A}", "TAG LATIN SMALL LETTER A"),
    (".", "just one or two dots"),
    ("..", "just one or two dots"),
    ("．", "just one or two dots"),
]


def test_names_are_greeted_alike(
    app: Flask, client: CheckingClient, subtests: pytest.Subtests
) -> None:
    app.config["NEW_NAMES_LIMIT"] = "1000 per minute"
    for typed, name in GREETED:
        with subtests.test(typed=ascii(typed)):
            page = client.say(typed)
            assert page.status_code == 200
            assert heading(page.text) == f"Hello, {name}!"
            profile = client.get(f"/user/{quote(typed, safe='')}")
            assert profile.status_code == 200
            assert parse_nickname(heading(profile.text)).key == parse_nickname(typed).key
    # The database took two names for one exactly where the rule does.
    keys = {parse_nickname(typed).key for typed, _ in GREETED}
    with app.app_context():
        assert set(db.session.scalars(select(User.username_key))) == keys


def test_other_texts_are_refused_with_a_reason(
    app: Flask, client: CheckingClient, subtests: pytest.Subtests
) -> None:
    for typed, reason in REFUSED:
        with subtests.test(typed=ascii(typed[:70])):
            page = client.say(typed)
            assert page.status_code == 422
            assert reason in name_error(page.text)
    with app.app_context():
        assert db.session.scalar(select(func.count(User.id))) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xed\xa0\x80", 400),  # a lone surrogate as raw bytes: no part of the form can be read
        (b"\xff\xfe\x00", 400),
        (b"%ED%A0%80", 200),  # the same, escaped: the escapes stay as they are
        (b"%FF%FE", 200),
        (b"%00", 422),
        (b"a" * 2_000_000, 413),
    ],
)
def test_raw_bytes_are_answered(client: CheckingClient, body: bytes, status: int) -> None:
    token = form_token(client.get("/").text)
    page = client.post(
        "/",
        data=b"csrf_token=" + token.encode() + b"&name=" + body,
        content_type="application/x-www-form-urlencoded",
        follow_redirects=True,
    )
    assert page.status_code == status


def multipart(token: str, name: bytes, filename: str = "") -> bytes:
    """Return a form whose name is a part of its own, perhaps a file."""
    part = b"--x\r\nContent-Disposition: form-data; name="
    file = f'; filename="{filename}"'.encode() if filename else b""
    lines = [part + b'"csrf_token"\r\n', token.encode(), part + b'"name"' + file + b"\r\n", name]
    return b"\r\n".join(lines) + b"\r\n--x--\r\n"


def test_bytes_that_are_no_text_are_replaced(client: CheckingClient) -> None:
    body = multipart(form_token(client.get("/").text), b"\xed\xa0\x80")
    page = client.post(
        "/", data=body, content_type="multipart/form-data; boundary=x", follow_redirects=True
    )
    assert heading(page.text) == "Hello, " + "\N{REPLACEMENT CHARACTER}" * 3 + "!"


def test_a_file_is_not_a_name(client: CheckingClient) -> None:
    body = multipart(form_token(client.get("/").text), b"john", filename="john.txt")
    page = client.post("/", data=body, content_type="multipart/form-data; boundary=x")
    assert page.status_code == 422
    assert "Please enter your name" in name_error(page.text)


@pytest.mark.parametrize(
    "body",
    [
        b"[1, 2]", b'["a"]', b'"x"', b"5", b"null", b"{", b"[" * 10_000,
        b'{"name": 5}', b'{"name": {"a": 1}}', b'{"csrf_token": 5}', b'{"name": "\\ud800"}',
    ],
    ids=lambda body: body[:20].decode(),
)  # fmt: skip
def test_json_is_not_a_form(sqlite_client: CheckingClient, body: bytes) -> None:
    page = sqlite_client.post("/", data=body, content_type="application/json")
    assert page.status_code == 400
