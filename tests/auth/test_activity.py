"""What an owner is told: on a page of the settings, and by mail."""

import re

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import db
from app.accounts import administration
from app.accounts.limits import NEW_BROWSERS
from app.models import AuditEvent, LoginSession, OutgoingMail
from app.models.login_session import LONGEST_AGENT
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    press,
    submit,
)
from tests.auth.races import susan_of
from tests.auth.test_voided_links import THIEF, ask_for_email
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import mails, run
from tests.pages import parse, shown
from tests.pages import text_of as text_of_element
from tests.web.test_user_agents import EDGE, FIREFOX

PAGE = "/auth/settings/activity"
HERE = "unknown browser, IP address 127.0.0.1"


def browser(app: Flask, agent: str = FIREFOX, address: str = "127.0.0.1") -> CheckingClient:
    """Return a browser that calls itself by a name, on a network of its own."""
    client = visitor(app)
    client.environ_base["HTTP_USER_AGENT"] = agent
    client.environ_base["REMOTE_ADDR"] = address
    return client


def log_in_from(app: Flask, agent: str = FIREFOX, address: str = "127.0.0.1") -> CheckingClient:
    client = browser(app, agent, address)
    submit(client, "/auth/login", login="susan", password=PASSWORD)
    assert is_logged_in(client)
    return client


