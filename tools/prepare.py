"""Install what Flasky needs into a virtual environment, for the Makefile.

    python tools/prepare.py FOLDER REQUIREMENTS

Makes the environment in FOLDER if there is none, and installs the locked REQUIREMENTS into it.
What goes wrong is said in one line; what pip said stays in FOLDER/install.log.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST_PYTHON = (3, 11)
# What pip says when it cannot reach the package index.
SIGNS_OF_NO_NETWORK = (
    "Could not find a version that satisfies the requirement",
    "Failed to establish a new connection",
    "Max retries exceeded",
    "NewConnectionError",
    "No matching distribution found",
    "Read timed out",
    "Temporary failure in name resolution",
)


def main() -> None:
    """Prepare the folder that the command names."""
    folder, requirements = Path(sys.argv[1]), sys.argv[2]
    check_python()
    with only_one(folder):
        prepare(folder, requirements)


def prepare(folder: Path, requirements: str) -> None:
    """Make the environment if it does not work, and install into it."""
    try:
        folder.mkdir(exist_ok=True)
        log = folder / "install.log"
        log.touch()
    except OSError as error:
        sys.exit(f"Cannot write to {folder.resolve()}: {error.strerror}.")
    if not works(python_of(folder)):
        print(f"Making a virtual environment in {folder} with Python {sys.version.split()[0]} ...")
        make_environment(folder, log)
    print(f"Installing {requirements} ...", flush=True)
    install(folder, requirements, log)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Wait until nobody else prepares the same folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"flasky-prepare-{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the file, and so with the process
        yield


def check_python() -> None:
    """Stop if this Python is too old, or cannot make virtual environments."""
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = (".".join(map(str, v[:3])) for v in (OLDEST_PYTHON, sys.version_info))
        sys.exit(f"Flasky needs Python {oldest} or newer, and {sys.executable} is Python {this}.")
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            sys.exit(
                f"{sys.executable} lacks the {module} module. "
                f"On Debian and Ubuntu: sudo apt install python{version}-venv"
            )


def python_of(folder: Path) -> Path:
    """Return the environment's own interpreter."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(python: Path) -> bool:
    """Return whether an interpreter starts, is new enough, and has pip."""
    check = f"import pip, sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        answer = subprocess.run([python, "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def make_environment(folder: Path, log: Path) -> None:
    """Make a fresh environment in place of whatever is there."""
    shutil.rmtree(folder)
    command: list[str | Path] = [sys.executable, "-m", "venv", folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    log.parent.mkdir(exist_ok=True)
    log.write_text(answer.stdout + answer.stderr, encoding="utf-8")
    if answer.returncode:
        sys.exit(f"The virtual environment could not be made; {log} says why.")


def install(folder: Path, requirements: str, log: Path) -> None:
    """Install exactly what the lock names."""
    pip: list[str | Path] = [
        python_of(folder),
        "-I",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
    ]
    command = [*pip, "install", "--retries=1", "--require-hashes", f"--requirement={requirements}"]
    with log.open("w", encoding="utf-8") as output:
        answer = subprocess.run(command, stdout=output, stderr=output, check=False)
    if answer.returncode:
        said = log.read_text(encoding="utf-8", errors="replace")
        if any(sign in said for sign in SIGNS_OF_NO_NETWORK):
            sys.exit(f"The packages could not be downloaded: is there a network? {log} has it all.")
        errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else "pip failed"
        sys.exit(f"The packages could not be installed: {reason} ({log} has it all)")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
