"""Who may do what by the API: the same as on the pages, if their token is for that."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.api.description import list_routes
from app.api.models import Scope
from app.web.access import get_access
from tests.api.people import Program, add_program, add_token, post, program
from tests.auth.people import log_in

ALIKE = {"api.get_openapi", "api.list_roles"}
EVERYBODY = ALIKE | {
    "api.get_user",
    "api.list_messages",
    "api.read_message",
    "api.say_hello",
    "api.search_messages",
}
LOGGED_IN = {
    "api.forget_message",
    "api.get_me",
    "api.keep_message",
    "api.list_favourites",
    "api.list_notifications",
    "api.list_users",
    "api.read_notifications",
    "api.report_message",
}
WRITERS = {"api.delete_message", "api.edit_message", "api.post_message"}  # the permission WRITE
OF_AUTHORS = {"api.delete_message", "api.edit_message"}
ROLES = ["User", "Moderator", "Administrator"]
BODIES = {
    "api.edit_message": {"text": "Hello again!"},
    "api.post_message": {"text": "Hello!"},
    "api.report_message": {"reason": "Rude"},
    "api.say_hello": {"name": "john"},
}


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Give the name, the method and an address of each thing that programs can do."""
    adapter = app.url_map.bind("localhost")
    for rule, method in list_routes(app):
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method)
        query = "?q=hello" if rule.endpoint == "api.search_messages" else ""
        yield rule.endpoint, method, path + query


def test_each_route_says_who_may_use_it(sqlite_app: Flask) -> None:
    views = {name: view for name, view in sqlite_app.view_functions.items() if name[:4] == "api."}
    stated = {name: get_access(view) for name, view in views.items()}
    assert set(stated) == EVERYBODY | LOGGED_IN | WRITERS
    for name, access in stated.items():
        assert access
        assert access.needs_login == (name not in EVERYBODY), name
        assert bool(access.permission) == (name in WRITERS), name
        assert access.is_same_for_all == (name in ALIKE), name
        assert not access.is_unconditional


@pytest.fixture
def programs(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Program]:
    """Programs of each role, and such as may do less."""
    for name in ("API_LIMIT", "MESSAGES_LIMIT", "ADDRESS_MESSAGES_LIMIT", "REPORTS_LIMIT"):
        monkeypatch.setitem(sqlite_app.config, name, "1000 per minute")
    programs = {role: add_program(sqlite_app, role.lower(), role) for role in ROLES}
    post(programs["User"], "Hello!")
    return {
        "nobody": program(sqlite_app),
        "cookie": with_cookie(sqlite_app),
        "no scope": program(sqlite_app, add_token(sqlite_app, "user", [])),
        "reads": program(sqlite_app, add_token(sqlite_app, "user", [Scope.READ])),
        "writes": program(sqlite_app, add_token(sqlite_app, "user", [Scope.WRITE])),
        **programs,
    }


def with_cookie(app: Flask) -> Program:
    """Return a program that sends the cookie of an administrator's browser."""
    cookie = log_in(app, "administrator").get_cookie("session")
    assert cookie
    client = program(app)
    client.environ_base["HTTP_COOKIE"] = f"session={cookie.value}"
    return client


def expect(name: str, who: str, method: str) -> int:
    """Return by which status somebody is turned away, or 0 for who is let in."""
    if name in EVERYBODY:
        return 0
    if who in {"nobody", "cookie"}:
        return 401
    is_reading = method == "GET"
    lacks_scope = {"no scope": True, "reads": not is_reading, "writes": is_reading}
    return 403 if lacks_scope.get(who, False) else 0


def test_the_matrix_of_routes_and_programs(sqlite_app: Flask, programs: dict[str, Program]) -> None:
    print(f"{'':<24} {'':<6}", *(f"{name:<13}" for name in programs))
    for name, method, path in sorted(routes(sqlite_app)):
        row = {}
        for who, client in programs.items():
            answer = client.open(path, method=method, json=BODIES.get(name))
            row[who] = answer.status_code
        print(f"{name:<24} {method:<6}", *(f"{status:<13}" for status in row.values()))
        for who, status in row.items():
            expected = expect(name, who, method)
            is_own = name not in OF_AUTHORS or who in {"User", "writes"}
            if expected or is_own:
                assert (status if status in {401, 403} else 0) == expected, (name, who, status)
            else:
                assert status in {403, 410}, (name, who)  # it is somebody else's


def test_who_is_turned_away_changes_nothing(
    sqlite_app: Flask, programs: dict[str, Program]
) -> None:
    def kept() -> dict[str, list[str]]:
        with sqlite_app.app_context():
            return {
                table.name: sorted(map(str, db.session.execute(select(table))))
                for table in db.metadata.sorted_tables
                if table.name not in {"audit_events", "api_tokens"}
            }

    for who in ("nobody", "cookie", "no scope", "reads"):
        programs[who].get("/api/v1/users")  # by which the use of the token is noted
        before = kept()
        for name, method, path in routes(sqlite_app):
            if method != "GET" and name != "api.say_hello":
                programs[who].open(path, method=method, json=BODIES.get(name))
        assert kept() == before, who


def test_looking_changes_nothing(sqlite_app: Flask, programs: dict[str, Program]) -> None:
    programs["User"].get("/api/v1/me")
    with sqlite_app.app_context():
        before = [list(db.session.execute(select(table))) for table in db.metadata.sorted_tables]
    for _, method, path in routes(sqlite_app):
        if method == "GET":
            assert programs["User"].get(path).status_code in {200, 304}
    with sqlite_app.app_context():
        after = [list(db.session.execute(select(table))) for table in db.metadata.sorted_tables]
    assert before == after


def test_private_fields_are_their_owners_alone(
    sqlite_app: Flask, programs: dict[str, Program]
) -> None:
    """The programs look at each answer; here it is what they may not see at all."""
    with sqlite_app.app_context():
        users = list(db.session.execute(select(db.metadata.tables["users"])).mappings())
    private = {str(user[name]) for user in users for name in ("email", "password_hash")}
    for who, client in programs.items():
        for _, method, path in routes(sqlite_app):
            if method == "GET" and not path.endswith("/me"):
                text = client.get(path).text
                assert not [secret for secret in private if secret in text], (who, path)
    mine = programs["User"].get("/api/v1/me").get_json()
    assert mine["email"] == "user@example.com"
    assert "127.0.0.1:5000" in mine["page"]
    for client in programs.values():  # nobody is told from where somebody came
        assert '"127.0.0.1"' not in client.get("/api/v1/messages").text
