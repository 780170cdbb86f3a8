"""docs/make-it-yours.md, done as it says, in copies of Flasky."""

import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands import ROOT
from tests.documents import IN_PARTS, Reader, blocks_of, copy_flasky

RECIPES, REMOVALS = "Recipes", "What can be left out"
# What goes out of one copy, which is checked after each: before a part can go, others have to.
ROWS = [
    ["Administration"],
    ["The JSON API", "The message board"],
    ["Passkeys", "Two-factor authentication"],
]
# What touches few files goes out of one copy together, and that is checked once.
SMALL = [
    "The templates of Flask-Bootstrap",
    "Log in, for visitors' eyes",
    "Mails to the administrator",
    "Chinese, or all languages but one",
]
# Tests that compare the whole of Flasky with a list, or with the models.
PAGES = ["tests/auth/test_access.py", "tests/auth/test_every_page.py"]
TABLES = ["tests/migrations/test_round_trip.py"]
TEXTS = ["tests/web/test_languages.py", "tests/test_config.py"]
# French has no translations yet, as the recipe says.
UNTRANSLATED = [
    "tests/web/test_languages.py::test_every_text_is_translated[fr]",
    "tests/web/test_languages.py::test_the_translations_are_compiled[fr]",
]


def parts(chapter: str) -> dict[str, str]:
    """Return what stands below each heading of a chapter."""
    text = re.split(r"^## ", IN_PARTS.read_text(), flags=re.MULTILINE)
    [found] = [part for part in text if part.startswith(f"{chapter}\n")]
    headed = re.split(r"^### (.+)\n", found, flags=re.MULTILINE)[1:]
    return dict(zip(headed[::2], headed[1::2], strict=True))


def follow(folder: Path, *texts: str) -> None:
    """Do what parts of the document say."""
    with closing(Reader(folder)) as reader:
        for text in texts:
            for block in blocks_of(text):
                reader.follow(block)


def run(folder: Path, *command: str) -> None:
    # Not of whoever runs the tests: options, and that lines are counted.
    own = {key: os.environ[key] for key in os.environ if not key.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [folder / ".venv/bin/python", *command],
        cwd=folder, env=own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def check(folder: Path) -> None:
    """Do what `make check` does."""
    run(folder, "-m", "ruff", "format", "--check", "--quiet", ".")
    run(folder, "-m", "ruff", "check", "--quiet", ".")
    run(folder, "-m", "mypy")
    run(folder, "-c", "from importlinter import cli; cli.lint_imports_command(['--no-cache'])")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flasky, with what mypy knows of it."""
    folder = tmp_path_factory.mktemp("yours") / "flasky"
    copy_flasky(folder)
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(original, tmp_path / "flasky", symlinks=True))


@pytest.mark.timeout(900)
def test_all_recipes_work_in_one_copy(copy: Path) -> None:
    follow(copy, *parts(RECIPES).values())
    check(copy)
    run(
        copy,
        "-m",
        "pytest",
        "--quick",
        *(f"--deselect={name}" for name in UNTRANSLATED),
        *PAGES,
        *TEXTS,
    )
    run(copy, "-m", "pytest", *TABLES, "-k", "sqlite")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("row", ROWS, ids=" and ".join)
def test_what_can_be_left_out_leaves_the_rest_whole(row: list[str], copy: Path) -> None:
    for part in row:
        follow(copy, parts(REMOVALS)[part])
        check(copy)
        run(copy, "-m", "pytest", "--quick", *PAGES)


@pytest.mark.timeout(900)
def test_what_is_small_can_be_left_out_together(copy: Path) -> None:
    follow(copy, *(parts(REMOVALS)[part] for part in SMALL))
    check(copy)
    run(copy, "-m", "pytest", "--quick", *PAGES)


def test_every_part_that_can_be_left_out_is_tried() -> None:
    described = {part for part, text in parts(REMOVALS).items() if "```" in text}
    assert described == {*SMALL, *(part for row in ROWS for part in row)}
