"""The site under siege, as bench/siege.py has it, for a moment."""

import shutil

from safe_schema.tests.databases import missing
from tests.commands import run


def test_a_siege_is_withstood_and_measured() -> None:
    for program in ("nginx", "openssl"):
        if not shutil.which(program):
            missing(f"there is no {program}: apt-get install {program}")
    ended = run("bench/siege.py", "--seconds=4", "--rate=4", "--workers=1")
    assert ended.returncode == 0, ended.stderr
    assert "besieged: GET / " in ended.stdout
    assert ended.stdout.count("'owner 303'") == 2, ended.stdout
