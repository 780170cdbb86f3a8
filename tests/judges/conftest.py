"""Flasky as it is on the web, and the programs that judge it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app import create_app, db
from app.main.greeting import greet
from safe_schema.tests.databases import missing
from tests.auth.people import PASSWORD, add_account, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.judges import api, board
from tests.judges.front import front, make_certificate
from tests.judges.pages import JudgedPage
from tests.servers import serve
from tests.two_factor.telephone import set_up

HERE = Path(__file__).resolve().parent

# Debian's packages with the programs that `program` looks for.
PACKAGES = {"firefox": "firefox-esr", "java": "default-jre-headless", "node": "nodejs"}


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder of the programs that npm installs."""
    folder = HERE / "node_modules"
    if not folder.is_dir():
        missing("the judges are not installed: make judge")
    return folder


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl: apt-get install openssl")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


class Site(NamedTuple):
    """Flasky in production behind a proxy: its address, and what its administrator has."""

    address: str
    cookie: str
    code: str  # a recovery code, which lets in once

    def headers(self, page: JudgedPage) -> dict[str, str]:
        """Return what the browser of a page's visitor sends."""
        cookie = {"Cookie": self.cookie} if page.visitor == "david" else {}
        return {"Accept-Language": page.language, **cookie}


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[Site]:
    """A site that david administers, and that knows john."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/data.sqlite"
    settings = {
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "one secret key for all processes",
        "DATABASE_URL": url,
        "TRUSTED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "1",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        app = create_app("production")
    with app.app_context():
        db.create_all()
        greet("john")
    add_account(app, "david", role="Administrator")
    board.fill(app)
    api.fill(app)
    app.test_client_class = CheckingClient
    client = visitor(app)
    client.environ_base["HTTP_X_FORWARDED_PROTO"] = "https"
    submit(client, "/auth/login", login="david", password=PASSWORD)
    _, codes = set_up(client)  # without a second factor nobody administers
    cookie = client.get_cookie("__Host-session")
    assert cookie
    with app.app_context():
        db.engine.dispose()
    with serve(url, settings=settings) as target, front(target, *certificate) as address:
        yield Site(address, f"__Host-session={cookie.value}", codes[0])


def program(*names: str) -> str:
    """Return the path of the first of these programs that there is."""
    paths = (os.environ.get(name.upper()) or shutil.which(name) for name in names)
    return next(filter(None, paths), None) or missing(
        f"there is no {names[0]}: apt-get install {PACKAGES[names[0]]}"
    )
