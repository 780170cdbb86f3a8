"""The files of deploy/ for systemd and containers, read by their own programs."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from safe_schema.tests.databases import missing
from tests.commands import ROOT
from tests.documents import blocks, steps
from tests.server.test_workers import GRANIAN

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PAGE = ROOT / "docs/deploying.md"
LARGEST_EXPOSURE = 15  # tenths, of 100: "OK"


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return what a unit says, by the names of its settings."""
    text = re.sub(r"\\\n\s*", "", unit.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        missing("there is no systemd-analyze: apt-get install systemd")
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A root folder with the units, and with what they run."""
    units = tmp_path / "etc/systemd/system"
    shutil.copytree(DEPLOY / "systemd", units)
    programs = tmp_path / "opt/flasky/current/.venv/bin"
    programs.mkdir(parents=True)
    for name in ("python", "flask"):
        shutil.copy("/bin/true", programs)
        (programs / "true").rename(programs / name)
    for target in (
        "multi-user",
        "timers",
        "sockets",
        "network-online",
        "sysinit",
        "basic",
        "shutdown",
    ):
        (units / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    return tmp_path


def test_systemd_finds_nothing_to_mend_in_the_units(installed: Path) -> None:
    units = installed / "etc/systemd/system"
    names = [unit.name.replace("@.", "@daily.") for unit in UNITS]
    checked = analyze("verify", "--man=no", f"--root={installed}", *names)
    assert checked.stderr == ""
    assert checked.returncode == 0
    broken = units / "flasky.service"
    broken.write_text(broken.read_text().replace("ProtectSystem=strict", "ProtectSystem=strickt"))
    assert "strickt" in analyze("verify", "--man=no", f"--root={installed}", broken.name).stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda unit: unit.name)
def test_a_service_can_do_little_beyond_its_work(service: Path) -> None:
    looked = analyze(
        "security", "--no-pager", "--offline=true", f"--threshold={LARGEST_EXPOSURE}", service
    )
    assert looked.returncode == 0, looked.stdout[-200:] + looked.stderr
    said = settings_of(service)
    assert said["User"] == ["flasky"]
    assert said["UMask"] == ["0077"]


def test_the_site_is_started_as_the_readme_says() -> None:
    said = settings_of(DEPLOY / "systemd/flasky.service")
    [command] = said["ExecStart"]
    python, *options = command.split()
    assert Path(python).name == "python"
    expected = GRANIAN.replace("--workers 1", "--workers 2")
    assert options == expected.removesuffix(" --port").split()
    assert said["Restart"] == settings_of(DEPLOY / "systemd/flasky-mail.service")["Restart"]
    assert said["Restart"] == ["always"]
    container = (DEPLOY / "Containerfile").read_text().rpartition("CMD [")[2]
    words = shlex.split(re.sub(r"[\],\\]", " ", container))
    assert words == ["python", *options, "--host", "0.0.0.0"]  # noqa: S104  # of the container


def test_the_page_starts_every_unit_and_copies_files_that_are_there() -> None:
    typed = " ".join(text for block in blocks(PAGE) for _, text, _ in steps(block.text))
    for unit in UNITS:
        if unit.suffix == ".timer" or unit.name in {"flasky.service", "flasky-mail.service"}:
            assert unit.name.removesuffix(".service").replace("@.", "@daily.") in typed
    for name in re.findall(r"/current/(deploy/[\w./-]+)", typed):
        assert [*ROOT.glob(f"{name}*")], name


def compose() -> dict[str, Any]:
    """Return what the compose file says."""
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_containers_of_flasky_have_no_rights_and_nothing_but_the_proxy_is_seen_outside() -> None:
    services = compose()["services"]
    ours = [each for each in services.values() if each["image"] == "flasky"]
    assert len(ours) == 3
    for each in ours:
        assert each["read_only"]
        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
    assert [name for name, each in services.items() if "ports" in each] == ["proxy"]
    assert services["database"]["networks"] == services["redis"]["networks"] == ["inside"]
    for each in services.values():
        assert set(each.get("depends_on", ())) <= services.keys()
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASS")


def test_no_secret_of_the_host_gets_into_the_image_or_the_history() -> None:
    left_out = (ROOT / ".containerignore").read_text().split()
    assert {".env", "deploy/.env", "deploy/site.env", "*.sqlite*", "instance", ".git"} <= {
        *left_out
    }
    assert (ROOT / ".dockerignore").readlink() == Path(".containerignore")
    if (ROOT / ".git").exists():
        names = ["deploy/.env", "deploy/site.env", ".env"]
        ignored = ["git", "check-ignore", *names]
        seen = subprocess.run(ignored, cwd=ROOT, capture_output=True, text=True, check=True)
        assert seen.stdout.split() == names
