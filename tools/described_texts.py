"""The texts of the API's description, for `pybabel extract`: the reference page translates them."""

from collections.abc import Iterator
from typing import Any

from babel.messages.extract import extract_python

from app import create_app

TEXTS = {"description", "summary"}


def extract(*file: Any, **options: Any) -> Iterator[Any]:  # noqa: ANN401  # as Babel calls it
    """Give what Babel finds in the file, and then what the description says in words."""
    yield from extract_python(*file, **options)
    description = create_app("testing").test_client().get("/api/v1/openapi.json").json
    assert description  # noqa: S101
    for text in [*find_texts(description), *(tag["name"] for tag in description["tags"])]:
        yield 1, None, text, []  # its line, its function, its comments


def find_texts(part: object) -> Iterator[str]:
    """Give each description and summary of a part of the document, but for answers' headers."""
    if isinstance(part, dict):
        yield from (part[name] for name in TEXTS & part.keys() if isinstance(part[name], str))
        part = [inner for name, inner in part.items() if name != "headers"]
    if isinstance(part, list):
        for each in part:
            yield from find_texts(each)
