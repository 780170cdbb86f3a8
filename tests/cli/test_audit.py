"""`make audit`: what is said of an answer of pip-audit's, and of none.

The list of vulnerabilities is on the network, so a program answers in pip-audit's place.
"""

import sys
from pathlib import Path

import pytest

from tests.commands import run

TABLE = """\
Name     Version ID           Fix Versions
-------- ------- ------------ ------------
werkzeug 3.1.9   PYSEC-2099-1 3.1.10
"""


@pytest.fixture
def pip_audit(tmp_path: Path) -> Path:
    return tmp_path / "pip-audit"


def answer_with(pip_audit: Path, status: int, *, out: str = "", err: str = "") -> None:
    pip_audit.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "assert '--strict' in sys.argv and '--requirement=requirements.txt' in sys.argv\n"
        f"sys.stdout.write({out!r})\nsys.stderr.write({err!r})\nsys.exit({status})\n"
    )
    pip_audit.chmod(0o755)


def test_packages_without_a_known_weakness_are_one_line(pip_audit: Path) -> None:
    answer_with(pip_audit, 0, err="No known vulnerabilities found\n")
    answer = run("tools/audit.py", pip_audit, "requirements.txt", "requirements-dev.txt")
    assert answer.returncode == 0
    said = "No known vulnerability in requirements.txt, requirements-dev.txt.\n"
    assert (answer.stdout, answer.stderr) == (said, "")


def test_a_known_weakness_is_told(pip_audit: Path) -> None:
    answer_with(pip_audit, 1, out=TABLE, err="Found 1 known vulnerability in 1 package\n")
    answer = run("tools/audit.py", pip_audit, "requirements.txt")
    assert answer.returncode == 1
    assert "werkzeug 3.1.9   PYSEC-2099-1 3.1.10" in answer.stderr
    assert answer.stdout == ""  # cron mails what is an error, and nothing else


@pytest.mark.parametrize(
    "reason",
    [
        "ERROR:pip_audit._cli:alembic: Dependency not found on PyPI and could not be audited",
        "Traceback (most recent call last):\nrequests.exceptions.ConnectionError: no name",
        "",
    ],
    ids=["package", "network", "silence"],
)
def test_what_cannot_be_looked_up_is_no_good_news(pip_audit: Path, reason: str) -> None:
    answer_with(pip_audit, 1, err=reason)
    answer = run("tools/audit.py", pip_audit, "requirements.txt")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("The list of vulnerabilities could not be asked: ")
    assert (reason.splitlines() or ["pip-audit failed"])[-1] in answer.stderr
    assert answer.stderr.endswith("So nothing is known of the packages.\n")
