"""The language and the time zone that somebody chooses for themselves."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask, render_template_string
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import event, select, update

from app import db
from app.email import send_email
from app.mail.letters import body_of, write
from app.models import User
from app.web.times import current_zone
from config import LANGUAGES
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    link_in,
    log_in,
    submit,
)
from tests.clients import CheckingClient
from tests.commands import ROOT
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import find, shown
from tests.pages import text_of as words_of

PATH = "/auth/settings/language"


@pytest.fixture
def sqlite_susan(sqlite_app: Flask) -> CheckingClient:
    add_account(sqlite_app, "susan")
    return log_in(sqlite_app, "susan")


def change(app: Flask, name: str, **values: Any) -> None:
    """Let a row hold what no form would write."""
    with app.app_context():
        db.session.execute(update(User).where(User.username == name).values(values))
        db.session.commit()


def language_of(client: CheckingClient) -> str | None:
    return find(client.get("/").text, ".").get("lang")


def chosen(page: str, field: str) -> list[str]:
    options = find(page, f".//select[@name='{field}']").iter("option")
    return [option.get("value", "") for option in options if "selected" in option.attrib]


def offered(page: str, field: str) -> list[str]:
    options = find(page, f".//select[@name='{field}']").iter("option")
    return [option.get("value", "") for option in options]


def times(page: str) -> list[tuple[str, str]]:
    """Return each time on a page, as programs and as people read it."""
    found = re.findall(r'<time datetime="([^"]+)"[^>]*>([^<]+)</time>', page)
    return [(stamp, unescape(text)) for stamp, text in found]


# The page


def test_both_are_chosen_and_kept(app: Flask, susan: CheckingClient) -> None:
    page = susan.get(PATH).text
    assert (chosen(page, "locale"), chosen(page, "time_zone")) == ([""], [""])
    assert shown(susan.get("/auth/settings").text).count("Same as the browser") == 2
    answer = submit(susan, PATH, locale="zh_Hans", time_zone="America/New_York")
    assert answer.location == "/auth/settings"
    page = shown(susan.get("/auth/settings").text)
    assert "已保存。" in page  # in the language that was chosen just now
    assert "简体中文" in page
    assert "America/New York" in page
    page = susan.get(PATH).text
    assert chosen(page, "locale") == ["zh_Hans"]
    assert chosen(page, "time_zone") == ["America/New_York"]
    submit(susan, PATH, locale="", time_zone="")
    with app.app_context():
        [row] = db.session.execute(select(User.locale, User.time_zone)).all()
    assert tuple(row) == (None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("locale", "eo"),
        ("locale", "zh-Hans"),
        ("time_zone", "Mars/Olympus_Mons"),
        ("time_zone", "US/Eastern"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", "x" * 2000),
        ("time_zone", "\0"),
    ],
)
def test_what_the_lists_do_not_offer_is_refused(
    app: Flask, susan: CheckingClient, field: str, value: str
) -> None:
    answer = submit(susan, PATH, **{"locale": "", "time_zone": "", field: value})
    assert answer.status_code == 422
    select_field = find(answer.text, f".//select[@name='{field}']")
    assert select_field.get("aria-invalid") == "true"
    hint, error = select_field.get("aria-describedby", "").split()
    assert hint == f"{field}-hint"
    assert (
        words_of(find(answer.text, f".//*[@id='{error}']"))
        == "Please choose an option from the list."
    )
    with app.app_context():
        [row] = db.session.execute(select(User.locale, User.time_zone)).all()
    assert tuple(row) == (None, None)


def test_the_lists_offer_what_a_person_would_choose(sqlite_susan: CheckingClient) -> None:
    page = sqlite_susan.get(PATH).text
    assert offered(page, "locale") == ["", *LANGUAGES]
    zones = offered(page, "time_zone")
    assert zones[:3] == ["", "UTC", "Africa/Abidjan"]
    assert zones[2:] == sorted(zones[2:])
    assert len(zones) > 400
    assert set(zones[1:]) <= available_timezones()
    for zone in ("Asia/Shanghai", "Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires"):
        assert zone in zones
    strange = re.compile(r"Etc/|posix|SystemV|US/|GMT|Asia/Calcutta|^[A-Z]{3}$")
    assert [zone for zone in zones if strange.search(zone)] == ["UTC"]
    groups = find(page, ".//select[@name='time_zone']").findall("optgroup")
    assert [group.get("label") for group in groups][-3:] == ["Europe", "Indian Ocean", "Pacific"]
    assert ">Argentina/Buenos Aires</option>" in page
    assert len(page.encode()) < 40_000


def test_zones_are_known_on_a_machine_without_a_zone_database() -> None:
    code = "from app.web.time_zones import find_zone; print(find_zone('Asia/Shanghai'))"
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONTZPATH": ""}
    printed = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout == "Asia/Shanghai\n"


# The language


def test_the_language_follows_its_owner_from_browser_to_browser(
    app: Flask, susan: CheckingClient
) -> None:
    submit(susan, PATH, locale="zh_Hans", time_zone="")
    assert language_of(susan) == "zh-Hans"
    elsewhere = visitor(app)
    assert language_of(elsewhere) == "en"
    submit(elsewhere, "/auth/login", login="susan", password=PASSWORD)
    assert language_of(elsewhere) == "zh-Hans"
    cookie = elsewhere.get_cookie("language")
    assert cookie
    assert (cookie.value, cookie.http_only, cookie.same_site) == ("zh_Hans", True, "Lax")


def test_the_buttons_of_the_footer_are_for_one_browser(app: Flask, susan: CheckingClient) -> None:
    submit(susan, PATH, locale="zh_Hans", time_zone="")
    susan.post("/preferences", data={"language": "en"})
    assert language_of(susan) == "en"
    assert language_of(log_in(app, "susan")) == "zh-Hans"
    with app.app_context():
        assert db.session.scalars(select(User.locale)).one() == "zh_Hans"


def test_without_a_language_a_browser_keeps_its_own_choice(
    app: Flask, susan: CheckingClient
) -> None:
    susan.post("/preferences", data={"language": "zh_Hans"})
    submit(susan, PATH, locale="", time_zone="Asia/Shanghai")
    assert language_of(susan) == "zh-Hans"
    client = visitor(app)
    client.post("/preferences", data={"language": "zh_Hans"})
    submit(client, "/auth/login", login="susan", password=PASSWORD)
    assert language_of(client) == "zh-Hans"


def test_the_browser_decides_again(susan: CheckingClient) -> None:
    submit(susan, PATH, locale="zh_Hans", time_zone="")
    submit(susan, PATH, locale="", time_zone="")
    assert susan.get_cookie("language") is None
    page = susan.get("/auth/settings").text
    assert find(page, ".").get("lang") == "en"
    assert "Saved." in shown(page)


def test_a_language_that_flasky_speaks_no_more_counts_for_nothing(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    change(app, "susan", locale="tlh")
    client = log_in(app, "susan")
    assert client.get_cookie("language") is None
    assert language_of(client) == "en"
    assert "Same as the browser" in shown(client.get("/auth/settings").text)
    assert chosen(client.get(PATH).text, "locale") == []
    submit(client, "/auth/settings/password", password=OTHER_PASSWORD)
    submit(client, "/auth/reset", email="susan@example.com")
    run(app, "send")
    subjects = {mail["Subject"] for mail in inbox.mails}
    assert subjects == {"[Flasky] Your password was changed", "[Flasky] Reset your password"}


def test_mails_are_written_in_the_language_of_their_reader(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    change(app, "susan", locale="zh_Hans")
    stranger = visitor(app)  # whose browser speaks English
    submit(stranger, "/auth/register", name="david", email="susan@example.com")
    submit(stranger, "/auth/reset", email="susan@example.com")
    submit(susan, "/auth/settings/email", email="new@example.com")
    submit(stranger, link_in(app, inbox))
    submit(susan, "/auth/settings/password", password=OTHER_PASSWORD)
    run(app, "send")
    assert len(inbox.mails) == 6
    for mail in inbox.mails:
        assert mail["Content-Language"] == "zh-Hans"
        assert re.search("[一-龥]", mail["Subject"]), mail["Subject"]
        assert re.search("[一-龥]", text_of(mail))
        assert '<html lang="zh-Hans">' in text_of(mail, "html")


@pytest.mark.parametrize(
    ("locale", "lifetimes"),
    [
        ("en", ["1 minute", "90 minutes", "2 days", "7 days"]),
        ("zh_Hans", ["1分钟", "90分钟", "2天", "7天"]),
    ],
)
def test_a_mail_says_for_how_long_its_link_works(
    app: Flask, susan: CheckingClient, inbox: Inbox, locale: str, lifetimes: list[str]
) -> None:
    app.config["RESET_LINK_LIFETIME"] = 60
    app.config["CHANGE_EMAIL_LINK_LIFETIME"] = 90 * 60
    change(app, "susan", locale=locale)
    stranger = visitor(app)
    stranger.environ_base["HTTP_ACCEPT_LANGUAGE"] = locale.replace("_", "-")
    submit(stranger, "/auth/register", name="david", email="david@example.com")
    submit(stranger, "/auth/reset", email="susan@example.com")
    submit(susan, "/auth/settings/email", email="new@example.com")
    run(app, "send")
    for mail, lifetime in zip(inbox.mails, lifetimes, strict=True):
        for kind in ("plain", "html"):
            assert lifetime in text_of(mail, kind)


def test_a_mail_to_somebody_else_is_not_in_that_language(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    change(app, "susan", locale="zh_Hans")
    stranger = visitor(app)
    submit(stranger, "/auth/register", name="susan", email="david@example.com")
    submit(stranger, "/auth/reset", email="nobody@example.com")
    run(app, "send")
    assert [mail["Content-Language"] for mail in inbox.mails] == ["en", "en"]


# The time zone


@pytest.mark.parametrize(
    ("zone", "stamp", "text"),
    [
        ("Asia/Shanghai", "2026-11-20T17:30:00Z", "21 November 2026, 01:30 UTC+8"),
        ("Europe/Berlin", "2026-07-01T12:00:00Z", "1 July 2026, 14:00 UTC+2"),
        ("Europe/Berlin", "2026-01-01T12:00:00Z", "1 January 2026, 13:00 UTC+1"),
        ("Europe/London", "2026-01-01T12:00:00Z", "1 January 2026, 12:00 UTC"),
        ("Asia/Kolkata", "2026-01-01T12:00:00Z", "1 January 2026, 17:30 UTC+5:30"),
        ("America/St_Johns", "2026-01-01T02:00:00Z", "31 December 2025, 22:30 UTC−3:30"),
        ("UTC", "2026-01-01T12:00:00Z", "1 January 2026, 12:00 UTC"),
    ],
)
def test_a_time_is_written_in_the_zone_that_was_chosen(
    sqlite_app: Flask, sqlite_susan: CheckingClient, zone: str, stamp: str, text: str
) -> None:
    change(sqlite_app, "susan", first_seen=datetime.fromisoformat(stamp))
    submit(sqlite_susan, PATH, locale="", time_zone=zone)
    page = sqlite_susan.get("/user/susan").text
    assert times(page)[0] == (stamp, text)
    assert f'<time datetime="{stamp}">' in page  # no data, so that the script leaves it alone


def test_every_time_on_every_page_follows(app: Flask, susan: CheckingClient) -> None:
    submit(susan, PATH, locale="", time_zone="Asia/Shanghai")
    susan.say("susan")
    susan.say("susan")
    for path in ("/", "/user/susan", "/auth/settings"):
        found = times(susan.get(path).text)
        assert found, path
        for stamp, text in found:
            local = datetime.fromisoformat(stamp).astimezone(ZoneInfo("Asia/Shanghai"))
            assert text == f"{local.day} {local:%B %Y, %H:%M} UTC+8"
    assert "UTC</time>" in visitor(app).get("/user/susan").text


@pytest.mark.parametrize("zone", [None, "Mars/Olympus_Mons", "Europe", "/etc/passwd", "\t"])
def test_without_a_zone_that_is_known_all_is_as_for_everybody(
    app: Flask, susan: CheckingClient, zone: str | None
) -> None:
    change(app, "susan", time_zone=zone)
    page = susan.get("/user/susan").text
    assert page.count('data-function="format" data-format="LLL"') == 2
    assert all(text.endswith(" UTC") for _, text in times(page))
    assert "Same as the browser" in shown(susan.get("/auth/settings").text)
    assert susan.get(PATH).status_code == 200


def test_a_zone_costs_no_further_select(app: Flask, susan: CheckingClient) -> None:
    submit(susan, PATH, locale="zh_Hans", time_zone="Asia/Shanghai")
    susan.say("susan")
    susan.say("susan")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "messages" not in statement:  # what the header counts is the board's own
            statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    assert "UTC+8" in susan.get("/").text
    assert len(statements) == 1


def test_a_mail_is_in_utc_whoever_looks_at_it(
    sqlite_app: Flask, sqlite_susan: CheckingClient
) -> None:
    templates = {
        f"mail/time.{kind}": "{{ mail.created_at | time_tag }}" for kind in ("txt", "html")
    }
    loader = sqlite_app.jinja_env.loader
    assert loader
    sqlite_app.jinja_env.loader = ChoiceLoader([loader, DictLoader(templates)])
    submit(sqlite_susan, PATH, locale="", time_zone="Asia/Shanghai")
    with sqlite_susan:  # as on the page of a developer's mailbox
        assert "UTC+8" in sqlite_susan.get("/auth/settings").text
        mail = send_email("david@example.com", "The time", "mail/time")
        db.session.commit()
        assert body_of(write(mail), "plain").strip().endswith(" UTC</time>")
        assert current_zone() == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("call", "data"),
    [
        ("format('LT')", 'data-zone="Asia/Shanghai" data-function="format" data-format="LT"'),
        ("fromNow()", 'data-zone="Asia/Shanghai" data-function="fromNow"'),
        ("calendar()", 'data-zone="Asia/Shanghai" data-function="calendar"'),
    ],
)
def test_the_calls_of_flask_moment_follow(
    sqlite_app: Flask, sqlite_susan: CheckingClient, call: str, data: str
) -> None:
    submit(sqlite_susan, PATH, locale="", time_zone="Asia/Shanghai")
    moment = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    template = f"{{{{ moment(t).{call} }}}}"
    with sqlite_susan:
        sqlite_susan.get("/")
        html = render_template_string(template, t=moment)
    stamp = '<time datetime="2026-11-20T17:30:00Z"'
    assert html == f"{stamp} {data}>21 November 2026, 01:30 UTC+8</time>"
    with sqlite_app.test_request_context():
        assert "data-zone" not in render_template_string(template, t=moment)
