"""What a server takes of a machine, as Linux counts it: proc(5)."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # in a second


def family(process: int) -> list[int]:
    """Return a process and those that it has started, and so on."""
    found = [process]
    for parent in found:
        for thread in Path(f"/proc/{parent}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def processor_seconds(process: int) -> float:
    """Return the seconds that a process and its family have worked."""
    ticks = 0
    for member in family(process):
        # What stands before the last bracket is the name, which may hold anything.
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def megabytes(process: int) -> float:
    """Return the memory of a process; of what n processes share, it has the nth part (PSS)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) / 1024
