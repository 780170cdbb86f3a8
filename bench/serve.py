"""What Flasky does over the wire, beside a bare Flask view, gunicorn, and the book's original.

Run it on Linux with `python -m bench.serve [--seconds 20] [--original FOLDER]`. Each server has its
SQLite database on disk, and is asked for `/` by somebody with a session, and told a known name:

- Flasky in production as README.md says, under Granian; and under gunicorn where it is installed;
- a view that reads the session and no more, under Granian with as many workers and threads;
- the book's application as its chapter 17 says, under gunicorn with one worker. FOLDER is a
  checkout of it, of tag 7a, where `/` asks for a name; FOLDER/venv has its packages and gunicorn.

The servers take turns of a second, so that a machine that is busy for a while slows all alike. The
client shares their cores: what a server itself works for 1000 requests depends less on others, and
the ratios in brackets are by that. Start and memory are measured before, one server at a time.
"""

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from bench.load import Measured, drive
from bench.servers import Server, Site, make_servers

CONNECTIONS = 16  # as many as two workers with eight threads answer at once
SLICE = 1.0  # seconds
CALM = 0.8  # of what a server can do
TARGETS = "at least 55 % of the bare view and 3 times the original; 70 MB; p99 under 5 times p50"

Table = dict[str, dict[str, Measured]]  # by kind of request, and server


def measure_alone(servers: dict[str, Server], log: Path, seconds: float) -> None:
    """Print how each server starts, and what its workers need after some requests."""
    show_line("One at a time", "start, s", "its CPU, s", "PSS/worker, MB")
    for name, server in servers.items():
        with server.running(log) as site:
            worked = site.processor_seconds()
            for request in site.requests.values():
                drive(request, CONNECTIONS, seconds)
            memory = statistics.mean(site.megabytes_of_workers())
            show_line(name, f"{site.seconds_to_start:.2f}", f"{worked:.2f}", f"{memory:.1f}")


def measure_turn(name: str, site: Site, seconds: float, table: Table) -> None:
    """Let a server answer each kind of request, and the first one at a rate that it can bear."""
    for kind, request in site.requests.items():
        began = site.processor_seconds()
        measured = drive(request, CONNECTIONS, seconds)
        measured.processor = site.processor_seconds() - began
        table[kind][name].add(measured)
        if kind == "GET /":
            table["calm"][name].add(drive(request, CONNECTIONS * 2, seconds, measured.rate * CALM))


def measure_in_turns(servers: dict[str, Server], log: Path, turns: int, seconds: float) -> Table:
    """Let all servers run, and one after the other be asked."""
    table: Table = defaultdict(lambda: defaultdict(Measured))
    with ExitStack() as stack:
        sites = {name: stack.enter_context(each.running(log)) for name, each in servers.items()}
        for _ in range(turns):
            for name, site in sites.items():
                measure_turn(name, site, seconds, table)
    return table


def show(kind: str, rows: dict[str, Measured]) -> None:
    """Print a table of one kind of request."""
    others = [name for name in ("bare view", "the original") if name in rows]
    show_line(kind, "requests/s", "p50, ms", "p99, ms", "CPU, s/1000", *(f"x {o}" for o in others))
    for name, row in rows.items():
        times = f"{row.percentile(50):.1f}", f"{row.percentile(99):.1f}"
        ratios = (ratio(row, rows[other]) for other in others)
        show_line(name, f"{row.rate:.0f}", *times, f"{row.processor_per_1000:.2f}", *ratios)


def ratio(row: Measured, other: Measured) -> str:
    """Return how many times as many requests a server answers: in a second, and for its work."""
    by_work = other.processor_per_1000 / row.processor_per_1000
    return f"{row.rate / other.rate:.2f} ({by_work:.2f})"


def show_calm(rows: dict[str, Measured]) -> None:
    """Print how long answers take when a server has time."""
    show_line(f"GET / at {CALM * 100:.0f} % of it", "requests/s", "p50, ms", "p99, ms", "p99/p50")
    for name, row in rows.items():
        p50, p99 = row.percentile(50), row.percentile(99)
        show_line(name, f"{row.rate:.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{p99 / p50:.1f}")


def show_line(name: str, *values: str) -> None:
    """Print a line of a table; one without numbers begins another table."""
    print("" if values[-1][0].isdigit() else "\n", end="")
    print(f"{name:<20}" + "".join(f"{value:>16}" for value in values), flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20, help="of each kind of request")
    parser.add_argument("--original", type=Path, help="a checkout of the book's application")
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("Linux only: memory and work of a server are read from /proc.")
    with tempfile.TemporaryDirectory() as folder:
        log, turns = Path(folder, "log"), max(1, round(arguments.seconds / SLICE))
        seconds = min(SLICE, max(arguments.seconds, 0.2))
        servers = make_servers(Path(folder), arguments.original)
        measure_alone(servers, log, seconds)
        table = measure_in_turns(servers, log, turns, seconds)
    calm = table.pop("calm")
    for kind, rows in table.items():
        show(kind, rows)
    show_calm(calm)
    print(f"\nTargets of Flasky: {TARGETS}")


if __name__ == "__main__":
    main()
