"""The two languages of the pages."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask_babel import gettext as flask_babel_gettext

from app.web.languages import gettext, in_language, ngettext
from config import LANGUAGES
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.pages import find, heading, name_error, shown, title

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def chinese(app: Flask) -> CheckingClient:
    """A visitor whose browser asks for Chinese."""
    client = visitor(app)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN,zh;q=0.9,en;q=0.8"
    return client


def language_of(page: str) -> str | None:
    return find(page, ".").get("lang")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("en", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("ZH-hans-sg", "zh-Hans"),
        ("zh-TW", "zh-Hans"),  # rather than English
        ("eo", "en"),
        ("eo, zh;q=0.2", "zh-Hans"),
        ("zh;q=0.5, en-GB;q=0.7", "en"),
        ("zh;q=0, fr", "en"),
        ("*", "en"),
        ("zh;q=x", "en"),
        (";,;q=,=" * 50, "en"),
        ("zhang", "en"),
    ],
)
def test_the_browser_chooses(
    sqlite_client: CheckingClient, header: str | None, language: str
) -> None:
    headers = {} if header is None else {"Accept-Language": header}
    assert language_of(sqlite_client.get("/", headers=headers).text) == language


def test_the_site_chooses_where_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABEL_DEFAULT_LOCALE", "zh_Hans")
    with application() as app:
        assert language_of(visitor(app).get("/").text) == "zh-Hans"
        esperanto = {"Accept-Language": "eo"}
        assert language_of(visitor(app).get("/", headers=esperanto).text) == "zh-Hans"
        english = {"Accept-Language": "en-GB"}
        assert language_of(visitor(app).get("/", headers=english).text) == "en"


def test_a_greeting_in_chinese(chinese: CheckingClient) -> None:
    page = chinese.get("/").text
    assert heading(page) == "你好，陌生人！"
    assert "你叫什么名字？" in shown(page)
    assert "很高兴认识你！" in shown(chinese.say("john").text)
    page = chinese.say("john").text
    assert heading(page) == "你好，john！"
    assert "很高兴再次见到你！" in shown(page)
    assert "月" in find(page, ".//time").itertext().__next__()
    assert "你好像换名字了！" in shown(chinese.say("susan").text)


def test_an_error_in_chinese(chinese: CheckingClient) -> None:
    page = chinese.say("x" * 65).text
    assert name_error(page) == "名字最多 64 个字符。"
    assert title(page) == "请再试一次 · Flasky"
    assert heading(chinese.get("/nowhere").text) == "找不到页面"
    problem = chinese.get("/nowhere", headers={"Accept": "application/json"}).json
    assert problem
    assert problem["title"] == "Not Found"
    assert problem["detail"] == "这个地址没有页面，请检查地址是否正确。"


def test_a_number_has_its_form(client: CheckingClient) -> None:
    client.say("john")
    assert "Visits once" in shown(client.get("/user/john").text)
    client.say("john")
    assert "Visits 2 times" in shown(client.get("/user/john").text)
    chinese = {"Accept-Language": "zh"}
    assert "来访次数 2 次" in shown(client.get("/user/john", headers=chinese).text)


def test_a_page_says_that_it_depends_on_the_language(sqlite_client: CheckingClient) -> None:
    vary = sqlite_client.get("/").headers["Vary"]
    assert vary == "Accept-Language, Cookie"


def test_a_context_around_requests_does_not_keep_their_language(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for header, language in [("zh", "zh-Hans"), ("en", "en"), ("zh", "zh-Hans")]:
            page = visitor(sqlite_app).get("/", headers={"Accept-Language": header})
            assert language_of(page.text) == language
        assert "Language" not in visitor(sqlite_app).get("/static/flasky.css").headers["Vary"]


def test_a_header_without_end_is_not_kept(sqlite_client: CheckingClient) -> None:
    header = "eo;q=0.1," * 50 + "zh"
    page = sqlite_client.get("/", headers={"Accept-Language": header}).text
    assert language_of(page) == "en"


def test_flask_babels_own_functions_speak_the_same_language(sqlite_app: Flask) -> None:
    template = "{{ _('Home') }} {{ gettext('Home') }} {% trans %}Home{% endtrans %}"
    with sqlite_app.test_request_context(headers={"Accept-Language": "zh"}):
        assert gettext("Home") == flask_babel_gettext("Home") == "首页"
        assert render_template_string(template) == "首页 首页 首页"
        with in_language("en"):
            assert gettext("Home") == flask_babel_gettext("Home") == "Home"
            assert ngettext("once", "%(num)s times", 1) == "once"
        assert gettext("Home") == flask_babel_gettext("Home") == "首页"


def test_values_are_escaped_and_texts_are_not(sqlite_app: Flask) -> None:
    template = "{{ _('<b>%(name)s</b>', name='<i>') }}"
    with sqlite_app.test_request_context():
        assert render_template_string(template) == "<b>&lt;i&gt;</b>"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Every text that the application has to say."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = ["babel.messages.frontend", "--quiet", "extract", "--output", str(path)]
    options = ["--mapping", "app/translations/extract.cfg"]
    [functions] = re.findall(r'--keywords "(.+?)"', (ROOT / "Makefile").read_text())
    keywords = ["--keywords", functions, "app"]
    subprocess.run([sys.executable, "-m", *command, *options, *keywords], cwd=ROOT, check=True)
    with path.open("rb") as file:
        yield read_po(file)


def catalogue_of(language: str) -> Path:
    return ROOT / f"app/translations/{language}/LC_MESSAGES/messages.po"


@pytest.fixture(scope="module", params=sorted(LANGUAGES.keys() - {"en"}))
def catalog(request: pytest.FixtureRequest) -> Catalog:
    file = catalogue_of(request.param)
    assert file.exists(), f"{request.param} has no translations; run: make translations"
    with file.open("rb") as opened:
        return read_po(opened, request.param)


def test_every_text_is_translated(extracted: Catalog, catalog: Catalog) -> None:
    texts = {message.id for message in extracted if message.id}
    assert texts == {message.id for message in catalog if message.id}, "run: make translations"
    for message in catalog:
        assert all(forms(message.string)), f"{message.id!r} has no translation"
        assert not message.fuzzy, f"the translation of {message.id!r} is fuzzy"
        assert not list(message.check(catalog)), f"the translation of {message.id!r} has a fault"


def test_the_translations_are_compiled(catalog: Catalog) -> None:
    with catalogue_of(str(catalog.locale)).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert texts(compiled) == texts(catalog), "run: make translations"


def forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Return a text, or all its forms where it depends on a number."""
    return [text] if isinstance(text, str) else list(text or ())


def texts(catalog: Catalog) -> list[tuple[list[str], list[str]]]:
    """Return each text, with its plural, and its translations."""

    return sorted((forms(message.id), forms(message.string)) for message in catalog if message.id)
