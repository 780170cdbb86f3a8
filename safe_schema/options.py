"""The options that `flask db -x NAME=VALUE` takes."""

from collections.abc import Iterable

from alembic.util import CommandError

# What a command reads of `-x`. A name that no command reads is a typo.
NAMES = (
    "adopt",  # upgrade: the revision that a database without a history is at
    "contract",  # upgrade: that the old code has gone, after which columns may go
    "deletes",  # downgrade: what it may delete
    "drop",  # migrate: what was dropped, and not renamed
    "longest-wait",  # upgrade, downgrade: the seconds that somebody may wait for it
    "rename",  # migrate: what was renamed
)

CONTRACT, YES = "contract", "yes"


def check(arguments: Iterable[str], own: Iterable[str] = ()) -> None:
    """Raise CommandError for a name that is none of these, nor one of the application's own.

    And for what is no answer to a question that can only be answered with yes.
    """
    known = sorted({*NAMES, *own})
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in known:
            listed = ", ".join(f"-x {each}=..." for each in known)
            raise CommandError(f"There is no option -x {name}. There are: {listed}.")
        if name == CONTRACT and value != YES:
            raise CommandError(f"-x {argument}: write -x {CONTRACT}={YES}, or leave it out.")
