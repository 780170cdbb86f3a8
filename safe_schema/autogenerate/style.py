"""A revision that was just written looks like the other files: without Alembic's own comments.

And in the style of the project, if its formatter is installed.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic.script.write_hooks import module, register

HOOK = "safe_schema.style"  # as alembic.ini names it
COMMENT = re.compile(r"^ *# ### .* ###\n", re.MULTILINE)
STEPS = ("check --fix --exit-zero --silent", "format --silent")  # of ruff


@register(HOOK)
def _give_style(path: str, _options: dict[str, Any]) -> None:
    revision = Path(path)
    revision.write_text(COMMENT.sub("", revision.read_text(encoding="utf-8")), encoding="utf-8")
    if find_spec("ruff"):
        for step in STEPS:
            module(path, {"module": "ruff", "options": f"{step} REVISION_SCRIPT_FILENAME"})
