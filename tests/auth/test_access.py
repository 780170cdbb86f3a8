"""Who may use which page: every one says so, and the table is what the documentation says."""

from contextlib import closing
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response
from werkzeug.routing import Rule

from app.extensions import csrf
from app.models import Permission
from app.web.access import everybody, get_access, permission_required
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, shown

EVERYBODY = {
    "api_reference.show_reference",
    "auth.ask_for_reset",
    "auth.choose_password",
    "auth.confirm_email",
    "auth.disown",
    "auth.login",
    "auth.logout",
    "auth.mail_sent",
    "auth.register",
    "auth.reset_password",
    "board.feed",
    "board.feed_of",
    "board.index",
    "board.message",
    "board.search",
    "board.newest",
    "board.moderation_log",
    "bootstrap.static",
    "doctor.echo",
    "main.change_password",
    "main.index",
    "main.robots",
    "main.security_txt",
    "main.user",
    "passkeys.give_instead_of_code",
    "passkeys.log_in",
    "preferences",
    "static",
    "two_factor.give_code",
    "watching.tell_alive",
    "watching.tell_ready",
}
LOGGED_IN = {
    "api_tokens.created",
    "api_tokens.index",
    "api_tokens.new",
    "api_tokens.revoke",
    "auth.activity",
    "auth.ask_for_email",
    "auth.cancel_email",
    "auth.change_name",
    "auth.change_password",
    "auth.delete",
    "auth.download",
    "auth.end_other_sessions",
    "auth.end_session",
    "auth.language_and_time",
    "auth.not_me",
    "auth.profile",
    "auth.prove",
    "auth.settings",
    "board.appeal",
    "board.add_favourite",
    "board.delete",
    "board.edit",
    "board.list_favourites",
    "board.new",
    "board.report",
    "board.notifications",
    "board.read_notifications",
    "board.remove_favourite",
    "board.settings",
    "passkeys.describe_new",
    "passkeys.index",
    "passkeys.new",
    "passkeys.prove",
    "passkeys.remove",
    "two_factor.manage",
    "two_factor.recovery_codes",
    "two_factor.scan",
    "two_factor.show_recovery_codes",
    "two_factor.turn_off",
}
MODERATORS = {
    "board.dismiss",
    "board.hidden",
    "board.hide",
    "board.reject",
    "board.reports",
    "board.show",
}
ADMINISTRATORS = {
    "admin.change_role",
    "admin.disable",
    "admin.enable",
    "admin.end_sessions",
    "admin.index",
    "admin.log",
    "admin.mails",
    "admin.retry",
    "admin.retry_all",
    "admin.user",
    "admin.users",
    "two_factor.forget",
}
ROLES = ["User", "Moderator", "Administrator"]


def pages_of(app: Flask) -> list[Rule]:
    """Return the routes of pages: for those of the API, see tests/api/test_access.py."""
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api.")]


def people(app: Flask) -> dict[str, CheckingClient]:
    clients = {"nobody": visitor(app)}
    for role in ROLES:
        add_account(app, role.lower(), role=role)
        clients[role] = log_in(app, role.lower())
    return clients


def is_let_in(client: CheckingClient, method: str, path: str) -> bool:
    """Return whether a page does more than to ask for a login, or to refuse.

    What is sent to it holds no token, so nothing is done; but that is found out after access.
    """
    answer = client.open(path, method=method)
    asks_for_login = (answer.location or "").startswith("/auth/login?next=")
    return answer.status_code not in {401, 403} and not asks_for_login


# What changes an account, or administers.
PROVED = ADMINISTRATORS | {
    "api_tokens.new",
    "auth.ask_for_email",
    "auth.change_name",
    "auth.change_password",
    "auth.delete",
    "auth.download",
    "auth.end_other_sessions",
    "auth.end_session",
    "passkeys.describe_new",
    "passkeys.new",
    "passkeys.remove",
    "two_factor.manage",
    "two_factor.recovery_codes",
    "two_factor.scan",
    "two_factor.turn_off",
}


