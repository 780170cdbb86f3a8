"""What administrators see of users, and do about accounts."""

import re
import threading

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import db
from app.accounts import administration
from app.accounts.administration import LastAdministratorError
from app.models import Role, User
from app.models.nickname import parse_nickname
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import PASSWORD, add_account, is_logged_in, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, shown

CONFIRMED = ("disable", "sessions")  # on pages of their own


def path_of(client: CheckingClient, name: str) -> str:
    """Return the path of a user's page, as the list links to it."""
    page = client.get("/admin/users", query_string={"q": name}).text
    [path] = re.findall(rf'href="(/admin/users/\d+)">{name}<', page)
    return str(path)


def act(client: CheckingClient, name: str, deed: str, **fields: str) -> str:
    """Do what a user's page offers, and return what the next page says."""
    path = path_of(client, name)
    form = f"{path}/{deed}" if deed in CONFIRMED else path
    token = form_token(client.get(form).text)
    answer = client.post(f"{path}/{deed}", data={"csrf_token": token, **fields})
    assert answer.location == path
    return shown(client.get(path).text)


def names(page: str) -> list[str]:
    return re.findall(r'href="/admin/users/\d+">(?:<bdi>)?([^<]+)<', page)


def test_users_are_found_by_name_address_role_and_state(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    assert susan
    add_account(app, "anna", role="Moderator")
    visitor(app).say("john_100%")
    act(david, "anna", "disable")
    for query, found in {
        "": ["anna", "david", "john_100%", "susan"],
        "q=SUS": ["susan"],
        "q=anna@EXAMPLE.com": ["anna"],
        "q=%25": ["john_100%"],
        "q=_": ["john_100%"],
        "q=%00": [],
        "q=nobody": [],
        "role=Moderator": ["anna"],
        "role=Nothing%00": [],
        "state=account": ["anna", "david", "susan"],
        "state=enabled": ["david", "susan"],
        "state=disabled": ["anna"],
        "state=visitor": ["john_100%"],
        "state=odd": ["anna", "david", "john_100%", "susan"],
        "state=enabled&role=User&q=s": ["susan"],
        f"q={'x' * 60_000}": [],
    }.items():
        assert names(david.get(f"/admin/users?{query}").text) == found, query


def test_each_user_is_on_one_page(app: Flask, david: CheckingClient) -> None:
    said = [f"visitor {number:03}" for number in range(2 * ROWS_ON_A_PAGE)]
    with app.app_context():
        rows = [{"username": name, "username_key": parse_nickname(name).key} for name in said]
        db.session.execute(insert(User), rows)
        db.session.commit()
    seen: list[list[str]] = []
    path = "/admin/users?state=visitor"
    while path:
        page = david.get(path).text
        seen.append(names(page))
        links = re.findall(r'<a href="([^"]+)" rel="next"', page)
        path = links[0].replace("&amp;", "&") if links else ""
    assert [len(found) for found in seen] == [ROWS_ON_A_PAGE, ROWS_ON_A_PAGE]
    assert [name for found in seen for name in found] == said
    [back] = re.findall(r'<a href="([^"]+)" rel="prev"', page)
    first = david.get(back.replace("&amp;", "&")).text
    assert names(first) == seen[0]
    assert 'rel="prev"' not in first


def test_a_user_is_found_by_each_spelling(app: Flask, david: CheckingClient) -> None:
    for name in ("Strauß", "Νίκος", "José"):
        visitor(app).say(name)
    with app.app_context():
        user = User(username="uli", email="Üli@bücher.example", password=PASSWORD)
        user.role = Role.get_or_insert("User")
        db.session.add(user)
        db.session.commit()
    expected: dict[str, str | None] = {
        "Strauß": "Strauß",
        "STRAUSS": None,
        "Νίκος": "Νίκος",
        "jose\u0301": "José",
        "ÜLI@b": None,
        "Üli@BÜCHER.example": "uli",
        "bücher.example": "uli",
    }
    for query, found in expected.items():
        page = david.get("/admin/users", query_string={"q": query}).text
        assert names(page) == ([found] if found else []), query


def test_a_name_that_cannot_be_seen_whole_does_not_end_the_list(
    app: Flask, david: CheckingClient
) -> None:
    with app.app_context():
        for number in range(ROWS_ON_A_PAGE + 5):
            db.session.add(User(username=f"می\N{ZERO WIDTH NON-JOINER}خواهم {number:02}"))
        db.session.commit()
    page = david.get("/admin/users?state=visitor").text
    [following] = re.findall(r'<a href="([^"]+)" rel="next"', page)
    assert len(names(david.get(following.replace("&amp;", "&")).text)) == 5


def test_what_is_in_the_address_is_a_filter_and_nothing_else(david: CheckingClient) -> None:
    odd = "endpoint=x&_method=POST&_anchor=x&_external=1&_scheme=ftp&values=1&q=&state=visitor"
    with david.application.app_context():
        for number in range(ROWS_ON_A_PAGE + 1):
            db.session.add(User(username=f"visitor {number}"))
        db.session.commit()
    page = david.get(f"/admin/users?{odd}").text
    [following] = re.findall(r'<a href="([^"]+)" rel="next"', page)
    assert following.startswith("/admin/users?endpoint=x&amp;")


def test_nothing_beyond_the_end_leads_to_the_beginning(david: CheckingClient) -> None:
    for query in ("after=1", "before=999999", "after=1&before=1"):
        assert "logged in" in shown(david.get(f"/admin/log?{query}").text)


@pytest.mark.parametrize("cursor", ["after=%00", "before=%F0", "after=&before=", "after=zzz"])
def test_an_odd_place_in_a_list_is_no_error(david: CheckingClient, cursor: str) -> None:
    for path in ("/admin/users", "/admin/log", "/admin/mails"):
        assert david.get(f"{path}?{cursor}").status_code == 200
    for number in ("9" * 30, "0" * 20 + "9" * 30, "9" * 5000, "-1", "٣"):
        assert david.get(f"/admin/log?after={number}").status_code == 200


def test_a_role_is_changed(app: Flask, david: CheckingClient, susan: CheckingClient) -> None:
    assert susan.get("/admin/").status_code == 403
    assert "The role has been changed." in act(david, "susan", "role", role="Administrator")
    assert susan.get("/admin/").status_code == 200
    path = path_of(david, "susan")
    token = form_token(david.get(path).text)
    for role in ("Nothing", "", "\0"):
        data = {"csrf_token": token, "role": role}
        assert david.post(f"{path}/role", data=data).status_code == 404
    with app.app_context():
        assert db.session.scalars(select(User).filter_by(username="susan")).one().is_administrator()


def test_a_disabled_user_is_out_at_once(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    assert "disabled" in act(david, "susan", "disable")
    assert not is_logged_in(susan)
    answer = submit(visitor(app), "/auth/login", login="susan", password=PASSWORD)
    assert answer.status_code == 422
    assert "enabled" in act(david, "susan", "enable")
    assert not is_logged_in(susan)
    assert is_logged_in(log_in(app, "susan"))


def test_sessions_are_ended(david: CheckingClient, susan: CheckingClient) -> None:
    assert "in one browser" in shown(david.get(path_of(david, "susan")).text)
    page = act(david, "susan", "sessions")
    assert "The user is logged out everywhere." in page
    assert "Logged in nowhere at the moment" in page
    assert not is_logged_in(susan)


def test_the_last_administrator_stays_one(app: Flask, david: CheckingClient) -> None:
    for deed, fields in (("role", {"role": "User"}), ("disable", {})):
        assert "This is the only administrator." in act(david, "david", deed, **fields)
    add_account(app, "anna", role="Administrator")
    act(david, "anna", "disable")  # who is disabled does not count
    assert "This is the only administrator." in act(david, "david", "role", role="Moderator")
    act(david, "anna", "enable")
    path = path_of(david, "david")
    token = form_token(david.get(path).text)
    answer = david.post(f"{path}/role", data={"csrf_token": token, "role": "Moderator"})
    assert answer.location == "/"
    assert "The role has been changed." in shown(david.get("/").text)
    assert david.get("/admin/").status_code == 403


@pytest.mark.parametrize("_time", range(3))
def test_two_administrators_cannot_remove_each_other_at_once(app: Flask, _time: int) -> None:
    names = ("david", "anna")
    for name in names:
        add_account(app, name, role="Administrator")
    start = threading.Barrier(2)
    refused: list[str] = []

    def disable(name: str) -> None:
        with app.app_context():
            user = db.session.scalars(select(User).filter_by(username=name)).one()
            db.session.commit()
            start.wait()
            try:
                administration.disable(user)
            except LastAdministratorError:
                refused.append(name)

    threads = [threading.Thread(target=disable, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        enabled = select(User.username).where(User.disabled_at.is_(None))
        assert db.session.scalars(enabled).all() == refused
        assert len(refused) == 1


def test_visitors_have_no_account_to_act_on(app: Flask, david: CheckingClient) -> None:
    visitor(app).say("john")
    path = path_of(david, "john")
    page = david.get(path).text
    assert "without an account" in shown(page)
    assert "/disable" not in page
    token = form_token(page)
    for deed in ("role", "disable", "enable", "sessions"):
        data = {"csrf_token": token, "role": "Administrator"}
        assert david.post(f"{path}/{deed}", data=data).status_code == 404
    assert david.get("/admin/users/2147483647").status_code == 404
    assert david.get("/admin/users/2147483648").status_code == 404


def test_only_administrators_come_in(app: Flask, david: CheckingClient) -> None:
    add_account(app, "anna", role="Moderator")
    anna, path = log_in(app, "anna"), path_of(david, "david")
    nobody = visitor(app)
    pages = ["/admin/", "/admin/users", path, "/admin/mails", "/admin/log"]
    assert [anna.get(page).status_code for page in pages] == [403] * 5
    assert [nobody.get(page).status_code for page in pages] == [303] * 5
    assert "/admin/" not in anna.get("/").text
    assert "/admin/" in david.get("/").text
    token = form_token(anna.get("/auth/settings").text)
    for deed in ("role", "disable", "enable", "sessions"):
        answer = anna.post(f"{path}/{deed}", data={"csrf_token": token, "role": "User"})
        assert answer.status_code == 403


def test_a_forged_request_does_nothing(david: CheckingClient, susan: CheckingClient) -> None:
    path = path_of(david, "susan")
    for deed in CONFIRMED:
        assert david.post(f"{path}/{deed}").status_code == 400
    assert is_logged_in(susan)
