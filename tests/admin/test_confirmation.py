"""What hurts somebody is asked about before it is done, on a page of its own."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import AuditEvent
from tests.admin.test_users import CONFIRMED, path_of
from tests.auth.people import is_logged_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, heading, links, notices, shown, text_of

TITLES = dict(zip(CONFIRMED, ("Disable account", "Log this user out everywhere"), strict=True))


def events(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def press_after_looking(app: Flask, client: CheckingClient, path: str, title: str) -> None:
    """Open the page that a user's page leads to, which only asks, and press its button."""
    back = path.rpartition("/")[0]
    assert path in links(client.get(back).text)
    before = events(app)
    page = client.get(path).text
    button = find(page, ".//main//button")
    assert (heading(page), text_of(button)) == (title, title)
    assert "btn-danger" in button.get("class", "")
    assert "susan" in shown(page)
    assert links(page) == [back]
    assert client.post(path).status_code == 400
    assert events(app) == before
    [token] = find(page, ".//main//form").iter("input")
    data = {str(token.get("name")): token.get("value")}
    assert client.post(path, data=data).location == back
    assert len(events(app)) == len(before) + 1


@pytest.mark.parametrize("deed", CONFIRMED)
def test_looking_at_the_question_does_nothing_and_pressing_its_button_does_it(
    app: Flask, david: CheckingClient, susan: CheckingClient, deed: str
) -> None:
    path = f"{path_of(david, 'susan')}/{deed}"
    assert david.get(path).status_code == 200
    assert is_logged_in(susan)
    press_after_looking(app, david, path, TITLES[deed])
    assert not is_logged_in(susan)


def test_there_is_no_question_about_nobody(app: Flask, david: CheckingClient) -> None:
    visitor(app).say("john")
    for path in (path_of(david, "john"), "/admin/users/99"):
        assert {david.get(f"{path}/{deed}").status_code for deed in CONFIRMED} == {404}


def test_a_name_in_a_question_is_a_text(david: CheckingClient, susan: CheckingClient) -> None:
    path = path_of(david, "susan")
    submit(susan, "/auth/settings/name", name="<b>100%")
    assert "<b>100% will be logged out everywhere" in shown(david.get(f"{path}/disable").text)


def test_what_cannot_be_done_is_told_as_an_error(david: CheckingClient) -> None:
    path = path_of(david, "david")
    submit(david, f"{path}/disable")
    [(tone, said)] = notices(david.get(path).text)
    assert (tone, said.partition(".")[0]) == ("notice-error", "This is the only administrator")
