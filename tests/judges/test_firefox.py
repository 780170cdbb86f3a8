"""What Firefox complains of."""

import json
import subprocess
from pathlib import Path

from tests.auth.people import PASSWORD
from tests.judges.conftest import HERE, Site, program


def test_firefox_is_silent(judges: Path, site: Site) -> None:
    assert judges
    run = subprocess.run(
        [
            program("node"),
            str(HERE / "firefox.mjs"),
            program("firefox", "firefox-esr"),
            site.address,
            PASSWORD,
            site.code,
        ],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=90,
    )
    assert json.loads(run.stdout) == {"pages": 22, "complaints": []}
