"""The packages that are installed, beside those that Flasky was tested with."""

import re
from importlib import metadata

from packaging.markers import Marker

from app.doctor.checks import Finding, check, fail, ok, warn
from settings import BASEDIR

LOCK = BASEDIR / "requirements.txt"
LINE = re.compile(r"^([\w.-]+)==(\S+?)(?: *; *([^\\\n]+?))? *\\?$", re.MULTILINE)
INSTALL = "run: pip install --require-hashes -r requirements.txt"
MOST_NAMED = 5


@check("F014", needs=())
def packages_are_those_of_the_lock() -> Finding:
    """Compare the versions with requirements.txt."""
    missing, other = [], []
    for name, version, marker in LINE.findall(LOCK.read_text(encoding="utf-8")):
        if marker and not Marker(marker).evaluate():
            continue
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if installed != version:
            other.append(f"{name} {installed} instead of {version}")
    if missing:
        return fail(f"not installed: {name_some(missing)}", INSTALL)
    if other:
        return warn(f"not as in requirements.txt: {name_some(other)}", INSTALL)
    return ok("the packages are those of requirements.txt")


def name_some(names: list[str]) -> str:
    """Return a list that is not too long for a line."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
