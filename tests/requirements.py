"""What a test needs of the machine, and what happens where it is missing."""

import os
from typing import NoReturn

import pytest

# Set where nothing may be missing, as on CI: a test that cannot run has failed there.
EVERYTHING_IS_REQUIRED = bool(os.environ.get("FLASKY_TEST_EVERYTHING"))


def missing(reason: str) -> NoReturn:
    """Skip the test for that reason, or let it fail where everything is required."""
    if EVERYTHING_IS_REQUIRED:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
