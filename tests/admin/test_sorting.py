"""The list of users: how it is sorted, and how many are found."""

import pytest
from flask import Flask
from sqlalchemy import insert

from app import db
from app.models import User
from app.models.nickname import parse_nickname
from app.web.paging import MOST_COUNTED, ROWS_ON_A_PAGE
from tests.admin.test_users import names
from tests.clients import CheckingClient
from tests.pages import find, shown


def add_visitors(app: Flask, said: list[str]) -> None:
    with app.app_context():
        rows = [{"username": name, "username_key": parse_nickname(name).key} for name in said]
        db.session.execute(insert(User), rows)
        db.session.commit()


def follow(client: CheckingClient, page: str, link: str) -> str:
    """Open the page that a link leads to: `next`, `prev`, or the head of a column."""
    main = find(page, ".//main")
    [address] = [
        element.get("href", "")
        for element in main.iter("a")
        if link in {element.get("rel"), element.text}
    ]
    return client.get(address).text


def directions(page: str) -> list[tuple[str, str]]:
    """Return by which columns a page says that it is sorted, and which way."""
    heads = find(page, ".//thead/tr")
    return [("".join(head.itertext()), head.get("aria-sort", "")) for head in heads
            if head.get("aria-sort")]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found", "direction"),
    [
        ("", ["anna", "berta", "Clara"], ("Name", "ascending")),
        ("sort=name", ["anna", "berta", "Clara"], ("Name", "ascending")),
        ("sort=-name", ["Clara", "berta", "anna"], ("Name", "descending")),
        ("sort=first-seen", ["Clara", "anna", "berta"], ("First seen", "ascending")),
        ("sort=-first-seen", ["berta", "anna", "Clara"], ("First seen", "descending")),
        ("sort=nonsense", ["anna", "berta", "Clara"], ("Name", "ascending")),
        ("sort=-nonsense", ["anna", "berta", "Clara"], ("Name", "ascending")),
        ("sort=--name", ["anna", "berta", "Clara"], ("Name", "ascending")),
        ("sort=password_hash%00", ["anna", "berta", "Clara"], ("Name", "ascending")),
    ],
)
def test_users_are_sorted_as_the_address_says(
    app: Flask, david: CheckingClient, query: str, found: list[str], direction: tuple[str, str]
) -> None:
    add_visitors(app, ["Clara", "anna", "berta"])
    page = david.get(f"/admin/users?state=visitor&{query}").text
    assert names(page) == found
    assert directions(page) == [direction]


def test_the_head_of_a_column_sorts_by_it_and_then_the_other_way(
    app: Flask, david: CheckingClient
) -> None:
    add_visitors(app, ["Clara", "anna", "berta", "dora"])
    page = david.get("/admin/users?state=visitor&q=a&after=berta").text
    assert names(page) == ["Clara", "dora"]
    for link, found in (
        ("First seen", ["Clara", "anna", "berta", "dora"]),  # with the filters, from the beginning
        ("First seen", ["dora", "berta", "anna", "Clara"]),
        ("First seen", ["Clara", "anna", "berta", "dora"]),
        ("Name", ["anna", "berta", "Clara", "dora"]),
        ("Name", ["dora", "Clara", "berta", "anna"]),
    ):
        page = follow(david, page, link)
        assert names(page) == found, link


@pytest.mark.parametrize("sort", ["name", "-name", "first-seen", "-first-seen"])
def test_the_pages_of_a_list_keep_its_order(app: Flask, david: CheckingClient, sort: str) -> None:
    said = [f"visitor {number:03}" for number in range(2 * ROWS_ON_A_PAGE + 1)]
    add_visitors(app, said)
    first = david.get(f"/admin/users?state=visitor&sort={sort}").text
    second = follow(david, first, "next")
    third = follow(david, second, "next")
    assert f"{len(said)} found" in shown(second)
    seen = [names(page) for page in (first, second, third)]
    assert [len(page) for page in seen] == [ROWS_ON_A_PAGE, ROWS_ON_A_PAGE, 1]
    assert [name for page in seen for name in page] == (
        said[::-1] if sort.startswith("-") else said
    )
    assert names(follow(david, third, "prev")) == seen[1]


def test_all_that_is_found_is_counted_up_to_a_thousand(app: Flask, david: CheckingClient) -> None:
    add_visitors(app, [f"visitor {number:04}" for number in range(MOST_COUNTED)])
    assert f" {MOST_COUNTED} found" in shown(david.get("/admin/users?state=visitor").text)
    assert " 10 found" in shown(david.get("/admin/users?q=visitor+000").text)
    assert f"More than {MOST_COUNTED} found" in shown(david.get("/admin/users").text)


def test_filters_can_be_cleared_where_there_are_any(app: Flask, david: CheckingClient) -> None:
    add_visitors(app, ["john"])
    assert "Clear filters" not in shown(david.get("/admin/users?sort=-name").text)
    filtered = david.get("/admin/users?state=visitor").text
    assert names(filtered) == ["john"]
    assert names(follow(david, filtered, "Clear filters")) == ["david", "john"]
    none = david.get("/admin/users?q=%3Cb%3E").text
    assert "No users match “<b>”." in shown(none)
    assert names(follow(david, none, "Clear filters")) == ["david", "john"]
