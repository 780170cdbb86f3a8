"""`flask doctor` finds nothing to mend behind nginx, Caddy and HAProxy, as deploy/ has them."""

from pathlib import Path

import pytest

from app import create_app
from app.doctor.attack import floods
from app.doctor.attack.trying import ATTACKS, parse_target
from app.doctor.checks import CHECKS, Level
from app.doctor.examination import make
from tests.front.conftest import Site

THROUGH_PROXIES = ["F040", "F043", "F044", "F045", "F046", "F047"]


def test_the_doctor_finds_nothing_to_mend(
    site: Site, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://localhost:{site.proxy.https}"
    settings = {
        "SECRET_KEY": "one secret key for all processes",
        "DATABASE_URL": f"sqlite:///{site.database}",
        "TRUSTED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "1",
        "PUBLIC_URL": url,
        "SSL_CERT_FILE": str(certificate[0]),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(floods, "LONGEST_WAIT", 8)  # the machine may be busy
    app = create_app("production")
    for number in THROUGH_PROXIES:
        found = make(app, CHECKS[number]._replace(seconds=60))
        assert found
        assert found.level is Level.OK, found
    with app.app_context():
        for number, attack in ATTACKS.items():
            assert attack(parse_target(url)).level is Level.OK, number
