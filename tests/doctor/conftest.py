"""Certificates."""

import shutil
from pathlib import Path

import pytest

from safe_schema.tests.databases import missing
from tests.judges.front import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that lasts, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl: apt-get install openssl")
    return make_certificate(tmp_path_factory.mktemp("certificate"), days=90)
