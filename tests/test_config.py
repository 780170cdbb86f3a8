"""Settings: what is read from the environment, and what is said of what cannot be read."""

import errno
import importlib.util
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import make_url

import config
from app import create_app
from config import choose_config
from config_checks import load_local_key
from settings import ConfigError, read_database_url
from tools.settings import compose_texts

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "a secret key for this test only"  # noqa: S105


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which production starts; the test changes it."""
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    return monkeypatch


def test_flask_config_chooses_the_configuration(production: pytest.MonkeyPatch) -> None:
    assert choose_config() is config.DevelopmentConfig
    production.setenv("FLASK_CONFIG", "production")
    assert create_app().config["CONFIGURATION"] == "production"
    assert create_app("testing").config["CONFIGURATION"] == "testing"


def test_a_configuration_that_there_is_not_is_an_error() -> None:
    with pytest.raises(
        ConfigError,
        match=r"'prod' is not a configuration; write one of development, testing, production$",
    ):
        create_app("prod")


def test_the_dictionary_has_the_names_of_the_book() -> None:
    assert set(config.config) == {"development", "testing", "production", "default"}
    assert config.config["default"] is config.config["development"]


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("MAIL_USE_TLS", "ture", "'ture' is neither true nor false; write true or false"),
        ("MAIL_USE_SSL", "2", "neither true nor false"),
        ("MAIL_PORT", "smtp", "'smtp' is not valid; write a number from 1 to 65535"),
        ("MAIL_PORT", "65536", "write a number from 1 to 65535"),
        ("MAIL_PORT", "٢٥", "is not valid"),
        ("FLASKY_ADMIN", "john", "'john' is not an email address"),
        ("FLASKY_ADMIN", "john@example.com\nBcc: susan@example.com", "line break"),
        ("FLASKY_MAIL_SUBJECT_PREFIX", "a\r\nb", "line break"),
        ("TRUSTED_HOSTS", "https://flasky.example.com", "is not a host name"),
        ("TRUSTED_HOSTS", "*", "is not a host name"),
        ("TRUSTED_HOSTS", "_", "'_' is not the name of a site; write one without underscores"),
        ("TRUSTED_HOSTS", ".my_site.example", "write one without underscores"),
        ("TRUSTED_HOSTS", " , ", "it names no host"),
        ("TRUSTED_PROXIES", "-1", "'-1' is not valid; write a number from 0 to 2147483647"),
        ("TRUSTED_PROXIES", "10.0.0.1", "is not valid"),
        ("PROXY_HEADER", "X-Real-IP", "write one of X-Forwarded-For, Forwarded"),
        ("SECURITY_CONTACT", "http://example.com/security", "is not an email address"),
        ("SECURITY_CONTACT", "a@example.com\nPolicy: x", "line break"),
        ("SECURITY_CONTACT", "https://", "is not the address of a site"),
        ("AUDIT_LOG_DAYS", "1000000", "'1000000' is not valid; write a number from 0 to 36500"),
        ("AUDIT_LOG_DAYS", "36501", "'36501' is not valid; write a number from 0 to 36500"),
        ("BABEL_DEFAULT_LOCALE", "zh", "'zh' is not known; write one of en, zh_Hans"),
        ("TRUSTED_HOSTS", "a..b", "is not a host name"),
        ("TRUSTED_HOSTS", ".", "is not a host name"),
        ("TRUSTED_HOSTS", "flasky.example.com;", "is not a host name"),
        ("TRUSTED_HOSTS", ".com", "would trust too many"),
        ("FLASKY_ADMIN", "john, susan@example.com", "is not an email address"),
        ("FLASKY_ADMIN", "john <john@example.com", "is not an email address"),
        ("FLASKY_ADMIN", "a@b@c", "is not an email address"),
        ("MAIL_SERVER", "smtp://smtp.example.com:587", "is not a host name"),
        ("TEST_DATABASE_URL", "sqlite://data.sqlite", "it has two slashes; write three"),
        ("TEST_DATABASE_URL", "postgresql+asyncpg://localhost/x", "unknown kind of database"),
        ("TEST_DATABASE_URL", "postgresql+nosuch://localhost/x", "unknown kind of database"),
        ("TEST_DATABASE_URL", "postgresql://u:a@hidden@localhost/x", "write %40 for an @ in it"),
        ("TEST_DATABASE_URL", "mysql://localhost/x?user=u&password=hidden", "wrong place"),
        ("TEST_DATABASE_URL", "postgresql://localhost/x?pgbouncer=true", "option 'pgbouncer'"),
        ("TEST_DATABASE_URL", "mysql://localhost/x?sslaccept=strict", "option 'sslaccept'"),
        ("TEST_DATABASE_URL", "data.sqlite", "it is not a database address"),
        ("TEST_DATABASE_URL", "postgresql://u:hidden@host:port/x", "it is not a database address"),
        (
            "TEST_DATABASE_URL",
            "mongodb://u:hidden@localhost/x",
            "an unknown kind of database",
        ),
        ("TEST_DATABASE_URL", "postgresql://u:hidden@localhost", "it names no database"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, message: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigError) as error:
        create_app("testing")
    assert str(error.value).startswith(f"{variable}: ")
    assert message in str(error.value)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, True) for text in ("1", "TRUE", "Yes", " on ", "")],
        *[(text, False) for text in ("0", "false", "NO", "off")],
    ],
)
def test_booleans_have_several_spellings(
    monkeypatch: pytest.MonkeyPatch, text: str, *, value: bool
) -> None:
    monkeypatch.setenv("MAIL_USE_TLS", text)
    assert create_app("testing").config["MAIL_USE_TLS"] is value


def test_blanks_and_capitals_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PORT", " 25 ")
    monkeypatch.setenv("MAIL_SERVER", " smtp.example.com ")
    monkeypatch.setenv("TRUSTED_PROXIES", " 2 ")
    monkeypatch.setenv("BABEL_DEFAULT_LOCALE", "ZH_hans ")
    monkeypatch.setenv("TRUSTED_HOSTS", "Flasky.Example.com, .example.org,127.0.0.1")
    settings = create_app("testing").config
    assert (settings["MAIL_PORT"], settings["MAIL_SERVER"]) == (25, "smtp.example.com")
    assert (settings["TRUSTED_PROXIES"], settings["BABEL_DEFAULT_LOCALE"]) == (2, "zh_Hans")
    assert settings["TRUSTED_HOSTS"] == ["flasky.example.com", ".example.org", "127.0.0.1"]


@pytest.mark.parametrize("lonely", ["MAIL_USERNAME", "MAIL_PASSWORD"])
def test_a_login_at_the_mail_server_is_two(monkeypatch: pytest.MonkeyPatch, lonely: str) -> None:
    monkeypatch.setenv(lonely, "hidden")
    with pytest.raises(
        ConfigError, match=r"^Only one of MAIL_USERNAME and MAIL_PASSWORD is set"
    ) as told:
        create_app("testing")
    assert "hidden" not in str(told.value)


def test_a_site_sends_mail_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.org")
    monkeypatch.setenv("MAIL_SERVER", "smtp.example.org")
    with pytest.raises(ConfigError, match=r"^FLASKY_MAIL_SENDER is not set; write the sender"):
        create_app("production")
    monkeypatch.setenv("FLASKY_MAIL_SENDER", "Flasky <flasky@example.org>")
    assert create_app("production").config["MAIL_DEFAULT_SENDER"] == "Flasky <flasky@example.org>"


def test_a_mail_server_speaks_ssl_or_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_USE_SSL", "true")
    assert create_app("testing").config["MAIL_USE_TLS"] is False
    monkeypatch.setenv("MAIL_USE_TLS", "true")
    with pytest.raises(ConfigError, match="MAIL_USE_SSL and MAIL_USE_TLS are both true"):
        create_app("testing")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@host/x", "postgresql+psycopg://u:p@host/x"),
        (
            "postgresql://u:p@host/x?sslmode=require",
            "postgresql+psycopg://u:p@host/x?sslmode=require",
        ),
        ("postgresql+psycopg://u:p%40@host/x", "postgresql+psycopg://u:p%40@host/x"),
        ("mysql://u:p@host/x?reconnect=true", "mysql+pymysql://u:p@host/x?charset=utf8mb4"),
        ("mariadb://u:p@host/x?charset=latin1", "mariadb+pymysql://u:p@host/x?charset=utf8mb4"),
        (
            "mysql://u:p@host/x?ssl-mode=REQUIRED",
            "mysql+pymysql://u:p@host/x?charset=utf8mb4&ssl_check_hostname=false",
        ),
        ("sqlite:////tmp/x.sqlite", "sqlite:////tmp/x.sqlite"),
        ("sqlite:///x.sqlite", f"sqlite:///{ROOT}/x.sqlite"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        (" sqlite:// ", "sqlite://"),
    ],
)
def test_addresses_that_hosting_companies_hand_out_are_understood(given: str, used: str) -> None:
    assert make_url(read_database_url(given)) == make_url(used)


@pytest.mark.parametrize(
    ("url", "package"), [("postgres://host/x", "psycopg"), ("mysql://host/x", "pymysql")]
)
def test_a_missing_driver_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, url: str, package: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("DEV_DATABASE_URL", url)
    with pytest.raises(ConfigError, match=r"DEV_DATABASE_URL: .* run: .*python.* -m pip ") as told:
        create_app("development")
    lock = Path(str(told.value).rpartition(" ")[2])
    assert f"\n{package}==" in lock.read_text()


def test_the_databases_without_settings_are_files_in_the_project(
    production: pytest.MonkeyPatch,
) -> None:
    production.delenv("DATABASE_URL")
    for name, file in [("development", "data-dev.sqlite"), ("production", "data.sqlite")]:
        url = make_url(config.config[name].SQLALCHEMY_DATABASE_URI)  # type: ignore[attr-defined]
        assert (url.drivername, url.database) == ("sqlite", str(ROOT / file))
    assert create_app("testing").config["SQLALCHEMY_DATABASE_URI"] == "sqlite://"


def test_production_refuses_to_start_without_a_secret_key(production: pytest.MonkeyPatch) -> None:
    production.delenv("SECRET_KEY")
    with pytest.raises(ConfigError, match=r"SECRET_KEY is not set; make a key with: .*secrets"):
        create_app("production")
    production.setenv("SECRET_KEY", "short")
    with pytest.raises(ConfigError, match="SECRET_KEY has fewer than 16 characters"):
        create_app("production")


def test_administrators_need_a_second_factor_in_production(
    production: pytest.MonkeyPatch,
) -> None:
    assert create_app("production").config["SECOND_FACTOR"] == "administrators"
    assert create_app("testing").config["SECOND_FACTOR"] is None
    production.setenv("SECOND_FACTOR", "Everybody")
    assert create_app("production").config["SECOND_FACTOR"] == "everybody"
    production.setenv("SECOND_FACTOR", "some")
    with pytest.raises(ConfigError, match="write one of nobody, administrators, everybody"):
        create_app("production")


def test_production_refuses_to_start_without_trusted_hosts(production: pytest.MonkeyPatch) -> None:
    production.delenv("TRUSTED_HOSTS")
    with pytest.raises(ConfigError, match="TRUSTED_HOSTS is not set"):
        create_app("production")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://flasky.example.org", "'flasky.example.org' is not one of TRUSTED_HOSTS"),
        ("http://flasky.example.com", "the site is used over https only; write https://"),
        ("flasky.example.com", "is not the address of a site; write one like https://"),
        ("https://flasky.example.com:65536", "'65536' is not valid; write a number from 1 to"),
    ],
)
def test_a_site_has_one_of_its_names_over_https(
    production: pytest.MonkeyPatch, url: str, message: str
) -> None:
    production.setenv("PUBLIC_URL", url)
    with pytest.raises(ConfigError, match=f"^PUBLIC_URL: .*{message}"):
        create_app("production")


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (".example.com, example.org", "https://example.com"),
        ("", "http://127.0.0.1:8080"),
    ],
)
def test_where_the_site_is_follows_from_its_names(
    monkeypatch: pytest.MonkeyPatch, hosts: str, url: str
) -> None:
    monkeypatch.setenv("FLASK_RUN_PORT", "8080")
    monkeypatch.setenv("TRUSTED_HOSTS", hosts)
    assert create_app("testing").config["PUBLIC_URL"] == url


def test_the_secret_key_may_come_from_a_file(
    production: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET_KEY}\n")
    production.setenv("SECRET_KEY_FILE", str(file))
    with pytest.raises(ConfigError, match="both set"):
        create_app("production")
    production.delenv("SECRET_KEY")
    assert create_app("production").config["SECRET_KEY"] == SECRET_KEY


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), (b"\n", "is empty"), (b"\xff", "not a text")],
)
def test_a_secret_key_file_without_a_key_is_an_error(
    production: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    production.delenv("SECRET_KEY")
    production.setenv("SECRET_KEY_FILE", str(file))
    with pytest.raises(ConfigError, match=f"the secret key in .*{message}"):
        create_app("production")


def sessions_of(app: Flask, cookie: str) -> dict[str, object]:
    with app.test_client() as client:
        client.set_cookie(str(app.config["SESSION_COOKIE_NAME"]), cookie)
        with client.session_transaction() as session:
            return dict(session)


def test_sessions_survive_a_change_of_the_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the old key")
    with create_app("testing").test_client() as client:
        with client.session_transaction() as session:
            session["name"] = "john"
        cookie = client.get_cookie("session")
    assert cookie
    monkeypatch.setenv("SECRET_KEY", "the new key")
    assert sessions_of(create_app("testing"), cookie.value) == {}
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "an older key, the old key")
    assert sessions_of(create_app("testing"), cookie.value) == {"name": "john"}


def test_development_makes_a_secret_key_and_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "instance" / "secret_key"
    secret_key = load_local_key(file)
    assert len(secret_key) == 64
    assert load_local_key(file) == secret_key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]
    assert URLSafeSerializer(secret_key).loads(URLSafeSerializer(secret_key).dumps(1)) == 1


def test_processes_that_start_at_once_share_one_secret_key(tmp_path: Path) -> None:
    for attempt in range(20):
        file = tmp_path / str(attempt) / "secret_key"
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(load_local_key, [file] * 8))) == 1


def test_a_secret_key_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "no folder"
    file.touch()
    with pytest.raises(ConfigError, match=r"SECRET_KEY is not set, and .* cannot be made"):
        load_local_key(file / "secret_key")


def test_the_session_cookie_is_strict(production: pytest.MonkeyPatch) -> None:
    production.setenv("FLASK_CONFIG", "production")
    client = create_app().test_client()
    answer = client.get("/", base_url="https://flasky.example.com")
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-session=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.parametrize(("content", "message"), [(b"", "is empty"), (b"\xff", "not a text")])
def test_a_local_key_that_was_damaged_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_local_key(tmp_path / "secret_key")


def test_a_file_system_without_links_keeps_a_key_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: Path, _target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert load_local_key(tmp_path / "secret_key") == load_local_key(tmp_path / "secret_key")
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.fixture
def development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The settings of a developer's machine, on which another server has been started."""
    monkeypatch.setenv("FLASK_CONFIG", "development")
    monkeypatch.setenv("SECRET_KEY", "a key for tests")
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    monkeypatch.setenv("MAIL_THREAD", "false")
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:5000", 200),
        ("127.0.0.1:5000", 200),
        ("flasky.localhost", 200),
        ("rebound.evil.example", 400),
        ("192.168.1.7:5000", 400),
        ("127.0.0.1.evil.example", 400),
    ],
)
def test_development_answers_to_this_machine_alone(
    development: pytest.MonkeyPatch, host: str, status: int
) -> None:
    client = create_app().test_client()
    assert client.get("/", headers={"Host": host}).status_code == status
    development.setenv("TRUSTED_HOSTS", "192.168.1.7")
    client = create_app().test_client()
    assert client.get("/", headers={"Host": "192.168.1.7:5000"}).status_code == 200