def test_every_page_says_who_may_use_it(sqlite_app: Flask) -> None:
    names = {rule.endpoint for rule in pages_of(sqlite_app)}
    stated = {name: get_access(sqlite_app.view_functions[name]) for name in names}
    assert [name for name, access in stated.items() if access is None] == []
    open_to_all = {name for name, access in stated.items() if access and not access.needs_login}
    assert open_to_all == EVERYBODY
    assert set(stated) == EVERYBODY | LOGGED_IN | MODERATORS | ADMINISTRATORS
    proved = {name for name, access in stated.items() if access and access.needs_proof}
    assert proved == PROVED & {*stated}
    unconditional = {name for name, access in stated.items() if access and access.is_unconditional}
    assert unconditional == {
        "auth.delete",
        "auth.not_me",
        "auth.prove",
        "passkeys.describe_new",
        "passkeys.index",
        "passkeys.new",
        "passkeys.prove",
        "two_factor.manage",
        "two_factor.scan",
        "two_factor.show_recovery_codes",
    }


def test_the_matrix_of_pages_and_roles(sqlite_app: Flask) -> None:
    clients = people(sqlite_app)
    adapter = sqlite_app.url_map.bind("localhost")
    values = {"filename": "icon.svg", "name": "user", "token": "nothing"}
    print(f"{'':<24} {'':<5}", *(f"{name:<14}" for name in clients))
    for rule in sorted(pages_of(sqlite_app), key=lambda rule: rule.endpoint):
        path = adapter.build(rule.endpoint, {name: values.get(name, 1) for name in rule.arguments})
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if rule.endpoint in {"auth.logout", "auth.login"}:
                continue  # they would change who is who
            row = {name: is_let_in(clients[name], method, path) for name in clients}
            words = (f"{'yes' if let_in else 'no':<14}" for let_in in row.values())
            print(f"{rule.endpoint:<24} {method:<5}", *words)
            assert row == {
                "nobody": rule.endpoint in EVERYBODY,
                "User": rule.endpoint not in MODERATORS | ADMINISTRATORS,
                "Moderator": rule.endpoint not in ADMINISTRATORS,
                "Administrator": True,
            }, (rule.endpoint, method)


def test_the_matrix_of_permissions_and_roles(app: Flask) -> None:
    for permission in Permission:
        view = permission_required(permission)(lambda: Response("in", mimetype="text/plain"))
        app.add_url_rule(f"/needs/{permission.name}", f"needs_{permission.name}", view)
    app.add_url_rule("/says-nothing", "says_nothing", lambda: "in")
    clients = people(app)
    paths = [*(f"/needs/{permission.name}" for permission in Permission), "/says-nothing"]
    matrix = {path: [clients[name].get(path).status_code for name in clients] for path in paths}
    for path, statuses in matrix.items():
        print(f"{path:<16}", *statuses)
    assert matrix == {
        "/needs/WRITE": [303, 200, 200, 200],
        "/needs/MODERATE": [303, 403, 200, 200],
        "/needs/ADMIN": [303, 403, 403, 200],
        "/says-nothing": [403, 403, 403, 403],
    }


@pytest.mark.parametrize("setting", ["DEBUG", "development"])
def test_a_developer_reads_what_a_page_has_to_say(sqlite_app: Flask, setting: str) -> None:
    blueprint = Blueprint("mine", __name__)
    blueprint.add_url_rule("/hello", "hello", lambda: "in")
    sqlite_app.register_blueprint(blueprint)
    client = visitor(sqlite_app)
    assert "everybody" not in client.get("/hello").text
    name, value = ("DEBUG", True) if setting == "DEBUG" else ("CONFIGURATION", setting)
    sqlite_app.config[name] = value
    page = client.get("/hello")
    assert page.status_code == 403
    assert "mine.hello does not say who may use it, so nobody can." in shown(page.text)
    code = find(page.text, ".//pre/code").text or ""
    assert code.split("\n") == [
        "from app.web.access import everybody", "", "", "@everybody", "def hello(...):",
    ]  # fmt: skip
    problem = client.get("/hello", headers={"Accept": "application/json"})
    assert "write @everybody below its route." in problem.text


