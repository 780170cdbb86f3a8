"""CHECKs that a model has gained or lost."""

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, CheckConstraint, Column, Enum, Integer, String, Table

from safe_schema.tests.small import Models, Small


def words(*columns: str, more: tuple[CheckConstraint, ...] = ()) -> Models:
    """Return a table with texts, each of which has a longest length."""

    def define(db: SQLAlchemy) -> None:
        Table(
            "words",
            db.metadata,
            Column("id", Integer, primary_key=True),
            Column("more", JSON),  # of which MariaDB makes a CHECK by itself
            Column("kind", Enum("noun", "verb", name="kind")),
            *(Column(name, String(40)) for name in columns),
            *(CheckConstraint(f"length({name}) <= 40", name=f"{name}_length") for name in columns),
            *more,
        )

    return define


def test_a_new_column_brings_its_rule(small: Small) -> None:
    small.db("migrate", models=words("english"))
    small.db("upgrade")
    small.db("migrate", models=words("english", "chinese"))
    assert "create_check_constraint" in small.revisions()[1]
    assert "ck_words_chinese_length" in small.revisions()[1]
    small.run("INSERT INTO words (english) VALUES ('tea')")
    small.db("upgrade")
    assert any("check ck_words_chinese_length" in each for each in small.schema()["words"])
    small.db("check")
    small.db("downgrade")
    small.db("upgrade")
    assert small.rows("SELECT english, chinese FROM words") == [("tea", None)]


def test_a_missing_rule_is_found(small: Small) -> None:
    small.db("migrate", models=words("english"))
    small.db("upgrade")
    rule = CheckConstraint("id > 0", name="id_positive")
    small.build(words("english", more=(rule,)))
    assert "ck_words_id_positive" in small.db("check", fails=True)


def test_a_rule_that_is_gone_goes_before_its_column(small: Small) -> None:
    small.db("migrate", models=words("english", "latin"))
    small.db("upgrade")
    small.db("migrate", "-x", "drop=words.latin", models=words("english"))
    revision = small.revisions()[1]
    assert revision.index("drop_constraint") < revision.index("drop_column")
    small.db("upgrade")
    small.db("check")
    small.db("downgrade")
    assert any("check ck_words_latin_length" in each for each in small.schema()["words"])


def test_a_renamed_column_takes_its_rule_along(small: Small) -> None:
    small.db("migrate", models=words("english"))
    small.db("upgrade")
    small.run("INSERT INTO words (english) VALUES ('tea')")
    small.db("migrate", "-x", "rename=words.english:words.british", models=words("british"))
    small.db("upgrade")
    small.db("check")
    small.db("downgrade")
    small.db("upgrade")
    assert small.rows("SELECT british FROM words") == [("tea",)]
