"""What strangers do, done by `flask doctor --attack` to good sites and to bad ones."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from app import create_app
from app.doctor import attack
from app.doctor.attack import floods
from app.doctor.attack.trying import ATTACKS, parse_target
from app.doctor.checks import Finding
from tests.conftest import application
from tests.doctor.patients import FAIL, OK, WARN
from tests.doctor.sites import site
from tests.servers import free_port


class Careless(BaseHTTPRequestHandler):
    """Serves whatever is asked for, to whoever asks, however it is asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"debugger"
        self.send_response(500 if self.headers["Referer"] == "http://[" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_arguments: object) -> None:
        pass


class Simple(HTTPServer):
    """Answers one after the other."""

    def handle_error(self, *_arguments: object) -> None:
        pass


class Threaded(ThreadingHTTPServer, Simple):
    """Answers all at once."""

    daemon_threads = True


@contextmanager
def careless(kind: type[Simple]) -> Iterator[str]:
    with kind(("127.0.0.1", 0), Careless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.shutdown, daemon=True).start()


@contextmanager
def speaking_http_2() -> Iterator[str]:
    """Give the address of a server that answers to a preface by settings."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\0\0\0\4\0\0\0\0\0")

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def find(app: Flask, number: str, url: str) -> Finding:
    with app.app_context():
        return ATTACKS[number](parse_target(url))


@pytest.mark.parametrize("number", ATTACKS)
def test_a_site_behind_its_proxy_stands_all_attacks(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path], number: str
) -> None:
    monkeypatch.setattr(floods, "LONGEST_WAIT", 30)  # the machine may be busy
    with site(monkeypatch, certificate) as app:
        monkeypatch.delenv("SSL_CERT_FILE")  # whether anybody trusts its certificate is F040's
        found = find(app, number, app.config["PUBLIC_URL"])
    assert found.level is OK, found


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("F101", "everybody can fetch /.env, /.git/HEAD"),
        ("F102", "in /dev/mailbox/"),
        ("F103", "visitors can reach the debugger"),
        ("F104", "has Referrer-Policy unset"),
        ("F111", "the site answers to the name attacked.invalid"),
        ("F114", "Referer: 'http://[' is answered by 500"),
    ],
)
def test_a_careless_site_is_found_out(sqlite_app: Flask, number: str, words: str) -> None:
    with careless(Threaded) as url:
        found = find(sqlite_app, number, url)
    assert found.level is FAIL
    assert words in found.seen


def test_a_site_without_https_is_found_out(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path]
) -> None:
    with site(monkeypatch, None) as app:
        assert find(app, "F105", app.config["PUBLIC_URL"]).level is WARN
    with site(monkeypatch, certificate, TRUSTED_PROXIES="0") as app:
        found = find(app, "F105", app.config["PUBLIC_URL"])
    assert (found.level, found.seen) == (FAIL, "no browser is told to stay with https")


def test_addresses_that_are_believed_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with site(monkeypatch, None, TRUSTED_PROXIES="1") as app:
        found = find(app, "F110", app.config["PUBLIC_URL"])
        assert (found.level, "X-Forwarded-For is believed" in found.seen) == (FAIL, True)
        monkeypatch.setenv("SECRET_KEY", "another key than the site has")
        found = find(create_app("testing"), "F110", app.config["PUBLIC_URL"])
    assert (found.level, "another SECRET_KEY" in found.seen) == (WARN, True)


def test_http_2_in_clear_is_found_out(sqlite_app: Flask) -> None:
    with speaking_http_2() as url:
        assert find(sqlite_app, "F112", url).level is FAIL


def test_a_long_header_that_is_read_is_found_out(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("http.client._MAXLINE", 10**6)  # what reads the headers of this server
    with careless(Threaded) as url:
        assert find(sqlite_app, "F113", url).level is FAIL


@pytest.mark.parametrize("number", ["F120", "F121"])
def test_a_site_that_waits_for_everybody_is_found_out(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setattr("app.doctor.visit.SECONDS_TO_WAIT", 1)
    monkeypatch.setattr(floods, "HALVES", 2)
    with careless(Simple) as url:
        found = find(sqlite_app, number, url)
    assert found.level is FAIL
    assert "that are half sent stop the site (nothing answers in time)" in found.seen


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_another_machine_is_not_attacked_without_a_yes(answer: str) -> None:
    with application(has_tables=False) as app:
        asked = CliRunner().invoke(
            app.cli, ["doctor", "--attack", "https://flasky.invalid"], input=answer
        )
    assert asked.exit_code == 1
    assert "Only do it to your own site." in asked.stderr
    assert "Is it yours, and may it suffer? [y/N]" in asked.stderr
    assert asked.stdout == ""


def test_nobody_is_asked_about_this_machine() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with application(has_tables=False) as app:
        attacked = CliRunner().invoke(app.cli, ["doctor", "--attack", url])
    assert attacked.exit_code == 2
    assert "[y/N]" not in attacked.output
    first, rest = attacked.stdout.splitlines()
    assert first.startswith(f"FAIL  F100  {url} does not answer: Connection refused; look")
    assert rest.startswith("Not made, because they need what failed: F101, F102")


@pytest.mark.parametrize("url", ["flasky.example.com", "ftp://localhost", "http://", "x"])
def test_what_is_no_address_is_refused(sqlite_app: Flask, url: str) -> None:
    with sqlite_app.app_context(), pytest.raises(click.BadParameter):
        attack.run(url, is_confirmed=True)