def test_who_may_not_use_a_page_is_not_told_how_to_change_it(sqlite_app: Flask) -> None:
    sqlite_app.config["CONFIGURATION"] = "development"
    view = permission_required(Permission.ADMIN)(lambda: Response("in", mimetype="text/plain"))
    sqlite_app.add_url_rule("/mine", "mine", view)
    add_account(sqlite_app, "susan")
    page = log_in(sqlite_app, "susan").get("/mine")
    assert page.status_code == 403
    assert "everybody" not in shown(page.text)


def test_the_static_files_of_a_blueprint_are_everybodys(sqlite_app: Flask, tmp_path: Path) -> None:
    Path(tmp_path, "hello.txt").write_text("in")
    blueprint = Blueprint("mine", __name__, url_prefix="/mine", static_folder=tmp_path)
    blueprint.add_url_rule("/static", "not_static", lambda: "in")
    sqlite_app.register_blueprint(blueprint)
    client = visitor(sqlite_app)
    path = f"/mine/{tmp_path.name}/hello.txt"
    with closing(client.get(path)) as file:
        assert (file.status_code, file.text) == (200, "in")
    assert client.get(f"{path}.no").status_code == 404
    assert client.get("/mine/static").status_code == 403


def test_a_page_whose_name_ends_like_that_is_no_file(sqlite_app: Flask) -> None:
    view = permission_required(Permission.WRITE)(lambda: Response("in", mimetype="text/plain"))
    sqlite_app.add_url_rule("/ecstatic", "ecstatic", view)
    add_account(sqlite_app, "susan")
    assert log_in(sqlite_app, "susan").get("/ecstatic").text == "in"


def test_what_needs_a_login_is_not_done_without_one(sqlite_app: Flask) -> None:
    client = visitor(sqlite_app)
    adapter = sqlite_app.url_map.bind("localhost")
    for rule in pages_of(sqlite_app):
        if rule.endpoint in EVERYBODY:
            continue
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        if "GET" in (rule.methods or ()):
            assert client.get(path).location.startswith("/auth/login?next="), rule
        if "POST" in (rule.methods or ()):
            assert client.post(path).status_code in {400, 401}, rule


def test_a_view_stays_what_it_is() -> None:
    def view() -> str:
        return "in"

    assert everybody(view) is view


def test_what_leaves_the_token_to_its_form_has_a_form_that_looks_at_it(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    adapter = sqlite_app.url_map.bind("localhost")
    answers = {}
    for rule in pages_of(sqlite_app):
        view = sqlite_app.view_functions[rule.endpoint]
        is_exempt = f"{view.__module__}.{view.__name__}" in csrf._exempt_views  # noqa: SLF001
        if is_exempt and "POST" in (rule.methods or ()):
            path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
            client = visitor(sqlite_app) if rule.endpoint in EVERYBODY else susan
            answers[rule.endpoint] = client.post(path).status_code
    leading_away = {  # there is no form now: no link, nobody who waits, no second factor
        "auth.prove": 303,  # who has just logged in
        **dict.fromkeys(["board.appeal", "board.edit", "board.report"], 404),  # no message
        "api_tokens.created": 303,
        "board.hide": 403,
        "two_factor.give_code": 303,
        "two_factor.scan": 303,
        "two_factor.show_recovery_codes": 303,
        "preferences": 303,  # it asks the browser which site sent it
    }
    assert answers == dict.fromkeys(answers, 400) | leading_away
    assert len(answers) > 10
