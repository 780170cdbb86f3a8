"""What Firefox complains of."""

import json
import subprocess
from pathlib import Path

from tests.judges.conftest import HERE, program


def test_firefox_is_silent(judges: Path, site: str) -> None:
    assert judges
    run = subprocess.run(
        [program("node"), str(HERE / "firefox.mjs"), program("firefox", "firefox-esr"), site],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=90,
    )
    assert json.loads(run.stdout) == {"pages": 8, "complaints": []}
