"""What the documentation says of files, of the tests, and of OWASP's standard, is so."""

import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import safe_schema
from app import accounts, doctor, web
from app.doctor import attack
from safe_schema import autogenerate, copies, operations, protection, runs
from tests.commands import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
SECURITY = ROOT / "docs/security.md"
NOTES = [ROOT / "docs/notes.md", ROOT / "docs/notes.zh-CN.md"]

# What docs/security.md has to speak of: how many items of each section of ASVS 5.0.0 are of level 1
# or, in chapters 6 to 8, of level 2. In each section they come first.
ITEMS = {
    "1.2": 5, "1.3": 2, "1.5": 1,
    "2.1": 1, "2.2": 2, "2.3": 1,
    "3.2": 2, "3.3": 1, "3.4": 2, "3.5": 3,
    "4.1": 1, "4.4": 1,
    "5.2": 2, "5.3": 2,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 1,
    "10.4": 5,
    "11.3": 2, "11.4": 1,
    "12.1": 1, "12.2": 2,
    "13.4": 1,
    "14.2": 1, "14.3": 1,
    "15.1": 1, "15.2": 1, "15.3": 1,
}  # fmt: skip


def rows() -> list[tuple[list[str], str, str]]:
    """Return the rows of the standard's tables: their items, the state, the proof or reason."""
    found = re.findall(
        r"^\| ([\d., ]+) \| [12] \| [^|]+ \| ([^|]+) \| ([^|]+) \|$",
        SECURITY.read_text(),
        re.MULTILINE,
    )
    return [(items.split(", "), state, proof) for items, state, proof in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    for line in page.read_text().splitlines():
        files = {*re.findall(r"(?:safe_schema/)?tests/[\w/]+\.py\b", line)}
        sources = [(ROOT / file).read_text() for file in files]
        for name in re.findall(r"`(test_\w+)`", line):
            assert any(f"def {name}(" in source for source in sources), f"{name}: {line}"


PACKAGES = [
    *(accounts, attack, doctor, web),
    *(safe_schema, autogenerate, copies, operations, protection, runs),
]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_a_table_of_contents_names_every_module(package: ModuleType) -> None:
    [folder] = package.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    named = {*re.findall(r"`(\w+)`", package.__doc__ or "")}
    assert modules <= named, modules - named


def test_no_item_of_the_standard_is_left_out() -> None:
    listed = [item for items, _, _ in rows() for item in items]
    wanted = [f"{name}.{i + 1}" for name, number in ITEMS.items() for i in range(number)]
    assert listed == wanted


def test_the_counts_are_right() -> None:
    counted = Counter(state for items, state, _ in rows() for _ in items)
    told = re.findall(r"^\| ([a-z ]+) \| (\d+) \|", SECURITY.read_text(), re.MULTILINE)
    assert {state: int(number) for state, number in told} == counted
    assert f"That are {counted.total()} items." in SECURITY.read_text()


def test_what_is_met_has_a_proof_and_what_is_not_says_what_to_do() -> None:
    for items, state, proof in rows():
        if state == "met":
            has_proof = re.search(
                r"`tests/|\]\([\w.]*#|there is nothing to test|There are none", proof
            )
            assert has_proof, items
        if state == "not met":
            assert "To do" in proof or "What remains" in proof, items


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for address in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
        file, _, section = address.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), address
        assert not section or section in sections(target), address


def sections(page: Path) -> set[str]:
    """Return the names by which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in headings}


@pytest.mark.parametrize("page", NOTES, ids=lambda page: page.name)
def test_the_files_of_each_chapter_are_there(page: Path) -> None:
    chapters = re.findall(r"^\| (?:[\d, 、]+)[:：][^|]+\| (.+) \|$", page.read_text(), re.MULTILINE)
    assert len(chapters) == 16  # the first two are one row
    for file in re.findall(r"`([^`]+)`", "".join(chapters)):
        assert (ROOT / file).exists(), file
