"""What a reader of the documents types works, and prints what they show."""

import re
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.documents import (
    IN_PARTS,
    ON_A_MACHINE,
    RUN,
    Block,
    Reader,
    blocks,
    copy_flasky,
    documents,
)

MARKS = {"", "file", "left running", "not run"}
CHINESE = [document for document in documents() if document.match("*.zh-CN.md")]
ENGLISH = [
    document for document in documents() if document not in [*CHINESE, IN_PARTS, ON_A_MACHINE]
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Flasky after `make run`, and after john has said his name twice."""
    folder = tmp_path_factory.mktemp("documents") / "flasky"
    copy_flasky(folder)
    return folder


@pytest.mark.timeout(300)  # some type forty commands
@pytest.mark.parametrize("document", ENGLISH, ids=lambda path: path.name)
def test_a_document_can_be_followed(document: Path, checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "flasky"
    shutil.copytree(checkout, folder, symlinks=True)
    with closing(Reader(folder)) as reader:
        for block in blocks(document):
            reader.follow(block)


@pytest.mark.parametrize("document", CHINESE, ids=lambda path: path.name)
def test_the_blocks_of_a_chinese_document_are_those_of_the_english_one(document: Path) -> None:
    english = blocks(document.with_name(document.name.replace(".zh-CN", "")))
    following = iter(without_comments(english))
    for block in without_comments(blocks(document)):
        assert block in following, block.text


def without_comments(blocks: list[Block]) -> list[Block]:
    return [block._replace(text=re.sub(r"(?m)(^| +)#.*", "", block.text)) for block in blocks]


def test_every_block_is_run_or_says_why_not() -> None:
    counts = Counter[str]()
    for document in documents():
        for block in blocks(document):
            assert block.mark in MARKS, f"{document.name}: {block.mark}"
            assert block.language not in {"sh", "bash", "shell", "pycon", "py"}, document.name
            if block.language in RUN or block.mark == "file":
                counts[f"{block.language}: {block.mark or 'run'}"] += 1
    print(sorted(counts.items()))
    assert counts["console: run"] > counts["console: not run"]
