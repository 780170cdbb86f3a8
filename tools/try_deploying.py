"""Follow docs/deploying.md in an empty Debian, as root, with the commit that is checked out.

    python -m tools.try_deploying [--base FILE] [--suite bookworm] [-- OPTIONS OF SYSTEMD-NSPAWN]

Makes a Debian with mmdebstrap, which `--base` keeps for the next time, boots it, and types each
block of the page that is not marked otherwise. It reaches the network, by slirp4netns, and nobody
reaches it. For certbot's certificate stands one of its own.
A package index of this machine's can be shown to it: -- --bind-ro=/etc/pip.conf
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import ROOT
from tests.documents import blocks, steps
from tests.judges.front import make_certificate

PAGE = ROOT / "docs/deploying.md"
NAME = "flasky.example.com"
PROGRAMS = ["mmdebstrap", "systemd-nspawn", "slirp4netns", "nsenter", "openssl", "git", "tar"]
PACKAGES = "systemd,systemd-sysv,dbus,sudo,ca-certificates,iproute2"
SECONDS_TO_BOOT = 60
SECONDS_OF_A_COMMAND = 600
ENVIRONMENT = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "dumb",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
# What has to be true in the end, though no page says it.
IN_THE_END = [
    "systemctl is-active flasky && systemctl is-active flasky-mail",
    'test -z "$(find /var/lib/flasky -perm /077)"',
    "systemctl start flasky-clean flasky-backup@weekly",
    "test -z \"$(systemctl list-units --failed --plain --no-legend 'flasky*')\"",
    "systemctl stop flasky.socket flasky-mail",
    "! systemctl is-active flasky",
    "test -z \"$(find /var/lib/flasky -name '*-wal' -size +0)\"",
]


def main() -> None:
    """Follow the page, and exit with 1 at the first command that fails."""
    parser = argparse.ArgumentParser(description="Follow docs/deploying.md in an empty Debian.")
    parser.add_argument(
        "--base", type=Path, help="the tar file of an empty Debian, made if missing"
    )
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("options", nargs="*", help="of systemd-nspawn, after --")
    arguments = parser.parse_args()
    check_machine()
    begun = time.monotonic()
    with TemporaryDirectory(prefix="flasky-deploying-", dir="/var/tmp") as folder:
        tree = Path(folder, "tree")
        make_tree(tree, arguments.base or Path(folder, "base.tar"), arguments.suite)
        prepare(tree)
        with booted(tree, arguments.options, Path(folder, "console")) as leader:
            number = follow(leader)
    print(f"All {number} commands of {PAGE.name} work: {time.monotonic() - begun:.0f} s.")


def check_machine() -> None:
    """Stop if this machine cannot do it."""
    if lacking := [program for program in PROGRAMS if not shutil.which(program)]:
        sys.exit(f"Not installed: {', '.join(lacking)}")
    if os.geteuid() != 0:
        sys.exit("Only root can boot another Debian.")


def make_tree(tree: Path, base: Path, suite: str) -> None:
    """Make an empty Debian."""
    if not base.exists():
        print(f"Making an empty Debian, {suite} ...", flush=True)
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
        subprocess.run([*command, suite, base], check=True)
    tree.mkdir()
    unpack = ["tar", "--extract", f"--file={base}", f"--directory={tree}"]
    subprocess.run(unpack, check=True)


def prepare(tree: Path) -> None:
    """Bring what an operator has brought before: the code, the name, the certificate."""
    archive = ["git", "archive", f"--output={tree}/root/flasky.tar.gz", "HEAD"]
    subprocess.run(archive, cwd=ROOT, check=True)
    (tree / "etc/hostname").write_text("flasky\n", encoding="ascii")
    with (tree / "etc/hosts").open("a", encoding="ascii") as hosts:
        hosts.write(f"127.0.0.1 localhost flasky {NAME}\n")
    live = tree / "etc/letsencrypt/live" / NAME
    live.mkdir(parents=True)
    certificate, key = make_certificate(live, NAME)
    shutil.copy(certificate, tree / "usr/local/share/ca-certificates/flasky.crt")
    certificate.rename(live / "fullchain.pem")
    key.rename(live / "privkey.pem")


@contextmanager
def booted(tree: Path, options: list[str], console: Path) -> Iterator[int]:
    """Boot a Debian, and give the id of its first process."""
    command = ["systemd-nspawn", f"--directory={tree}", "--boot", "--register=no", "--quiet"]
    command += ["--private-network", *options, "--resolv-conf=copy-host", "--console=read-only"]
    if not Path("/run/systemd/system").exists():
        command.append("--keep-unit")  # there is none to be asked for another one
    with console.open("wb") as output:
        machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    network = None
    try:
        leader = wait_for_boot(machine)
        reach = ["slirp4netns", "--configure", "--disable-host-loopback", str(leader), "tap0"]
        network = subprocess.Popen(reach, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield leader
    except BaseException:
        print(console.read_text(errors="replace")[-2000:])
        raise
    finally:
        if network:
            network.terminate()
        machine.terminate()  # which it takes for the button that switches it off
        machine.wait(60)


def wait_for_boot(machine: subprocess.Popen[bytes]) -> int:
    """Return the first process of a machine that has started."""
    end = time.monotonic() + SECONDS_TO_BOOT
    while time.monotonic() < end and machine.poll() is None:
        children = Path(f"/proc/{machine.pid}/task/{machine.pid}/children").read_text().split()
        if children:
            asked = run(int(children[0]), "systemctl is-system-running --wait")
            if asked.stdout.strip() in {"running", "degraded"}:
                run(int(children[0]), "update-ca-certificates")
                return int(children[0])
        time.sleep(0.5)
    raise TimeoutError("the empty Debian does not start")


def run(leader: int, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a machine."""
    variables = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    enter = ["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid"]
    enter += ["env", "--ignore-environment", *variables, "bash", "-c", f"cd /root; {command}"]
    return subprocess.run(
        enter,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=SECONDS_OF_A_COMMAND,
        check=False,
    )


def follow(leader: int) -> int:
    """Type all that the page shows, and return how many commands that were."""
    todo = [block for block in blocks(PAGE) if block.language == "console" and not block.mark]
    commands = [typed for block in todo for _, typed, _ in steps(block.text)]
    for command in [*commands, *IN_THE_END]:
        begun = time.monotonic()
        print(f"$ {command}", flush=True)
        ended = run(leader, f"set -o pipefail; {command}")
        print(f"{ended.stdout[-1500:]}  [{time.monotonic() - begun:.1f} s]", flush=True)
        if ended.returncode:
            log = "journalctl --no-pager --lines=40 --unit='flasky*'"
            print(run(leader, f"{log}; systemctl --no-pager --failed").stdout)
            raise SystemExit(f"It ended with {ended.returncode}.")
    return len(commands)


if __name__ == "__main__":
    main()
