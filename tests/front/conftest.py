"""Flasky in production behind a real proxy."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from app import create_app
from safe_schema.tests.databases import missing
from tests.databases import create_tables
from tests.front.proxies import PROXIES, Proxy, proxy
from tests.judges.front import make_certificate
from tests.server.test_workers import GRANIAN
from tests.servers import free_port, running


class Site(NamedTuple):
    """Flasky, the proxy before it, and its database."""

    proxy: Proxy
    database: Path

    def addresses_in_log(self) -> set[str]:
        """Return where those came from of whom the audit log tells."""
        query = "SELECT ip_address FROM audit_events"
        with closing(sqlite3.connect(self.database)) as connection:
            return {address for (address,) in connection.execute(query)}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl: apt-get install openssl")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=PROXIES)
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificate: tuple[Path, Path],
) -> Iterator[Site]:
    """Flasky as README.md starts it, behind each of the proxies."""
    folder = tmp_path_factory.mktemp(request.param)
    database, port = folder / "data.sqlite", free_port()
    settings = {
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "one secret key for all processes",
        "DATABASE_URL": f"sqlite:///{database}",
        "TRUSTED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "1",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        with create_app("production").app_context():
            create_tables()
    command = [sys.executable, *GRANIAN.split(), str(port)]
    with (
        running(command, port, settings["DATABASE_URL"], settings),
        proxy(request.param, port, folder, *certificate) as running_proxy,
    ):
        yield Site(running_proxy, database)