def test_development_answers_to_its_public_url(development: pytest.MonkeyPatch) -> None:
    development.setenv("PUBLIC_URL", "http://flasky.test:8080")
    client = create_app().test_client()
    assert client.get("/", headers={"Host": "flasky.test:8080"}).status_code == 200


def test_another_server_says_loudly_that_it_runs_as_development(
    development: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    create_app()
    assert "For a site set FLASK_CONFIG=production." in caplog.text
    caplog.clear()
    development.setenv("FLASK_RUN_FROM_CLI", "true")  # as in every `flask` command
    create_app()
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("variable", "value", "sign"),
    [
        ("TRUSTED_PROXIES", "1", "TRUSTED_PROXIES is set"),
        ("DEV_DATABASE_URL", "postgresql://john@db.example/x", "the database is on db.example"),
    ],
)
def test_a_site_whose_configuration_was_forgotten_does_not_start(
    development: pytest.MonkeyPatch, variable: str, value: str, sign: str
) -> None:
    development.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"^FLASK_CONFIG is development, and {sign}"):
        create_app()
    development.setenv("FLASK_RUN_FROM_CLI", "true")
    create_app()


def test_flask_limits_are_set() -> None:
    app = create_app("testing")
    assert app.config["MAX_CONTENT_LENGTH"] == 16 * 1024
    assert app.config["MAX_FORM_PARTS"] == 100


def test_every_setting_is_listed_for_operators() -> None:
    for path, text in compose_texts().items():
        assert path.read_text() == text, "run: make settings"
