"""What every answer has and no answer holds."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from tests.clients import CheckingClient
from tests.commands import ROOT

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/nowhere"),
        ("DELETE", "/"),
        ("GET", "/static/icon.svg"),
    ],
)
def test_every_answer_has_them(sqlite_client: CheckingClient, method: str, address: str) -> None:
    headers = sqlite_client.open(address, method=method).headers
    assert headers.getlist("Content-Security-Policy") == [POLICY]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    "address", ["/", "/nowhere", "/static/icon.svg", "/auth/settings", "/health"]
)
def test_https_stays_https(sqlite_client: CheckingClient, address: str) -> None:
    headers = sqlite_client.get(address, base_url="https://localhost").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("address", ["/", "/nowhere", "/static/icon.svg", "/auth/login", "/health"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
def test_no_other_site_may_read_an_answer(sqlite_app: Flask, address: str, origin: str) -> None:
    sqlite_app.test_client_class = None  # the answer to OPTIONS is no page
    client = sqlite_app.test_client()
    asks_first = {"Access-Control-Request-Method": "POST"}
    for method, headers in [("GET", {}), ("POST", {}), ("OPTIONS", asks_first)]:
        answer = client.open(address, method=method, headers=headers | {"Origin": origin})
        allowed = [name for name, _ in answer.headers if name.startswith("Access-Control-")]
        assert allowed == []


@pytest.mark.parametrize(
    ("address", "accept", "content_type"),
    [
        ("/", "text/html", "text/html; charset=utf-8"),
        ("/nowhere", "text/html", "text/html; charset=utf-8"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/auth/settings", "text/html", "text/html; charset=utf-8"),
        ("/health", "application/json", "application/json"),
        ("/static/flasky.css", "text/css", "text/css; charset=utf-8"),
        ("/static/forms.js", "*/*", "text/javascript; charset=utf-8"),
        ("/static/icon.svg", "image/*", "image/svg+xml; charset=utf-8"),
    ],
)
def test_every_answer_says_what_it_is(
    sqlite_client: CheckingClient, address: str, accept: str, content_type: str
) -> None:
    answer = sqlite_client.get(address, headers={"Accept": accept})
    assert answer.headers.getlist("Content-Type") == [content_type]


@pytest.mark.parametrize("file", [".git", ".git/HEAD", ".gitignore", ".env.example", "config.py"])
def test_what_lies_beside_the_pages_is_not_served(sqlite_client: CheckingClient, file: str) -> None:
    for folder in ("/", "/static/", "/static/..%2f..%2f", "/static//", f"/static/{ROOT}/"):
        for path in (f"{folder}{file}", folder + file.replace("/", "%2f")):
            assert sqlite_client.get(path, follow_redirects=True).status_code == 404


# What would run a text as code, start a program, or read a format that can do either.
CALLS = {"__import__", "eval", "exec", "from_string", "popen", "render_template_string", "system"}
MODULES = {"lxml", "marshal", "pickle", "shelve", "subprocess", "xml", "yaml"}
CODE = [*(ROOT / "app").rglob("*.py"), *(ROOT / f"{name}.py" for name in ("config", "settings"))]
SCRIPTS = [*(ROOT / "app/static").glob("*.js")]
TEMPLATES = [*(ROOT / "app/templates").rglob("*.*")]


@pytest.mark.parametrize("file", CODE, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_code_runs_a_text_or_a_program(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            names = [module] if module else [alias.name for alias in node.names]
            assert not {name.partition(".")[0] for name in names} & MODULES, ast.unparse(node)
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func).rpartition(".")[2] not in CALLS, ast.unparse(node)


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_makes_code_or_elements_of_a_text_or_hinders_pasting(file: Path) -> None:
    doors = r"HTML\b|document\.write|\beval\b|\bFunction\(|javascript:|\bpaste\b|\.src\b"
    assert re.findall(doors, file.read_text()) == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_trusts_a_text(file: Path) -> None:
    assert re.findall(r"\|\s*safe\b|autoescape|Markup", file.read_text()) == []
