"""What the tests share: databases, an application, a client that looks at what it fetches."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app import create_app, db
from app.models import passwords
from config import list_settings
from safe_schema.tests.databases import DATABASES, SERVERS, create_database
from tests import requirements
from tests.clients import CheckingClient
from tests.compiled import keep_compiled
from tests.databases import KeptDatabases, create_tables

gc.set_threshold(100_000, 50, 100)  # looking for cycles takes a tenth of the time otherwise

HASHER = passwords.hasher  # as it is outside of tests
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ["FLASK_CONFIG", "FLASK_DEBUG", *(setting.variable for setting in list_settings())]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLASK_APP", "flasky.py")
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("SLOW_QUERY_MS", "60000")  # a busy machine would tell of any statement
    # Thousands of hashes are made, and what one costs is the subject of few tests.
    monkeypatch.setattr(passwords, "hasher", CHEAP_HASHER)
    monkeypatch.setenv("PASSWORD_HASHES_AT_ONCE", "64")  # or who races would be asked to wait
    keep_compiled(monkeypatch)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Let Ctrl+C end the tests, after a command of this process has taken it for its own."""
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _connections() -> Iterator[None]:
    """Close what a test has left open: from Python 3.13 on, that is a warning."""
    yield
    for engines in list(db._app_engines.values()):  # noqa: SLF001
        for engine in engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def kept_databases() -> Iterator[KeptDatabases]:
    kept = KeptDatabases()
    with kept.created:
        yield kept


@pytest.fixture(params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, kept_databases: KeptDatabases
) -> Iterator[str]:
    """The address of a database that is the test's own for a while, on each of the three.

    It is empty; with an `app` it has Flasky's tables.
    """
    if request.param in SERVERS and "app" in request.fixturenames:
        yield kept_databases.lend(request.param)
        return
    with create_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application with its tables."""
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application() as app:
        yield app


@pytest.fixture
def sqlite_app() -> Iterator[Flask]:
    """An application with its tables in memory, where the database makes no difference."""
    with application() as app:
        yield app


@contextmanager
def application(*, has_tables: bool = True) -> Iterator[Flask]:
    app = create_app("testing")
    app.test_client_class = CheckingClient
    if has_tables:
        with app.app_context():
            create_tables()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    """A visitor without cookies."""
    return visitor(app)


@pytest.fixture
def sqlite_client(sqlite_app: Flask) -> CheckingClient:
    """A visitor without cookies, where the database makes no difference."""
    return visitor(sqlite_app)


def visitor(app: Flask) -> CheckingClient:
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    return client


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="run one of each test that is not slow")


@pytest.hookimpl(trylast=True)  # after -k, which may ask for one database
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    requirements.leave_out_absent_databases(items)
    if config.getoption("--quick"):
        requirements.leave_out_slow(items)
    items.sort(key=lambda item: not item.nodeid.startswith(requirements.LONG))  # these first


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in requirements.what_did_not_run(terminalreporter.stats):
        terminalreporter.write_line(line, yellow=True)
