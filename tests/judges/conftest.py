"""Flasky as it is on the web, and the programs that judge it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app, db
from app.main.greeting import greet
from tests.judges.front import front, make_certificate
from tests.requirements import missing
from tests.servers import serve

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder of the programs that npm installs."""
    folder = HERE / "node_modules"
    if not folder.is_dir():
        missing("the judges are not installed; run: make judge")
    return folder


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl to make a certificate with")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[str]:
    """The address of Flasky in production behind a proxy. It knows john."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/data.sqlite"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TEST_DATABASE_URL", url)
        app = create_app("testing")
    with app.app_context():
        db.create_all()
        greet("john")
        db.engine.dispose()
    settings = {
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "DATABASE_URL": url,
        "TRUSTED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "1",
    }
    with serve(url, settings=settings) as target, front(target, *certificate) as address:
        yield address


def program(*names: str) -> str:
    """Return the path of the first of these programs that there is."""
    paths = (os.environ.get(name.upper()) or shutil.which(name) for name in names)
    return next(filter(None, paths), None) or missing(f"there is no {names[0]}")
