"""What people read of browsers, which call themselves by long names."""

import pytest
from flask import Flask

from app.models.login_session import LONGEST_AGENT
from app.web.user_agents import name_browser
from tests.auth.people import PASSWORD, add_account, log_in, submit
from tests.conftest import visitor
from tests.pages import shown

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Mobile Safari on iOS"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("", "unknown browser"),
        ("nonsense", "unknown browser"),
        ("<b>bold</b>" * 20, "unknown browser"),
        ("(" * LONGEST_AGENT, "unknown browser"),
    ],
)
def test_a_browser_is_named_as_people_call_it(sqlite_app: Flask, agent: str, name: str) -> None:
    with sqlite_app.test_request_context():
        assert name_browser(agent) == name


def test_the_settings_name_each_browser(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    for agent in (FIREFOX, '"><b>bold</b> (<i>Windows NT 10.0</i>)'):
        client = visitor(sqlite_app)
        client.environ_base["HTTP_USER_AGENT"] = agent
        submit(client, "/auth/login", login="susan", password=PASSWORD)
    page = susan.get("/auth/settings").text
    assert "Firefox on Windows" in shown(page)
    assert "<b>bold" not in page
    assert 'title="&#34;&gt;&lt;b&gt;bold' in page
    susan.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert "Firefox" in shown(susan.get("/auth/settings").text)
