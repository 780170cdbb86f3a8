"""Which rename is suggested, and which one is asked about first."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Column, ForeignKey, Integer

from safe_schema.autogenerate import answers
from safe_schema.tests.small import Models, Small
from safe_schema.tests.test_renames import people, tables, text


def tables_of(*columns: Any, name: str = "people") -> Models:
    return tables(people(*columns, name=name))


class Change(NamedTuple):
    """Models before and after, and what is suggested."""

    before: Models
    after: Models
    suggested: str


FILL_IN = "-x rename=OLD:NEW"
UNCLEAR = {
    "two alike": Change(
        tables_of(text("note"), text("code")),
        tables_of(text("remark"), text("sku")),
        f"{FILL_IN} {FILL_IN}",
    ),
    "three alike": Change(
        tables_of(text("a"), text("b"), text("c")),
        tables_of(text("x"), text("y"), text("z")),
        f"{FILL_IN} {FILL_IN} {FILL_IN}",
    ),
    "names that are alike in another way": Change(
        tables_of(text("first_name"), text("last_name")),
        tables_of(text("family_name"), text("given_name")),
        f"{FILL_IN} {FILL_IN}",
    ),
    "a name against all the rest": Change(
        tables_of(text("note"), text("code", 10, unique=True)),
        tables_of(text("notes", 10, unique=True), text("sku")),
        f"{FILL_IN} {FILL_IN}",
    ),
    "two, and one is new": Change(tables_of(text("a"), text("b")), tables_of(text("x")), FILL_IN),
    "one of three is clear": Change(
        tables_of(text("a"), text("b"), text("c", unique=True)),
        tables_of(text("x", unique=True), text("y"), text("z")),
        f"-x rename=people.c:people.x {FILL_IN} {FILL_IN}",
    ),
    "two tables": Change(
        tables(people(text("s"), name="logs"), people(text("s"), name="events")),
        tables(people(text("s"), name="journal"), people(text("s"), name="parties")),
        f"{FILL_IN} {FILL_IN}",
    ),
}
CLEAR = {
    "length": Change(
        tables_of(text("note", 20), text("code", 10)),
        tables_of(text("remark", 10), text("sku", 20)),
        "-x rename=people.note:people.sku -x rename=people.code:people.remark",
    ),
    "NULL": Change(
        tables_of(text("note"), text("code", nullable=False)),
        tables_of(text("remark", nullable=False), text("sku")),
        "-x rename=people.note:people.sku -x rename=people.code:people.remark",
    ),
    "unique": Change(
        tables_of(text("note"), text("code", unique=True)),
        tables_of(text("remark", unique=True), text("sku")),
        "-x rename=people.note:people.sku -x rename=people.code:people.remark",
    ),
    "names": Change(
        tables_of(text("mail"), text("name")),
        tables_of(text("user_name"), text("e_mail")),
        "-x rename=people.mail:people.e_mail -x rename=people.name:people.user_name",
    ),
    "one name, and what is left": Change(
        tables_of(text("note"), text("name")),
        tables_of(text("username"), text("remark")),
        "-x rename=people.note:people.remark -x rename=people.name:people.username",
    ),
    "two tables": Change(
        tables(people(text("s"), name="logs"), people(text("s", 10), name="events")),
        tables(people(text("s", 10), name="journal"), people(text("s"), name="parties")),
        "-x rename=events:journal -x rename=logs:parties",
    ),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_where_more_than_one_fits_nothing_is_guessed(small: Small, name: str) -> None:
    before, after, suggested = UNCLEAR[name]
    small.db("migrate", models=before)
    small.db("upgrade")
    said = small.db("migrate", models=after, fails=True)
    assert f"Say which: `flask db migrate {suggested}` or" in said
    assert "More than one fits: write names for OLD and NEW." in said
    said = small.db("migrate", *suggested.split(), fails=True)
    assert "Write names for OLD and NEW in -x rename=OLD:NEW" in said
    assert len(small.revisions()) == 1


@pytest.mark.parametrize("name", CLEAR)
def test_what_fits_better_is_suggested(small: Small, name: str) -> None:
    before, after, suggested = CLEAR[name]
    small.db("migrate", models=before)
    small.db("upgrade")
    said = small.db("migrate", models=after, fails=True)
    assert f"Say which: `flask db migrate {suggested}` or" in said
    assert "More than one fits" not in said
    small.db("migrate", *suggested.split())
    small.db("upgrade")
    small.db("check")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_has_been_answered_is_said_again(small: Small) -> None:
    before, after, _ = UNCLEAR["three alike"]
    small.db("migrate", models=before)
    small.db("upgrade")
    first = ["-x", "rename=people.a:people.z"]
    said = small.db("migrate", *first, models=after, fails=True)
    assert "The columns people.b and people.c are gone from the models, and people.x and p" in said
    assert f"`flask db migrate -x rename=people.a:people.z {FILL_IN} {FILL_IN}` or " in said
    assert "`flask db migrate -x rename=people.a:people.z -x drop=people.b -x drop=peo" in said
    said = small.db("migrate", *first, "-x", "rename=people.b:people.x", fails=True)
    [line] = [part for part in said.split("`") if "people.c:people.y" in part]
    small.db(*line.split()[2:])
    small.run("INSERT INTO people (id, a, b, c) VALUES (1, 'a', 'b', 'c')")
    small.db("upgrade")
    assert small.rows("SELECT x, y, z FROM people") == [("b", "c", "a")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_foreign_key_tells_two_numbers_apart(small: Small) -> None:
    def number(name: str, *more: Any) -> Callable[[], Column[Any]]:
        return lambda: Column(name, Integer, *more)

    def boss(name: str) -> Callable[[], Column[Any]]:
        return lambda: Column(name, Integer, ForeignKey("people.id"))

    small.db("migrate", models=tables_of(boss("boss_of"), number("age")))
    small.db("upgrade")
    said = small.db("migrate", models=tables_of(number("years"), boss("chief")), fails=True)
    assert "-x rename=people.boss_of:people.chief -x rename=people.age:people.years" in said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_a_terminal_what_fits_is_asked_first(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(question: str, **_options: object) -> bool:
        asked.append(question.removeprefix("Was the column people.").removesuffix("?"))
        return False

    monkeypatch.setattr(answers, "is_terminal", lambda: True)
    monkeypatch.setattr("click.confirm", refuse)
    before = tables_of(text("code"), text("note"), text("key", unique=True))
    after = tables_of(text("token", unique=True), text("remark"), text("sku"))
    small.db("migrate", models=before)
    small.db("upgrade")
    small.db("migrate", models=after)
    assert [question.replace(" renamed to people.", " ") for question in asked] == [
        *("code remark", "code sku", "code token"),
        *("note remark", "note sku", "note token"),
        *("key token", "key sku", "key remark"),
    ]
    assert "deletes = ['people.code', 'people.key', 'people.note']" in small.revisions()[-1]
