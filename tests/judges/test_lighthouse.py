"""What Lighthouse says of the pages."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from safe_schema.tests.databases import missing
from tests.browser.chromium import find_chromium
from tests.judges.conftest import Site, program
from tests.judges.pages import CHOSEN, EVERYTHING, JudgedPage

# What does not depend on how busy the machine is has to be perfect.
LEAST = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}

TRIES = 3

# `JUDGE=everything make judge` looks at every page, in both languages, on both devices.
JUDGED = EVERYTHING if os.environ.get("JUDGE") == "everything" else CHOSEN

# What Lighthouse holds against an error page is its status, and the browser's message about it.
OF_THE_STATUS = {"http-status-code", "errors-in-console"}
# And against these, that search engines are asked to leave them out.
NOT_FOR_ENGINES = ("/admin/", "/auth/", "/user/")


@pytest.mark.parametrize(("page", "device"), JUDGED)
def test_lighthouse_is_content(
    judges: Path, site: Site, tmp_path: Path, page: JudgedPage, device: str
) -> None:
    path = page.path
    chromium = find_chromium() or missing(
        "there is no Chromium: .venv/bin/playwright install chromium"
    )
    report = tmp_path / "report.json"
    flags = ["--headless=new", "--ignore-certificate-errors", "--no-sandbox", "--disable-gpu"]
    command = [
        program("node"),
        str(judges / "lighthouse/cli/index.js"),
        f"{site.address}{path}",
        "--quiet",
        "--ignore-status-code",
        "--output=json",
        f"--output-path={report}",
        f"--chrome-flags={' '.join(flags)}",
        f"--extra-headers={json.dumps(site.headers(page))}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]
    environment = os.environ | {"CHROME_PATH": chromium}
    # Now and then Chromium loses the trace, and Lighthouse asks to be run again.
    runs = (subprocess.run(command, env=environment, check=False) for _ in range(TRIES))
    assert any(run.returncode == 0 for run in runs)
    result = json.loads(report.read_text())
    scores = {name: round(each["score"] * 100) for name, each in result["categories"].items()}
    print(path, page.language, device, scores)
    faults = {
        audit["id"]
        for name, category in result["categories"].items()
        for audit in category["auditRefs"]
        if name != "performance" and result["audits"][audit["id"]]["score"] == 0
    }
    least, known = LEAST, OF_THE_STATUS if path == "/nowhere" else set()
    if path.startswith(NOT_FOR_ENGINES):
        least, known = LEAST | {"seo": 0}, {"is-crawlable"}
    assert faults == known
    assert path == "/nowhere" or all(scores[name] >= least[name] for name in least), scores
