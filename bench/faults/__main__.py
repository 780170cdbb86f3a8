"""The command: see the package."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import bench.faults
from bench.faults.kinds import FAULTS, clock_set_back
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
    chosen = [known[name] for name in arguments.fault or known]
    print(f"{arguments.database}: {HEADINGS}")
    apart = [fault for fault in chosen if fault is clock_set_back]  # under a library of its own
    together = [fault for fault in chosen if fault not in apart]
    found: Counter[str] = Counter()
    for faults in [each for each in (together, apart) if each]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                found.update(run(arguments.database, faults, arguments.seconds, Path(folder)))
            except LackingError as error:
                print(f"{', '.join(name_of(fault) for fault in faults)} | not made: {error}")
    print(", ".join(f"{what} {count}" for what, count in found.items()))
    sys.exit(1 if any(found.values()) else 0)


if __name__ == "__main__":
    main()
