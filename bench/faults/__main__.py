"""The command: see the package."""

import argparse
import sys
import tempfile
from pathlib import Path

import bench.faults
from bench.faults.kinds import FAULTS
from bench.faults.servers import LackingError
from bench.faults.table import HEADINGS, name_of, run


def main() -> None:
    """Print the table of a database."""
    parser = argparse.ArgumentParser(description=str(bench.faults.__doc__).partition("\n")[0])
    parser.add_argument("--database", choices=FAULTS, default="sqlite")
    parser.add_argument("--seconds", type=float, default=6, help="that each fault lasts")
    parser.add_argument("fault", nargs="*", help="as the table calls it; by default all")
    arguments = parser.parse_args()
    known = {name_of(fault): fault for fault in FAULTS[arguments.database]}
    if unknown := set(arguments.fault) - set(known):
        parser.error(f"no such fault: {', '.join(unknown)}; there are: {', '.join(known)}")
    chosen = [known[name] for name in arguments.fault or known]
    print(f"{arguments.database}: {HEADINGS}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = run(arguments.database, chosen, arguments.seconds, Path(folder))
    except LackingError as error:
        sys.exit(f"Not run: {error}")
    print(", ".join(f"{what} {count}" for what, count in found.items()))
    sys.exit(1 if any(found.values()) else 0)


if __name__ == "__main__":
    main()
