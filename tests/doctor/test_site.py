"""What `flask doctor` finds when it calls the site through PUBLIC_URL."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import create_app
from app.doctor import site as site_checks
from tests.doctor.patients import FAIL, OK, WARN, find
from tests.doctor.sites import served, site
from tests.judges.front import front, make_certificate
from tests.servers import free_port, serve

Certificate = tuple[Path, Path]
OTHER_KEY = "0123456789abcdef another key"


@pytest.mark.parametrize("number", ["F040", "F041", "F043", "F044", "F045", "F046", "F047"])
def test_a_site_behind_its_proxy_is_well(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate, number: str
) -> None:
    with site(monkeypatch, certificate) as app:
        level, said = find(app, number)
    assert level is OK, said


@pytest.mark.parametrize(
    ("settings", "number", "words"),
    [
        ({"TRUSTED_HOSTS": "elsewhere.example.com"}, "F040", "answers 400; let the proxy pass "),
        ({"TRUSTED_PROXIES": "0"}, "F044", "the site saw http://localhost"),
        ({"TRUSTED_PROXIES": "0"}, "F045", "come from 127.0.0.1; set TRUSTED_PROXIES=1"),
        ({"TRUSTED_PROXIES": "2"}, "F045", "TRUSTED_PROXIES is 2, and 1 have written X-Forwarded"),
        ({"PROXY_HEADER": "Forwarded"}, "F045", "TRUSTED_PROXIES is 1, and 0 have written Forw"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_the_proxy_are_told(
    monkeypatch: pytest.MonkeyPatch,
    certificate: Certificate,
    settings: dict[str, str],
    number: str,
    words: str,
) -> None:
    with site(monkeypatch, certificate, **settings) as app:
        level, said = find(app, number)
    assert level is FAIL
    assert words in said


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_an_address_that_visitors_choose_is_told(
    monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    settings = {"TRUSTED_PROXIES": "1", "PROXY_HEADER": header}  # and there is no proxy
    with site(monkeypatch, None, **settings) as app:
        level, said = find(app, "F046")
    assert level is FAIL
    assert f"a forged {header} is believed" in said


def test_a_site_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"http://127.0.0.1:{free_port()}")
    level, said = find(create_app("testing"), "F040")
    assert level is FAIL
    assert "cannot be fetched: Connection refused; start the site" in said


def test_a_certificate_that_nobody_trusts_is_told(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate
) -> None:
    with site(monkeypatch, certificate) as app:
        monkeypatch.delenv("SSL_CERT_FILE")
        level, said = find(app, "F040")
    assert level is FAIL
    assert "the certificate is not valid: self" in said


def test_a_certificate_that_ends_soon_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Certificate
) -> None:
    assert certificate  # there is an openssl
    with site(monkeypatch, make_certificate(tmp_path, days=5)) as app:
        level, said = find(app, "F041")
    assert level is WARN
    assert "valid for 5 more days; find out why" in said


def test_plain_http_has_to_lead_to_https(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate
) -> None:
    app = create_app("testing")
    with served(app) as url, front(url, *certificate) as public:
        port = int(public.rpartition(":")[2])
        assert site_checks.look_at_plain_http("localhost", port).level is OK
        bare = site_checks.look_at_plain_http("127.0.0.1", int(url.rpartition(":")[2]))
    assert bare.level is FAIL
    assert "does not lead to https" in bare.seen
    assert site_checks.look_at_plain_http("127.0.0.1", free_port()).level is OK
    app.config["PUBLIC_URL"] = public
    assert find(app, "F042")[0] is None  # on a port of its own
    monkeypatch.setattr(site_checks, "HTTP_PORT", port)
    app.config["PUBLIC_URL"] = "https://localhost"
    assert find(app, "F042")[0] is OK


def test_a_site_with_another_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with site(monkeypatch, None) as other:
        monkeypatch.setenv("SECRET_KEY", OTHER_KEY)
        app = create_app("testing")
        app.config["PUBLIC_URL"] = other.config["PUBLIC_URL"]
        level, said = find(app, "F043")
    assert level is FAIL
    assert "is not this site, or has another SECRET_KEY" in said


@pytest.mark.parametrize(("seconds", "level"), [(0, OK), (10, WARN), (60, FAIL), (-60, FAIL)])
def test_a_clock_that_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, seconds: int, level: int
) -> None:
    with site(monkeypatch, None) as app:
        clock = SimpleNamespace(time=lambda: time.time() + seconds)
        monkeypatch.setattr(site_checks, "time", clock)  # of this machine
        assert find(app, "F047")[0] == level


@pytest.mark.parametrize(("workers", "level"), [(1, OK), (2, WARN)])
def test_processes_that_count_by_themselves_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workers: int, level: int
) -> None:
    monkeypatch.setenv("SECRET_KEY", "one secret key for all processes")
    app = create_app("testing")
    with serve(f"sqlite:///{tmp_path}/data.sqlite", workers=workers) as url:
        app.config["PUBLIC_URL"] = url
        found, said = find(app, "F061")
    assert found == level, said
