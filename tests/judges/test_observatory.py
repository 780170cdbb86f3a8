"""What MDN's HTTP Observatory says of the headers."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.judges.conftest import Site, program


def test_the_observatory_gives_its_best_grade(
    judges: Path, site: Site, certificate: tuple[Path, Path]
) -> None:
    observatory = judges / "@mdn/mdn-http-observatory"
    # Its list of sites that browsers know to speak https is fetched apart; localhost is in none.
    (observatory / "conf/hsts-preload.json").write_text("{}")
    run = subprocess.run(
        [program("node"), str(observatory / "src/scan.js"), urlsplit(site.address).netloc],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate[0])},
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    result = json.loads(run.stdout)
    assert "error" not in result, result
    print("Observatory", result["scan"]["grade"], result["scan"]["score"])
    assert result["scan"]["grade"] == "A+", result
    assert result["scan"]["score"] >= 125, result
