"""Many people who say one new name at the same moment, to real server processes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import User
from tests.pages import form_token
from tests.servers import serve

VISITORS = 64
PROCESSES = 4


def new_visitor(address: str) -> tuple[OpenerDirector, str]:
    """Return a browser that has opened the first page, and the token in its form."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(address, timeout=60) as page:
        return browser, form_token(page.read().decode())


def test_one_is_new_and_the_others_are_known(app: Flask, database_url: str) -> None:
    with serve(database_url, workers=PROCESSES) as address:
        visitors = [new_visitor(address) for _ in range(VISITORS)]
        start = threading.Barrier(VISITORS)

        def say_john(browser: OpenerDirector, token: str) -> str:
            form = urlencode({"csrf_token": token, "name": "john"}).encode()
            start.wait()
            with browser.open(address, form, timeout=60) as page:
                assert page.status == 200
                text: str = page.read().decode()
                return text

        with ThreadPoolExecutor(VISITORS) as pool:
            pages = list(pool.map(lambda visitor: say_john(*visitor), visitors))

    assert all("Hello, john!" in page for page in pages)
    assert sum("Pleased to meet you!" in page for page in pages) == 1
    assert sum("Happy to see you again!" in page for page in pages) == VISITORS - 1
    with app.app_context():
        [john] = db.session.scalars(select(User))
        assert (john.username, john.visits) == ("john", VISITORS)


@pytest.mark.parametrize("rounds", [5])
def test_different_names_at_once_lose_no_visit(app: Flask, database_url: str, rounds: int) -> None:
    names = ["john", "susan", "david"]
    with serve(database_url, workers=PROCESSES) as address:

        def visit(number: int) -> None:
            for turn in range(rounds):
                browser, token = new_visitor(address)
                name = names[(number + turn) % len(names)]
                form = urlencode({"csrf_token": token, "name": name}).encode()
                with browser.open(address, form, timeout=60) as page:
                    assert f"Hello, {name}!" in page.read().decode()

        with ThreadPoolExecutor(24) as pool:
            list(pool.map(visit, range(24)))
    with app.app_context():
        visits = db.session.scalars(select(User.visits).order_by(User.username)).all()
        assert visits == [24 * rounds // 3] * 3