def listed(client: CheckingClient) -> list[str]:
    """Return what the page lists, without the times."""
    items = parse(client.get(PAGE).text).findall(".//ul[@class='rows']/li")
    texts = [text_of_element(item) for item in items]
    return [re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d UTC ?", "", text) for text in texts]


def templates(app: Flask) -> list[str]:
    return [mail.template for mail in mails(app)]


def test_an_owner_reads_what_was_done_with_the_account(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    add_account(app, "david", role="Administrator")
    submit(visitor(app), "/auth/login", login="susan", password="wrong")
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    submit(visitor(app), link_in(app, inbox), password=OTHER_PASSWORD)
    firefox = browser(app, FIREFOX, "203.0.113.7")
    submit(firefox, "/auth/login", login="susan", password=OTHER_PASSWORD)
    with app.app_context():
        administration.disable(susan_of(app))
        administration.enable(susan_of(app))
    assert not is_logged_in(susan)
    owner = log_in(app, "susan", password=OTHER_PASSWORD)
    assert listed(owner) == [
        f"logged in {HERE}",
        "account enabled by an operator of this site",
        "account disabled by an operator of this site",
        "logged in Firefox on Windows, IP address 203.0.113.7",
        f"password reset by an emailed link {HERE}",
        f"password reset requested {HERE}, not logged in",
        f"login failed wrong password {HERE}, not logged in",
        f"logged in {HERE}",
    ]


def test_who_looks_after_the_site_is_not_shown_with_an_address(
    app: Flask, david: CheckingClient
) -> None:
    add_account(app, "susan")
    david.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with app.app_context():
        path = f"/admin/users/{susan_of(app).id}"
    submit(david, f"{path}/sessions")
    owner = log_in(app, "susan")
    assert listed(owner)[-1] == "sessions ended by someone who looks after this site"
    page = owner.get(PAGE).text
    assert "david" not in page
    assert "203.0.113.7" not in page


def test_nobody_reads_what_was_done_with_anothers(app: Flask, susan: CheckingClient) -> None:
    add_account(app, "david")
    submit(visitor(app), "/auth/login", login="david", password="wrong")
    assert listed(susan) == [f"logged in {HERE}"]


def test_it_is_read_a_page_at_a_time(app: Flask, susan: CheckingClient) -> None:
    with app.app_context():
        number = susan_of(app).id
        for _ in range(30):
            db.session.add(AuditEvent(action="logged out", subject_id=number, subject="susan"))
        db.session.commit()
    first = susan.get(PAGE).text
    assert "Next page" in shown(first)
    [following] = re.findall(r'href="([^"]+)" rel="next"', first)
    assert "Previous page" in shown(susan.get(following.replace("&amp;", "&")).text)


def test_it_is_read_in_chinese(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    susan.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    page = shown(susan.get(PAGE).text)
    assert "你账户的活动记录" in page
    assert "登录" in page
    assert "这不是我本人" in shown(susan.get("/auth/settings/not-me").text)


def test_the_settings_lead_there_and_from_there_to_the_way_out(susan: CheckingClient) -> None:
    assert f'href="{PAGE}"' in susan.get("/auth/settings").text
    assert 'href="/auth/settings/not-me"' in susan.get(PAGE).text


def test_what_somebody_asks_for_is_in_the_log(app: Flask, inbox: Inbox) -> None:
    assert inbox
    add_account(app, "susan")
    stranger = visitor(app)
    submit(stranger, "/auth/register", name="SUSAN", email="david@example.com")
    submit(stranger, "/auth/register", name="john", email="SUSAN@example.com")
    submit(stranger, "/auth/register", name="erna", email="nobody@example.com")
    submit(stranger, "/auth/reset", email="susan@example.com")
    submit(stranger, "/auth/reset", email="nobody@example.com")
    ask_for_email(log_in(app, "susan"))
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(it.actor, it.action, it.subject) for it in events] == [
            ("", "registering asked for", "susan"),
            ("", "registering asked for", "susan"),
            ("", "registering asked for", ""),
            ("", "reset asked for", "susan"),
            ("", "reset asked for", ""),
            ("susan", "logged in", "susan"),
            ("susan", "new address asked for", "susan"),
        ]
        assert not [it for it in events if "@" in it.detail or "nobody" in it.detail]


def test_the_log_has_what_a_browser_calls_itself_cut_to_size(app: Flask) -> None:
    add_account(app, "susan")
    log_in_from(app, "Firefox/127.0 " + "x" * LONGEST_AGENT)
    with app.app_context():
        [event] = db.session.scalars(select(AuditEvent)).all()
        assert event.agent.startswith("Firefox/127.0 xxx")
        assert len(event.agent) == LONGEST_AGENT


@pytest.mark.parametrize(
    ("variables", "name"),
    [({"LOGNAME": "linda"}, "linda"), ({"LOGNAME": "root", "SUDO_USER": "linda"}, "linda")],
)
def test_the_log_has_who_ran_a_command(
    app: Flask, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    add_account(app, "susan")
    add_account(app, "david", role="Administrator")
    result = app.test_cli_runner().invoke(args=["user", "disable", "susan"])
    assert result.exit_code == 0
    david = log_in(app, "david")
    log = shown(david.get("/admin/log").text)
    assert f"account disabled susan {name}, on the command line" in log
    with app.app_context():
        administration.enable(susan_of(app))
    assert name not in shown(log_in(app, "susan").get(PAGE).text)


def test_a_login_from_a_new_browser_or_network_is_told(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    log_in_from(app)  # the first one ever
    log_in_from(app)
    log_in_from(app, FIREFOX.replace("127.0", "128.0"))
    assert templates(app) == []
    log_in_from(app, EDGE)
    log_in_from(app, EDGE)
    log_in_from(app, FIREFOX, "203.0.113.7")
    log_in_from(app, FIREFOX, "2001:db8::1")
    log_in_from(app, FIREFOX, "2001:db8::2")  # of the same house
    run(app, "send")
    assert [mail["Subject"] for mail in inbox.mails] == ["[Flasky] A login from a new browser"] * 3
    told = [text_of(mail) for mail in inbox.mails]
    assert "to your account susan with Edge on Windows, from the IP address 127.0.0.1" in told[0]
    assert "Firefox on Windows, from the IP address 203.0.113.7" in told[1]
    assert "/auth/not-me/" in told[0]


def test_a_browser_that_is_still_logged_in_is_known_without_a_log(app: Flask) -> None:
    add_account(app, "susan")
    log_in_from(app, EDGE)
    log_in_from(app)
    with app.app_context():
        db.session.query(AuditEvent).delete()
        db.session.query(OutgoingMail).delete()
        db.session.commit()
    log_in_from(app, EDGE)
    log_in_from(app)
    assert templates(app) == []
    with app.app_context():
        assert len(db.session.scalars(select(LoginSession)).all()) == 4


def test_a_log_of_a_former_release_knows_networks_alone(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        number = susan_of(app).id
        former = AuditEvent(action="logged in", subject_id=number, subject="susan")
        former.ip_address = "127.0.0.1"
        db.session.add(former)
        db.session.commit()
    log_in_from(app)
    assert templates(app) == []
    log_in_from(app, FIREFOX, "203.0.113.7")
    assert templates(app) == ["mail/new_browser"]


def test_nobody_is_flooded_with_logins(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NEW_BROWSERS, "rates", "2 per day")
    add_account(app, "susan")
    for number in range(5):
        log_in_from(app, FIREFOX, f"203.0.113.{number}")
    assert templates(app) == ["mail/new_browser"] * 2


def test_another_name_is_told(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    submit(susan, "/auth/settings/name", name="berta")
    run(app, "send")
    [mail] = inbox.mails
    assert mail["To"] == "susan@example.com"
    assert "Your account susan is now called berta." in text_of(mail)


def test_the_end_of_an_account_is_told(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    submit(susan, "/auth/settings/delete", name="susan")
    run(app, "send")
    [mail] = inbox.mails
    assert mail["To"] == "susan@example.com"
    assert mail["Subject"] == "[Flasky] Your account was deleted"
    assert "Your account susan was deleted." in text_of(mail)


def test_all_that_is_told_leads_to_the_way_out(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    submit(susan, "/auth/settings/name", name="Susan")
    submit(susan, "/auth/settings/password", password=OTHER_PASSWORD)
    fields = {"email": THIEF, "current": OTHER_PASSWORD}
    submit(susan, "/auth/settings/email", **fields)
    submit(visitor(app), link_in(app, inbox))
    run(app, "send")
    told = [mail for mail in inbox.mails if mail["To"] == "susan@example.com"]
    assert len(told) == 4
    for mail in told:
        [path] = re.findall(r"http://127\.0\.0\.1:5000(/auth/not-me/\S+)", text_of(mail))
        assert visitor(app).get(path).status_code == 303
        assert f'href="http://127.0.0.1:5000{path[:20]}' in text_of(mail, "html")


def test_cancelling_twice_does_nothing(app: Flask, susan: CheckingClient) -> None:
    press(susan, "/auth/settings/email/cancel")
    with app.app_context():
        assert db.session.scalars(select(AuditEvent.action)).all() == ["logged in"]


def test_who_logged_in_long_ago_is_told_of_a_browser_though_no_address_is_kept(app: Flask) -> None:
    add_account(app, "susan")
    log_in_from(app)
    with app.app_context():
        db.session.execute(update(AuditEvent).values(ip_address=None))
        db.session.execute(delete(LoginSession))
        db.session.commit()
    log_in_from(app)
    assert templates(app) == ["mail/new_browser"]


def test_what_was_done_long_ago_is_listed_without_an_address(susan: CheckingClient) -> None:
    with susan.application.app_context():
        db.session.execute(update(AuditEvent).values(ip_address=None))
        db.session.commit()
    page = shown(susan.get("/auth/settings/activity").text)
    assert "logged in" in page
    assert "IP address" not in page
    assert "None" not in page
    assert "by an operator of this site" not in page
