"""A database that goes away, and comes back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from app import create_app, database, db
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.pages import heading
from tests.servers import free_port


class Wire:
    """A connection to a database server that can be cut and mended: a forwarder on loopback."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = free_port()
        self.ends: list[socket.socket] = []
        self.listener: socket.socket | None = None

    def mend(self) -> None:
        """Take connections."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and take no more."""
        if self.listener:
            # A thread that waits in accept() keeps the port until it is woken.
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.target)
                self.ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), closing(source), closing(sink):
            while data := source.recv(65536):
                sink.sendall(data)


@pytest.fixture
def wire(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The connection between Flasky and its database."""
    url = make_url(database_url)
    port = url.port or {"postgresql": 5432}.get(url.get_backend_name(), 3306)
    wire = Wire(url.host or "127.0.0.1", port)
    wire.mend()
    through = url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    monkeypatch.setenv("TEST_DATABASE_URL", through)
    yield wire
    wire.cut()


def check_unavailable(client: CheckingClient) -> None:
    page = client.say("john")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "10"
    assert heading(page.text) == "Not available right now"
    assert heading(client.get("/").text) == "Hello, Stranger!"


on_a_server = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_a_server
def test_flasky_answers_503_and_recovers_by_itself(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with application() as app:
        client = visitor(app)
        assert client.get("/user/john").status_code == 404
        for _ in range(2):
            wire.cut()
            check_unavailable(client)
            wire.mend()
            assert client.get("/user/john").status_code == 404
        assert heading(client.say("john").text) == "Hello, john!"
    assert "The database does not answer." in caplog.text


@on_a_server
def test_a_connection_that_died_is_not_used_again(wire: Wire) -> None:
    with application() as app:
        client = visitor(app)
        client.say("john")
        wire.cut()
        wire.mend()
        assert "Happy to see you again!" in client.say("john").text


def test_a_writer_that_never_ends_is_not_waited_for_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SECONDS_TO_WAIT_FOR_A_LOCK", 1)
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application() as app:
        visitor(app).say("john")
        other = create_engine(database_url, poolclass=NullPool)
        with other.connect() as connection:
            connection.execute(text("UPDATE users SET visits = 5"))
            check_unavailable(visitor(app))
            # Readers do not wait at all.
            assert visitor(app).get("/user/john").status_code == 200
            connection.rollback()
        assert "Happy to see you again!" in visitor(app).say("john").text


@on_sqlite
def test_a_file_that_cannot_be_opened_is_a_database_that_is_down(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database_url.replace("data.sqlite", "no folder/data.sqlite")
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    app = create_app("testing")
    app.test_client_class = CheckingClient
    check_unavailable(visitor(app))


def test_known_visitors_burn_no_number_of_the_sequence(app: Flask, client: CheckingClient) -> None:
    for _ in range(10):
        client.say("john")
    client.say("susan")
    with app.app_context():
        rows = db.session.execute(text("SELECT username, id FROM users ORDER BY id")).all()
    assert rows == [("john", 1), ("susan", 2)]
