"""The client that docs/api.md shows; tests/test_documents.py uses it."""

from pathlib import Path

from tests.commands import ROOT, run
from tests.documents import blocks

API = ROOT / "docs/api.md"


def test_the_client_and_its_use_are_strictly_typed(tmp_path: Path) -> None:
    for block in blocks(API):
        if block.mark == "file":
            (tmp_path / block.note).write_text(block.text)
    files = sorted(map(str, tmp_path.glob("*.py")))
    done = run("-m", "mypy", "--strict", "--no-incremental", *files)
    assert files
    assert done.returncode == 0, done.stdout
