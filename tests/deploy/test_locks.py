"""The locked packages: what runs a site is what was tested."""

import re
import tomllib

from tests.commands import ROOT

PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / name).read_text(encoding="utf-8")))


def test_a_server_and_a_developer_have_what_every_flasky_has() -> None:
    everywhere = locked("requirements.txt").items()
    assert everywhere <= locked("requirements-production.txt").items()
    assert everywhere <= locked("requirements-dev.txt").items()


def test_a_developer_tests_what_a_server_has() -> None:
    on_a_server = locked("requirements-production.txt").items()
    assert on_a_server <= locked("requirements-dev.txt").items()


def test_each_package_that_is_needed_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = (re.match(r"[\w.-]+", each) for each in project["dependencies"])
    assert {name[0].lower() for name in named if name} <= {*locked("requirements.txt")}
