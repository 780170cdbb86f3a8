"""The tones of a notice, as `flash` takes them: `flash("Saved.", Tone.SUCCESS)`.

Without one, `flash` says it in a neutral tone. components.css gives each tone its look.
"""

from enum import StrEnum


class Tone(StrEnum):
    """How a notice is meant."""

    SUCCESS = "success"  # what was asked for is done
    ERROR = "error"  # it is not
