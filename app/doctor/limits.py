"""Where it is counted who tries what how often."""

from flask import current_app
from limits.storage import MemoryStorage

from app.doctor.checks import Finding, check, fail, ok, warn
from app.doctor.site import IT_IS_THIS_ONE, ask_what_it_saw

MOST_ASKED = 12  # times, to meet a second process


def counts_in_memory() -> bool:
    """Return whether each process counts by itself."""
    return isinstance(current_app.extensions["limiter"].storage, MemoryStorage)


@check("F060")
def storage_answers() -> Finding:
    """Ask the Redis of LIMITS_STORAGE."""
    if counts_in_memory():
        return ok("limits are counted in the memory of each process")
    if current_app.extensions["limiter"].storage.check():
        return ok("LIMITS_STORAGE answers")
    seen = "LIMITS_STORAGE does not answer, so each process counts by itself"
    return fail(seen, "start the Redis that it names")


@check("F061", needs=[IT_IS_THIS_ONE], seconds=40)
def processes_count_together() -> Finding | None:
    """Call the site until a second process answers, or for a while."""
    if not counts_in_memory():
        return None
    processes = set()
    for _ in range(MOST_ASKED):
        processes.add((ask_what_it_saw() or {}).get("process"))
        if len(processes) > 1:
            seen = "several processes serve the site, and each counts failed logins by itself"
            return warn(seen, "set LIMITS_STORAGE to a Redis")
    return ok("one process was met, which counts by itself")
